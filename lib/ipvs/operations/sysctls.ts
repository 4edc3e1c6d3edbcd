import { checkSysctl, sysctlText } from '../../../protocol/ipvs/fields/sysctls.ts';
import { FieldError } from '../../../protocol/netlink/index.ts';
import { NOOP } from '../../netlink/request/noop.ts';
import { CANCELLATION_POINT, type Operation, performAll } from '../../netlink/request/operation.ts';
import type { Outcome } from '../../netlink/request/outcome.ts';
import { BatchInputError, type BatchOperation, type InvalidOperation } from '../batch-operations.ts';
import { unreachableSysctlError } from '../proc/sysctl-files.ts';
import { type Sysctls, sysctlsOf } from '../proc/sysctls.ts';
import type { Context } from './context.ts';
import { PreparedBatch } from './prepared-batch.ts';

type SetSysctl = BatchOperation & { readonly do: 'set-sysctl' };

/** Whether an operation sets a sysctl, which is a file and not a netlink request. */
export function setsSysctl(operation: BatchOperation): operation is SetSysctl {
  return operation?.do === 'set-sysctl';
}

/**
 * Reads the sysctls of the client's network namespace. Throws a `SysctlError` if there are none, because the client's
 * transport replays a capture.
 */
// biome-ignore lint/correctness/useYield: sysctls are files, so there is nothing to request
export function* readSysctls({ sysctls }: Context): Operation<Sysctls> {
  if (sysctls === undefined) throw unreachableSysctlError('*');
  return sysctlsOf(sysctls.read());
}

/**
 * Carries out a batch with operations that set sysctls: these first, then the others with `send`. After the
 * deadline, or when the signal is aborted, nothing more is written. Throws a {@link BatchInputError} that lists
 * every invalid operation.
 */
export function* batchWithSysctls(
  context: Context,
  operations: readonly BatchOperation[],
  send: (others: readonly BatchOperation[]) => Operation<Outcome<void>[]>,
): Operation<Outcome<void>[]> {
  const others = operations.filter((operation) => !setsSysctl(operation));
  checkAll(operations, others);
  const sysctlOutcomes: (Outcome<void> | undefined)[] = [];
  for (const operation of operations)
    sysctlOutcomes.push(setsSysctl(operation) ? yield* setSysctl(context, operation) : undefined);
  const otherOutcomes = (yield* send(others)).values();
  return sysctlOutcomes.map((outcome) => outcome ?? otherOutcomes.next().value!);
}

function* setSysctl({ sysctls }: Context, { name, value }: SetSysctl): Operation<Outcome<void>> {
  // A NOOP after a cancellation is not sent; its outcome is a NotSentError with the reason.
  if (!(yield CANCELLATION_POINT))
    return (yield* performAll([{ ...NOOP, command: 'write', object: `sysctl ${name}` }]))[0]!;
  try {
    if (sysctls === undefined) throw unreachableSysctlError(name);
    sysctls.write(name, sysctlText(value));
    return { ok: true, value: undefined };
  } catch (error) {
    return { ok: false, error: error as Error };
  }
}

function checkAll(operations: readonly BatchOperation[], others: readonly BatchOperation[]): void {
  const errors: InvalidOperation[] = [];
  try {
    new PreparedBatch(others);
  } catch (error) {
    if (!(error instanceof BatchInputError)) throw error;
    errors.push(
      ...error.errors.map((invalid) => ({ ...invalid, index: operations.indexOf(invalid.operation) })),
    );
  }
  for (const [index, operation] of operations.entries()) {
    if (!setsSysctl(operation)) continue;
    try {
      checkSysctl(operation.name, operation.value);
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      errors.push({ index, operation, error });
    }
  }
  if (errors.length > 0) throw new BatchInputError(errors.sort((a, b) => a.index - b.index));
}
