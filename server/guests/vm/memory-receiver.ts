// Takes what QEMU sends of a guest's memory over a local socket, and writes it behind the head of a file or block device.
import { createWriteStream } from 'node:fs';
import { chown, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError } from '../../core/errors.ts';
import { memoryStart } from './memory-image.ts';
import type { QemuUser } from './qemu-user.ts';
import type { MemoryTarget } from './vm-driver.ts';

export class MemoryReceiver {
  /** Resolves when the sender has closed and everything is written. */
  readonly done: Promise<void>;
  readonly #server: Server;
  readonly #socketPath: string;
  #socket: Socket | undefined;
  #bytes = 0;

  private constructor(server: Server, socketPath: string, target: MemoryTarget) {
    this.#server = server;
    this.#socketPath = socketPath;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.done = promise;
    // Whoever waits for it hears of it; before that nobody may.
    promise.catch(() => {});
    server.on('close', () => reject(new AppError('cancelled', 'the save of the memory was given up')));
    server.on('connection', (socket) => {
      if (this.#socket) {
        socket.destroy();
        return;
      }
      this.#socket = socket;
      this.#write(socket, target).then(resolve, reject);
    });
  }

  /** Listens at `socketPath` for one connection of QEMU's user. */
  static async open(socketPath: string, user: QemuUser, target: MemoryTarget): Promise<MemoryReceiver> {
    await rm(socketPath, { force: true });
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(socketPath, resolve);
    });
    const receiver = new MemoryReceiver(server, socketPath, target);
    await chown(socketPath, user.uid, user.gid);
    return receiver;
  }

  /** Bytes that came so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Ends it, whatever came. Repeatable. */
  async close(): Promise<void> {
    this.#socket?.destroy();
    this.#server.close();
    await rm(this.#socketPath, { force: true });
  }

  async #write(socket: Socket, { path, sizeBytes }: MemoryTarget): Promise<void> {
    const counted = new Transform({
      highWaterMark: 1024 * 1024,
      transform: (chunk: Buffer, _encoding, done) => {
        this.#bytes += chunk.length;
        if (this.#bytes > sizeBytes - memoryStart)
          done(
            new AppError('no-capacity', 'the volume is too small for the memory: the guest writes too fast'),
          );
        else done(null, chunk);
      },
    });
    await pipeline(socket, counted, createWriteStream(path, { flags: 'r+', start: memoryStart }));
  }
}
