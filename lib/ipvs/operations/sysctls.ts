import { checkSysctl, sysctlText } from '../../../protocol/ipvs/fields/sysctls.ts';
import { FieldError } from '../../../protocol/netlink/index.ts';
import { NotSentError } from '../../netlink/errors.ts';
import type { Operation } from '../../netlink/request/operation.ts';
import type { Outcome } from '../../netlink/request/outcome.ts';
import { BatchInputError, type BatchMistake, type BatchOperation } from '../batch-operations.ts';
import { unreachableSysctl } from '../proc/sysctl-files.ts';
import { type Sysctls, sysctlsOf } from '../proc/sysctls.ts';
import type { Context } from './context.ts';
import { PreparedBatch } from './prepared-batch.ts';

type SetSysctl = BatchOperation & { readonly do: 'set-sysctl' };

/** Whether an operation sets a sysctl: no message carries it. */
export function setsSysctl(operation: BatchOperation): operation is SetSysctl {
  return operation?.do === 'set-sysctl';
}

/** The sysctls of the client's network namespace. Throws a `SysctlError` where there are none behind the transport. */
// biome-ignore lint/correctness/useYield: they are files
export function* readSysctls({ sysctls }: Context): Operation<Sysctls> {
  if (sysctls === undefined) throw unreachableSysctl('*');
  return sysctlsOf(sysctls.read());
}

/**
 * Carries out a batch some of whose operations set sysctls: those first, and `send` the others. Nothing is written
 * once the signal is aborted. Throws a {@link BatchInputError} that lists every bad operation.
 */
export function* batchWithSysctls(
  { sysctls }: Context,
  operations: readonly BatchOperation[],
  signal: AbortSignal | undefined,
  send: (others: readonly BatchOperation[]) => Operation<Outcome<void>[]>,
): Operation<Outcome<void>[]> {
  const others = operations.filter((operation) => !setsSysctl(operation));
  checkAll(operations, others);
  const set = (operation: SetSysctl): Outcome<void> => {
    const { name, value } = operation;
    try {
      if (signal?.aborted === true)
        throw new NotSentError({ command: 'sysctl', object: name }, signal.reason as Error);
      if (sysctls === undefined) throw unreachableSysctl(name);
      sysctls.write(name, sysctlText(value));
      return { ok: true, value: undefined };
    } catch (error) {
      return { ok: false, error: error as Error };
    }
  };
  const written = operations.map((operation) => (setsSysctl(operation) ? set(operation) : undefined));
  const sent = (yield* send(others)).values();
  return written.map((outcome) => outcome ?? sent.next().value!);
}

function checkAll(operations: readonly BatchOperation[], others: readonly BatchOperation[]): void {
  const mistakes: BatchMistake[] = [];
  try {
    new PreparedBatch(others);
  } catch (error) {
    if (!(error instanceof BatchInputError)) throw error;
    mistakes.push(...error.mistakes.map((one) => ({ ...one, index: operations.indexOf(one.operation) })));
  }
  for (const [index, operation] of operations.entries()) {
    if (!setsSysctl(operation)) continue;
    try {
      checkSysctl(operation.name, operation.value);
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      mistakes.push({ index, operation, error });
    }
  }
  if (mistakes.length > 0) throw new BatchInputError(mistakes.sort((one, other) => one.index - other.index));
}
