// Reads and writes one export of an NBD server on a unix socket: many requests at a time, data read right into their buffers.
import { AppError } from '../../core/errors.ts';
import { ClientConnection, type MakeRequest } from './client-connection.ts';
import { type Agreement, agreeOnExport, askForNames } from './client-handshake.ts';
import { receiveReplies } from './client-replies.ts';
import { Coverage } from './coverage.ts';
import type { BlockSizes } from './handshake-messages.ts';
import type { Script } from './intake.ts';
import { Command, CommandFlag, type NbdRange } from './nbd-protocol.ts';

export interface NbdClientOptions {
  readonly socketPath: string;
  readonly exportName: string;
  /** Ends the connection, whatever is under way: everything rejects with `cancelled`. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the export must be open; default 10,000. What is asked later may take as long as the disk needs. */
  readonly openWithinMs?: number | undefined;
}

export interface NbdReadOptions {
  /** Gives up this read alone, with `cancelled`. Its buffer may still be written to until the connection is closed. */
  readonly signal?: AbortSignal | undefined;
  /** Where the data are to go, exactly as long as the read; without it, a new buffer. */
  readonly into?: Uint8Array | undefined;
  /**
   * The server may leave out zeros, for reads of what was not looked at by `blockStatus`. QEMU looks then itself, each time, and
   * hangs up when the disk cannot be read, where otherwise it tells the error of this read.
   */
  readonly sparse?: boolean | undefined;
}

/** Longest stretch of one question about allocation; the protocol has 32 bits for it. */
const maxStatusBytes = 2 ** 31;
/** Longest stretch that `writeZeroes` takes at once: more than servers may take a long time for, without a sign. */
export const maxZeroesBytes = 256 * 1024 * 1024;
/** Ranges that one call gathers: some tens of MiB. */
const maxRanges = 1_048_576;

export class NbdClient implements AsyncDisposable {
  readonly exportName: string;
  readonly sizeBytes: number;
  readonly readOnly: boolean;
  /** More clients of the same export see the same and may share the work. */
  readonly multiConnect: boolean;
  /** Offsets and lengths of reads are multiples of `minBytes`, lengths at most `maxBytes`. */
  readonly blockSizes: BlockSizes;
  /** `blockStatus` tells the truth; without, it says that everything is data. */
  readonly tellsAllocation: boolean;
  /** `writeZeroes` works. */
  readonly writesZeros: boolean;
  /** Resolves with the reason when the connection has ended, whoever ended it. */
  readonly closed: Promise<AppError>;

  readonly #connection: ClientConnection;
  /** Flags of reads that are to be answered in one piece. */
  readonly #wholeFlags: number;
  readonly #flushes: boolean;

  private constructor(exportName: string, agreement: Agreement, connection: ClientConnection) {
    this.exportName = exportName;
    this.sizeBytes = agreement.sizeBytes;
    this.readOnly = agreement.readOnly;
    this.multiConnect = agreement.multiConnect;
    this.blockSizes = agreement.blockSizes;
    this.tellsAllocation = agreement.allocationId !== undefined;
    this.writesZeros = agreement.writesZeros;
    this.closed = connection.closed;
    this.#flushes = agreement.flushes;
    this.#connection = connection;
    this.#wholeFlags = agreement.whole ? CommandFlag.dontFragment : 0;
  }

  /**
   * Opens an export. Rejects with `not-found` (no such export), `unavailable` (nobody listens, no NBD server, it refuses or
   * hangs up), `timeout` or `cancelled`.
   */
  static async open({ socketPath, exportName, signal, openWithinMs }: NbdClientOptions): Promise<NbdClient> {
    const opened = Promise.withResolvers<Agreement>();
    const script = function* (connection: ClientConnection): Script<void> {
      const agreement = yield* agreeOnExport((bytes) => connection.send(bytes), exportName);
      opened.resolve(agreement);
      yield* receiveReplies({ ...agreement, pending: connection.pending });
    };
    const connection = new ClientConnection(socketPath, script, signal);
    const agreement = await connection.within(opened.promise, openWithinMs ?? 10_000);
    return new NbdClient(exportName, agreement, connection);
  }

  /**
   * Reads. As many as one likes at a time: QEMU serves 16 at once. Each holds its own buffer, so the caller bounds the memory.
   * Rejects with what the server says (`requestFailure`), `invalid-input` for what lies outside, `unavailable` when the
   * connection is lost, `cancelled`.
   */
  read(offset: number, length: number, options: NbdReadOptions = {}): Promise<Uint8Array> {
    if (!this.#holds(offset, length) || length > this.blockSizes.maxBytes || !this.#fits(offset, length))
      return Promise.reject(this.#refuse(offset, length));
    if (options.into && options.into.length !== length)
      return Promise.reject(new AppError('internal', 'the buffer is not as long as the read'));
    const flags = options.sparse ? 0 : this.#wholeFlags;
    return this.#connection.request<Uint8Array>(options.signal, Command.read, flags, (resolve, reject) => ({
      kind: 'read',
      exportName: this.exportName,
      offset,
      length,
      target: options.into ?? Buffer.allocUnsafeSlow(length),
      coverage: new Coverage(length),
      resolve,
      reject,
    }));
  }

  /**
   * What is used of a part of the export: ranges that follow one another and cover it wholly, neighbours alike joined. One call
   * gathers at most a million ranges (`no-capacity`): ask in windows of some GiB, or use `allocation`.
   */
  async blockStatus(
    offset: number,
    length: number,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<NbdRange[]> {
    if (!this.#holds(offset, length)) throw this.#refuse(offset, length);
    if (!this.tellsAllocation) return [{ offset, bytes: length, zero: false, hole: false }];
    const gathered: NbdRange[] = [];
    for (let at = offset; at < offset + length; ) {
      const bytes = Math.min(offset + length - at, maxStatusBytes);
      const ranges = await this.#askStatus(at, bytes, signal);
      const last = ranges.at(-1)!;
      at = last.offset + last.bytes;
      for (const range of ranges) join(gathered, range);
      if (gathered.length > maxRanges)
        throw new AppError('no-capacity', `the allocation of '${this.exportName}' is in too many pieces`);
    }
    return gathered;
  }

  /** The whole export's allocation, a window at a time while the ranges are taken; neighbours alike may come apart. */
  async *allocation(
    options: { readonly signal?: AbortSignal | undefined; readonly windowBytes?: number } = {},
  ): AsyncGenerator<NbdRange, void, void> {
    const windowBytes = options.windowBytes ?? 4 * 1024 ** 3;
    for (let at = 0; at < this.sizeBytes; at += windowBytes)
      yield* await this.blockStatus(at, Math.min(windowBytes, this.sizeBytes - at), options);
  }

  /**
   * Writes; as many as one likes at a time, in no order. The data must stay as they are until the promise settles. Durable only
   * after `flush`. Rejects as `read`.
   */
  write(offset: number, data: Uint8Array): Promise<void> {
    const { length } = data;
    if (!this.#holds(offset, length) || length > this.blockSizes.maxBytes || !this.#fits(offset, length))
      return Promise.reject(this.#refuse(offset, length));
    return this.#change('write', Command.write, offset, length, data);
  }

  /** Makes a part zeros, as a hole where the server can; up to `maxZeroesBytes`. Only if the export `writesZeros`. */
  writeZeroes(offset: number, length: number): Promise<void> {
    if (!this.#holds(offset, length) || length > maxZeroesBytes || !this.#fits(offset, length))
      return Promise.reject(this.#refuse(offset, length));
    return this.#change('write', Command.writeZeroes, offset, length);
  }

  /** Resolves when all writes that were answered before are durable; at once where the server has nothing for it. */
  async flush(): Promise<void> {
    if (this.#flushes) await this.#change('flush', Command.flush, 0, 0);
  }

  /** Takes leave; what is under way rejects with `cancelled`. Resolves when the socket is closed. Repeatable. */
  async close(): Promise<void> {
    await this.#connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #askStatus(offset: number, length: number, signal: AbortSignal | undefined): Promise<NbdRange[]> {
    return this.#connection.request<NbdRange[]>(signal, Command.blockStatus, 0, (resolve, reject) => ({
      kind: 'status',
      exportName: this.exportName,
      offset,
      length,
      resolve,
      reject,
    }));
  }

  #change(
    kind: 'write' | 'flush',
    type: number,
    offset: number,
    length: number,
    data?: Uint8Array,
  ): Promise<void> {
    const make: MakeRequest<void> = (resolve, reject) => ({
      kind,
      exportName: this.exportName,
      offset,
      length,
      resolve,
      reject,
    });
    return this.#connection.request<void>(undefined, type, 0, make, data);
  }

  #fits(offset: number, length: number): boolean {
    const { minBytes } = this.blockSizes;
    return offset % minBytes === 0 && (length % minBytes === 0 || offset + length === this.sizeBytes);
  }

  #holds(offset: number, length: number): boolean {
    return (
      Number.isSafeInteger(offset) &&
      Number.isSafeInteger(length) &&
      offset >= 0 &&
      length > 0 &&
      offset + length <= this.sizeBytes
    );
  }

  #refuse(offset: number, length: number): AppError {
    const { minBytes, maxBytes } = this.blockSizes;
    return new AppError(
      'invalid-input',
      `${length} bytes at ${offset} cannot be asked of '${this.exportName}'`,
      {
        data: { offset, length, sizeBytes: this.sizeBytes, minBytes, maxBytes },
      },
    );
  }
}

/** The names of a server's exports. Rejects as `NbdClient.open`, and with `forbidden` when the server does not tell. */
export async function listNbdExports(
  socketPath: string,
  { signal, within = 10_000 }: { readonly signal?: AbortSignal | undefined; readonly within?: number } = {},
): Promise<string[]> {
  const listed = Promise.withResolvers<string[]>();
  const script = function* (connection: ClientConnection): Script<void> {
    listed.resolve(yield* askForNames((bytes) => connection.send(bytes)));
  };
  const connection = new ClientConnection(socketPath, script, signal);
  try {
    return await connection.within(listed.promise, within);
  } finally {
    connection.destroy(new AppError('cancelled', 'the connection was closed'));
  }
}

/** Appends a range that follows the last one. */
function join(ranges: NbdRange[], range: NbdRange): void {
  const last = ranges.at(-1);
  if (last && last.zero === range.zero && last.hole === range.hole)
    ranges[ranges.length - 1] = { ...last, bytes: last.bytes + range.bytes };
  else ranges.push(range);
}
