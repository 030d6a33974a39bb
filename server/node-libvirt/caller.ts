// What the groups of calls need of a connection, so that they work on a plain and on a reconnecting one.
import type { ProcedureName } from './procedures.ts';
import type { LibvirtStream } from './stream.ts';
import type { XdrDecoder } from './xdr-decoder.ts';
import type { XdrEncoder } from './xdr-encoder.ts';

export interface CallOptions {
  /** Milliseconds until the call rejects with `timeout`, waiting for its turn included; default of the connection. */
  timeoutMs?: number;
  /** Rejects with `cancelled`. libvirt has no way to take a call back: it may still be carried out. */
  signal?: AbortSignal;
}

export interface Caller {
  /** Sends one call and resolves with the reply's payload. */
  call(procedure: ProcedureName, args?: XdrEncoder, options?: CallOptions): Promise<XdrDecoder>;
  /** Sends a call that opens a stream; the stream must be read or destroyed. */
  callWithStream(
    procedure: ProcedureName,
    args: XdrEncoder,
    options?: CallOptions,
  ): Promise<{ reply: XdrDecoder; stream: LibvirtStream }>;
}
