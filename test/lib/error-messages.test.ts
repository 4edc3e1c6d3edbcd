import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BatchInputError,
  ClosedError,
  DeadlineError,
  DecodeError,
  DesiredFileError,
  DesiredStateError,
  DumpInterruptedError,
  FamilyNotFoundError,
  FieldError,
  IpvsNetlinkError,
  KernelError,
  MalformedReplyError,
  NotSentError,
  ReplyLostError,
  SystemCallError,
  TruncatedError,
  UnsupportedError,
} from '../../lib/index.ts';

/** ESC, a line feed, DEL, a C1 and a bidirectional control, and a lone surrogate for a byte that is not UTF-8. */
const hostile = 'a\x1b[2J\n\x7f\x9b\u202e\udc9b';
const request = { command: hostile, object: hostile };
const decodeError = new DecodeError(hostile, 1, hostile);

const errors: readonly IpvsNetlinkError[] = [
  decodeError,
  new FieldError(hostile, hostile, hostile),
  new KernelError({ ...request, errno: 22, kernelMessage: hostile, attribute: hostile, hint: hostile }),
  new KernelError({ ...request, errno: 22, problem: hostile }),
  new SystemCallError(hostile, 22, hostile, hostile),
  new DumpInterruptedError(hostile, [], 1),
  new MalformedReplyError(hostile, [], [decodeError], 1),
  new ReplyLostError(request, 'overflow'),
  new DeadlineError(request, 1),
  new TruncatedError(hostile, hostile),
  new ClosedError(hostile),
  new FamilyNotFoundError(hostile, hostile),
  new UnsupportedError(hostile),
  new NotSentError(request, decodeError),
  new DesiredStateError([{ path: [hostile], problem: hostile }]),
  new BatchInputError([
    { index: 0, operation: { do: 'flush' }, error: new FieldError(hostile, hostile, hostile) },
  ]),
];

test('untrusted text is escaped in messages, which are printable ASCII', () => {
  for (const error of errors) {
    assert.ok(error instanceof IpvsNetlinkError);
    assert.match(error.message, /^[\x20-\x7e]+$/, error.name);
    assert.match(error.message, /\\x1b|\\u001b/, error.name);
    assert.ok(error.hint === undefined || /^[\x20-\x7e]+$/.test(error.hint), error.name);
  }
  const error = { line: 1, column: 1, field: hostile, problem: hostile };
  const file = new DesiredFileError(hostile, [error, error]);
  assert.match(file.message, /^[\x20-\x7e]+\n[\x20-\x7e]+$/);
});

test('the values that an error holds are not escaped', () => {
  const field = new FieldError('service.scheduler', hostile, 'must be a name');
  assert.equal(field.value, hostile);
  assert.match(field.problem, /^must be a name, but is "a/);
  const kernel = new KernelError({ ...request, errno: 22, kernelMessage: hostile });
  assert.equal(kernel.kernelMessage, hostile);
});

test('a message says what kind of value is wrong', () => {
  const described = (value: unknown): string =>
    new FieldError('deadline', value, 'must be a number').message.replace(
      'deadline must be a number, but is ',
      '',
    );
  assert.deepEqual(
    [1n, '1', Number.NaN, null, undefined, [1], { a: 1 }, () => 1, Symbol('s')].map(described),
    ['1n', '"1"', 'NaN', 'null', 'undefined', 'an array', 'an object', 'a function', 'Symbol(s)'],
  );
  for (const long of ['x'.repeat(1000), 10n ** 1000n])
    assert.ok(described(long).length <= 66, described(long));
});
