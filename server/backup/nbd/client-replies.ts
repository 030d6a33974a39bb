// What a server answers to reads and questions about allocation, in any order; the data go right into their buffers.
import type { AppError } from '../../core/errors.ts';
import type { Coverage } from './coverage.ts';
import { readableText } from './handshake-messages.ts';
import { type Script, take } from './intake.ts';
import { requestFailure } from './nbd-errors.ts';
import { Chunk, maxStringBytes, type NbdRange, protocolBreach, readU64 } from './nbd-protocol.ts';
import {
  decodeBlockStatus,
  decodeError,
  decodeReplyHead,
  maxBlockStatusBytes,
  replyHeadBytes,
} from './transmission-messages.ts';

interface Pending {
  readonly exportName: string;
  readonly offset: number;
  readonly length: number;
  readonly reject: (error: AppError) => void;
  /** The server has told of a failure; the reply may go on nevertheless. */
  failure?: AppError;
}

export interface PendingRead extends Pending {
  readonly kind: 'read';
  /** As long as `length`. */
  readonly target: Uint8Array;
  readonly coverage: Coverage;
  readonly resolve: (target: Uint8Array) => void;
}

export interface PendingStatus extends Pending {
  readonly kind: 'status';
  /** What has come of the answer. */
  ranges?: NbdRange[];
  readonly resolve: (ranges: NbdRange[]) => void;
}

/** Nothing but success or failure comes. */
export interface PendingChange extends Pending {
  readonly kind: 'write' | 'flush';
  readonly resolve: () => void;
}

export type PendingRequest = PendingRead | PendingStatus | PendingChange;

export interface ReplyContext {
  /** Requests that are not answered yet, by handle. */
  readonly pending: Map<bigint, PendingRequest>;
  readonly structured: boolean;
  readonly allocationId: number | undefined;
}

/** Payload of an error chunk: number, text, place. */
const maxErrorBytes = 6 + maxStringBytes + 8;

/** Settles requests as their replies come, for ever. Throws when the server breaks the protocol. */
export function* receiveReplies(context: ReplyContext): Script<never> {
  for (;;) {
    const head = decodeReplyHead(yield* take(replyHeadBytes));
    const request = context.pending.get(head.handle);
    if (!request) throw protocolBreach('a reply to nothing that was asked');
    if (head.kind === 'chunk') {
      if (!context.structured) throw protocolBreach('a reply in chunks that nobody agreed upon');
      yield* receiveChunk(context, request, head.type);
      if (!head.done) continue;
    } else {
      yield* receiveSimple(context, request, head.errno);
    }
    // Settled first: a request with which the server broke the protocol ends with the connection, like all others.
    settle(request);
    context.pending.delete(head.handle);
  }
}

function* receiveSimple({ structured }: ReplyContext, request: PendingRequest, errno: number): Script {
  if (structured && request.kind === 'read') throw protocolBreach('a simple reply to a read');
  if (errno !== 0) {
    fail(request, errno, '', undefined);
  } else if (request.kind === 'read') {
    if (request.length > 0) yield request.target;
    request.coverage.add(0, request.length);
  }
}

function* receiveChunk(context: ReplyContext, request: PendingRequest, type: number): Script {
  const bytes = (yield* take(4)).readUInt32BE(0);
  if (type === Chunk.none) {
    if (bytes !== 0) throw protocolBreach('an empty chunk with a payload');
  } else if (type === Chunk.offsetData && request.kind === 'read') {
    yield* receiveData(request, bytes);
  } else if (type === Chunk.offsetHole && request.kind === 'read') {
    if (bytes !== 12) throw protocolBreach('a hole that is cut off');
    const payload = yield* take(bytes);
    const start = readU64(payload, 0) - request.offset;
    const holeBytes = payload.readUInt32BE(8);
    request.coverage.add(start, holeBytes);
    request.target.fill(0, start, start + holeBytes);
  } else if (type === Chunk.blockStatus && request.kind === 'status') {
    yield* receiveRanges(context, request, bytes);
  } else if ((type & Chunk.errorBit) !== 0) {
    if (bytes > maxErrorBytes) throw protocolBreach('an error without end');
    const { errno, text, offset } = decodeError(type, yield* take(bytes));
    if (errno === 0) throw protocolBreach('an error without a number');
    fail(request, errno, readableText(text), offset);
  } else {
    throw protocolBreach(`a chunk of type ${type} that does not fit the request`);
  }
}

function* receiveData(request: PendingRead, bytes: number): Script {
  if (bytes < 9) throw protocolBreach('data that are cut off');
  const start = readU64(yield* take(8), 0) - request.offset;
  request.coverage.add(start, bytes - 8);
  yield request.target.subarray(start, start + bytes - 8);
}

function* receiveRanges({ allocationId }: ReplyContext, request: PendingStatus, bytes: number): Script {
  if (bytes > maxBlockStatusBytes) throw protocolBreach('ranges without end');
  if (request.ranges) throw protocolBreach('the same ranges a second time');
  const payload = yield* take(bytes);
  const { contextId, ranges } = decodeBlockStatus(payload, request.offset, request.offset + request.length);
  if (contextId !== allocationId) throw protocolBreach('metadata that were not agreed upon');
  request.ranges = ranges;
}

const verbs: Readonly<Record<PendingRequest['kind'], string>> = {
  read: 'read',
  status: 'tell what is used of',
  write: 'write to',
  flush: 'flush',
};

/** The first failure counts. */
function fail(request: PendingRequest, errno: number, text: string, at: number | undefined): void {
  request.failure ??= requestFailure({ verb: verbs[request.kind], ...request }, errno, text, at);
}

function settle(request: PendingRequest): void {
  if (request.failure) request.reject(request.failure);
  else if (request.kind === 'status') {
    if (!request.ranges) throw protocolBreach('no answer about what is used');
    request.resolve(request.ranges);
  } else if (request.kind !== 'read') request.resolve();
  else if (request.coverage.complete) request.resolve(request.target);
  else throw protocolBreach('it sent less than was asked for');
}
