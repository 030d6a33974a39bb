// The envelope of each message on the socket: length word, header, payload.
import { LibvirtError } from './errors.ts';

export const MessageType = { call: 0, reply: 1, message: 2, stream: 3 } as const;
export const MessageStatus = { ok: 0, error: 1, continue: 2 } as const;

/** Bytes of the length word and the six header words. */
export const headerBytes = 28;
/** VIR_NET_MESSAGE_MAX of current libvirt, plus the length word; older ones stay at half of it. */
const defaultMaxMessageBytes = 32 * 1024 * 1024 + 4;

export interface Packet {
  readonly program: number;
  readonly version: number;
  readonly procedure: number;
  readonly type: number;
  readonly serial: number;
  readonly status: number;
  readonly payload: Buffer;
}

/** One message as bytes. Version is 1 for every program libvirt has. */
export function encodePacket(packet: Omit<Packet, 'version' | 'payload'>, payload?: Uint8Array): Buffer {
  const length = headerBytes + (payload?.length ?? 0);
  const bytes = Buffer.allocUnsafe(length);
  bytes.writeUInt32BE(length, 0);
  bytes.writeUInt32BE(packet.program, 4);
  bytes.writeUInt32BE(1, 8);
  bytes.writeInt32BE(packet.procedure, 12);
  bytes.writeInt32BE(packet.type, 16);
  bytes.writeUInt32BE(packet.serial, 20);
  bytes.writeInt32BE(packet.status, 24);
  if (payload) bytes.set(payload, headerBytes);
  return bytes;
}

/** Cuts the byte stream into packets, however the socket splits or joins them. */
export class PacketReader {
  readonly #maxMessageBytes: number;
  #chunks: Buffer[] = [];
  #buffered = 0;
  /** Length of the message being collected; 0 until its length word is here. */
  #expected = 0;

  constructor(maxMessageBytes: number = defaultMaxMessageBytes) {
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** Takes what arrived; returns the packets now complete. Throws a `protocol` error on an impossible length. */
  push(chunk: Buffer): Packet[] {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    const packets: Packet[] = [];
    for (;;) {
      if (this.#expected === 0) {
        if (this.#buffered < 4) return packets;
        this.#expected = this.#lengthWord();
      }
      if (this.#buffered < this.#expected) return packets;
      packets.push(decodePacket(this.#shift(this.#expected)));
      this.#expected = 0;
    }
  }

  #lengthWord(): number {
    if ((this.#chunks[0] as Buffer).length < 4) this.#chunks = [Buffer.concat(this.#chunks)];
    const length = (this.#chunks[0] as Buffer).readUInt32BE(0);
    if (length < headerBytes || length > this.#maxMessageBytes) {
      throw new LibvirtError('protocol', `a message of ${length} bytes is not possible`);
    }
    return length;
  }

  /** Joins the chunks only once per message, so that a large message in many pieces costs no more than its size. */
  #shift(length: number): Buffer {
    const first = this.#chunks[0] as Buffer;
    const all = first.length >= length ? first : Buffer.concat(this.#chunks, this.#buffered);
    if (all !== first) this.#chunks = [all];
    const message = all.subarray(0, length);
    const left = all.subarray(length);
    if (left.length > 0) this.#chunks[0] = left;
    else this.#chunks.shift();
    this.#buffered -= length;
    return message;
  }
}

function decodePacket(bytes: Buffer): Packet {
  return {
    program: bytes.readUInt32BE(4),
    version: bytes.readUInt32BE(8),
    procedure: bytes.readInt32BE(12),
    type: bytes.readInt32BE(16),
    serial: bytes.readUInt32BE(20),
    status: bytes.readInt32BE(24),
    payload: bytes.subarray(headerBytes),
  };
}
