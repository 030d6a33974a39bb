// An NBD server on a unix socket, for QEMU to read (and write) what lies elsewhere. Who may open the socket may use the exports.
import { chmod, chown, rename, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { AppError } from '../../core/errors.ts';
import type { NbdExport } from './nbd-export.ts';
import { maxSocketPathBytes, maxStringBytes } from './nbd-protocol.ts';
import { serveClient } from './server-connection.ts';

export interface NbdServerOptions {
  /** At most 103 bytes. What lies there is replaced. Its folder must let the owner pass. */
  readonly socketPath: string;
  /** Names must differ. */
  readonly exports: readonly NbdExport[];
  /** Who alone may connect, beside root: QEMU's user. Without it, the user of this process. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
  /** Further clients are hung up on; default 16. */
  readonly maxConnections?: number | undefined;
  /** Milliseconds until a client must have chosen its export; default 10,000. */
  readonly handshakeMs?: number | undefined;
  /** Of each client: data of requests under way and of replies not taken yet; default 64 MiB. */
  readonly maxBytesInFlight?: number | undefined;
  /** For the log: a request failed, or a client (of that export, once it has chosen) broke the protocol. */
  readonly onError?: ((error: unknown, exportName: string | undefined) => void) | undefined;
}

export class NbdServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #options: NbdServerOptions;
  readonly #exports: ReadonlyMap<string, NbdExport>;
  readonly #clients = new Set<Socket>();
  readonly #served = new Set<Promise<void>>();

  private constructor(options: NbdServerOptions, exports: ReadonlyMap<string, NbdExport>) {
    this.#options = options;
    this.#exports = exports;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Listens. Rejects with `invalid-input` (names, path), or with the system's own error when the socket cannot be made. */
  static async listen(options: NbdServerOptions): Promise<NbdServer> {
    const { socketPath, owner } = options;
    const exports = new Map(options.exports.map((served) => [served.name, served]));
    if (exports.size !== options.exports.length)
      throw new AppError('invalid-input', 'two exports have the same name');
    if ([...exports.keys()].some((name) => Buffer.byteLength(name) > maxStringBytes))
      throw new AppError('invalid-input', 'the name of an export is too long');
    // Under another name first: until the owner is right, nobody can find it.
    const unfinished = `${socketPath}.new`;
    if (Buffer.byteLength(unfinished) > maxSocketPathBytes)
      throw new AppError('invalid-input', 'the path of the NBD socket is too long', { detail: socketPath });
    const server = new NbdServer(options, exports);
    await rm(unfinished, { force: true });
    await server.#listen(unfinished);
    try {
      await chmod(unfinished, 0o600);
      if (owner) await chown(unfinished, owner.uid, owner.gid);
      await rename(unfinished, socketPath);
    } catch (error) {
      await rm(unfinished, { force: true });
      await server.close();
      throw error;
    }
    return server;
  }

  /** Clients connected at the moment. */
  get connections(): number {
    return this.#clients.size;
  }

  /** Hangs up on every client and ends; resolves when the last is gone. Repeatable. */
  async close(): Promise<void> {
    await rm(this.#options.socketPath, { force: true });
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#clients) socket.destroy();
    await Promise.all(this.#served);
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(path, () => {
        this.#server.off('error', reject);
        // A connection that cannot be accepted (out of descriptors) is the client's loss, not ours.
        this.#server.on('error', (error) => this.#options.onError?.(error, undefined));
        resolve();
      });
    });
  }

  #accept(socket: Socket): void {
    const { maxConnections = 16, handshakeMs = 10_000, maxBytesInFlight = 64 * 1024 * 1024 } = this.#options;
    if (this.#clients.size >= maxConnections) {
      socket.on('error', () => {});
      socket.destroy();
      return;
    }
    this.#clients.add(socket);
    const onError = (error: unknown, name: string | undefined) => this.#options.onError?.(error, name);
    const options = { exports: this.#exports, handshakeMs, maxBytesInFlight, onError };
    const served = serveClient(socket, options).then(() => {
      this.#clients.delete(socket);
      this.#served.delete(served);
    });
    this.#served.add(served);
  }
}
