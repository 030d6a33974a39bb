// A libvirt stream (console, screenshot) as a Node stream.
import { Duplex } from 'node:stream';
import { LibvirtError } from './errors.ts';
import { MessageStatus, type Packet } from './packet.ts';
import { readRemoteError } from './remote-error.ts';

/** Most payload libvirtd takes in one stream message (VIR_NET_MESSAGE_LEGACY_PAYLOAD_MAX less the header). */
const maxChunkBytes = 262_144 - 24;
/** Unread data beyond this ends the stream: one slow reader must not hold up the calls of the whole connection. */
const maxUnreadBytes = 16 * 1024 * 1024;

/** Sends one stream message of the given status; `done` when it is written. */
export type StreamSender = (status: number, data: Uint8Array, done: (error?: Error | null) => void) => void;

/** Reading ends where libvirtd's data ends; ending or destroying the stream tells libvirtd. */
export class LibvirtStream extends Duplex {
  readonly #send: StreamSender;
  readonly #forget: () => void;
  /** No more messages to libvirtd: it has finished, failed, or was told to. */
  #closed = false;

  constructor(send: StreamSender, forget: () => void) {
    super({ allowHalfOpen: false });
    this.#send = send;
    this.#forget = forget;
  }

  /** For the connection: a message of this stream arrived. */
  receive(packet: Packet): void {
    if (packet.status === MessageStatus.error) {
      this.#closed = true;
      this.destroy(readRemoteError(packet.payload));
    } else if (packet.status === MessageStatus.ok || packet.payload.length === 0) {
      this.push(null);
    } else {
      this.push(packet.payload);
      if (this.readableLength > maxUnreadBytes) {
        this.destroy(new LibvirtError('protocol', 'the stream is read too slowly'));
      }
    }
  }

  /** For the connection: it is gone. */
  disconnect(error: LibvirtError): void {
    this.#closed = true;
    this.destroy(error);
  }

  override _read(): void {}

  override _write(
    chunk: Buffer,
    _encoding: BufferEncoding,
    callback: (error?: Error | null) => void,
    offset = 0,
  ): void {
    const end = Math.min(chunk.length, offset + maxChunkBytes);
    this.#send(MessageStatus.continue, chunk.subarray(offset, end), (error) => {
      if (error || end >= chunk.length) callback(error);
      else this._write(chunk, 'utf8', callback, end);
    });
  }

  override _final(callback: (error?: Error | null) => void): void {
    if (this.#closed) {
      callback();
      return;
    }
    this.#closed = true;
    this.#send(MessageStatus.ok, new Uint8Array(), callback);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#forget();
    if (!this.#closed) {
      this.#closed = true;
      this.#send(MessageStatus.error, new Uint8Array(), () => {});
    }
    callback(error);
  }
}
