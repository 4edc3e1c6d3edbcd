import { align, FieldError, HEADER_LENGTH, MessageWriter } from '../../../protocol/netlink/index.ts';
import type { Call, Explanation } from '../../netlink/request/call.ts';
import {
  BatchInputError,
  type BatchOperation,
  type InvalidOperation,
  operationRequest,
} from '../batch-operations.ts';
import { explain } from '../explanations.ts';
import { attributePath, encodeRequest, type IpvsRequest } from '../requests/ipvs-call.ts';

/** Estimated size of a request in bytes, so that the buffer for all of them rarely grows. */
const ESTIMATED_LENGTH = 112;

/**
 * The encoded requests of a batch, in one buffer. Only their offsets are stored, as tens of thousands of
 * long-lived objects would slow down garbage collection.
 *
 * Throws a {@link BatchInputError} that lists every invalid operation.
 */
export class PreparedBatch {
  readonly operations: readonly BatchOperation[];
  readonly #writer: MessageWriter;
  readonly #ends: Uint32Array;
  /** Indexes of operations whose requests need an ack of their own. */
  readonly #ackRequired = new Set<number>();

  constructor(operations: readonly BatchOperation[]) {
    this.operations = operations;
    this.#writer = new MessageWriter(operations.length * ESTIMATED_LENGTH);
    this.#ends = new Uint32Array(operations.length + 1);
    const errors: InvalidOperation[] = [];
    for (let index = 0; index < operations.length; index++) {
      const operation = operations[index]!;
      try {
        const request = operationRequest(operation);
        encodeRequest(this.#writer, request);
        if (request.mayOmitAck !== true) this.#ackRequired.add(index);
      } catch (error) {
        if (!(error instanceof FieldError)) throw error;
        errors.push({ index, operation, error });
      }
      this.#ends[index + 1] = this.#writer.length;
    }
    if (errors.length > 0) throw new BatchInputError(errors);
  }

  /** Length of an operation's request in a datagram, in bytes, headers and padding included. */
  lengthOf(index: number): number {
    return align(HEADER_LENGTH + this.#ends[index + 1]! - this.#ends[index]!);
  }

  /** Returns the calls of the operations from `start` to `end` (exclusive), for a family with this id. */
  calls(start: number, end: number, familyId: number): Call<void>[] {
    const calls = new Array<Call<void>>(end - start);
    for (let index = start; index < end; index++)
      calls[index - start] = new OperationCall(this, index, familyId);
    return calls;
  }

  /** Creates the request of an operation again, for error messages. */
  request(index: number): IpvsRequest<void> {
    return operationRequest(this.operations[index]!);
  }

  /** Whether the request may be sent without NLM_F_ACK, see `Call.mayOmitAck`. */
  mayOmitAck(index: number): boolean {
    return this.#ackRequired.size === 0 || !this.#ackRequired.has(index);
  }

  encode(index: number, writer: MessageWriter): void {
    writer.copyFrom(this.#writer, this.#ends[index]!, this.#ends[index + 1]!);
  }
}

/** The call of one operation; its description is built only when an error needs it. */
class OperationCall implements Call<void> {
  readonly type: number;
  readonly #batch: PreparedBatch;
  readonly #index: number;

  constructor(batch: PreparedBatch, index: number, familyId: number) {
    this.type = familyId;
    this.#batch = batch;
    this.#index = index;
  }

  get dump(): boolean {
    return false;
  }

  get mayOmitAck(): boolean {
    return this.#batch.mayOmitAck(this.#index);
  }

  get command(): IpvsRequest<void>['command'] {
    return this.#batch.request(this.#index).command;
  }

  get object(): string {
    return this.#batch.request(this.#index).object;
  }

  encode(writer: MessageWriter): void {
    this.#batch.encode(this.#index, writer);
  }

  receive(): void {}

  result(): void {}

  reset(): void {}

  attributePath(request: Uint8Array, offset: number, missing?: number): string | undefined {
    return attributePath(request, offset, missing);
  }

  explain(errno: number): Explanation | undefined {
    const { command, object, kernelModules } = this.#batch.request(this.#index);
    return explain(command, object, errno, kernelModules);
  }
}
