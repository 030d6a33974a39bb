// Answers libvirtd's pings and sends our own, so that either side notices a peer that hangs.
import { encodePacket, MessageStatus, MessageType, type Packet } from './packet.ts';
import { keepAliveProcedure, keepAliveProgram } from './procedures.ts';

export interface KeepAliveOptions {
  /** Milliseconds of silence after which a ping is sent. */
  intervalMs: number;
  /** Pings without any sign of life after which the connection counts as lost. */
  maxMissed: number;
}

/** One per connection; `send` writes bytes, `lost` is called once when the peer is silent for too long. */
export class KeepAlive {
  readonly #options: KeepAliveOptions;
  readonly #send: (bytes: Buffer) => void;
  readonly #lost: () => void;
  #missed = 0;
  #heard = true;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: KeepAliveOptions, send: (bytes: Buffer) => void, lost: () => void) {
    this.#options = options;
    this.#send = send;
    this.#lost = lost;
  }

  start(): void {
    this.#timer = setInterval(() => this.#tick(), this.#options.intervalMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Any byte from the peer is a sign of life. */
  heard(): void {
    this.#heard = true;
    this.#missed = 0;
  }

  /** Handles a packet of the keep-alive program. */
  receive(packet: Packet): void {
    if (packet.procedure === keepAliveProcedure.ping) this.#send(keepAlivePacket(keepAliveProcedure.pong));
  }

  #tick(): void {
    if (this.#heard) {
      this.#heard = false;
      return;
    }
    if (this.#missed >= this.#options.maxMissed) {
      this.stop();
      this.#lost();
      return;
    }
    this.#missed += 1;
    this.#send(keepAlivePacket(keepAliveProcedure.ping));
  }
}

function keepAlivePacket(procedure: number): Buffer {
  return encodePacket({
    program: keepAliveProgram,
    procedure,
    type: MessageType.message,
    serial: 0,
    status: MessageStatus.ok,
  });
}
