// Serial consoles for several viewers at once: QEMU's socket serves one client, so the daemon is that client, keeps the
// last screenfuls, and shows them to whoever comes.
import { createConnection, type Socket } from 'node:net';

/** What a newcomer is shown of the past, in bytes. */
const historyBytes = 64 * 1024;

export interface SerialViewer {
  write(data: Buffer): void;
  /** The guest's side is gone. */
  end(): void;
}

export interface SerialSession {
  /** Sends what was typed to the guest. */
  send(data: Buffer): void;
  leave(): void;
}

interface Line {
  readonly socket: Socket;
  readonly viewers: Set<SerialViewer>;
  history: Buffer[];
  historySize: number;
}

/** One hub serves all guests. Connections are made for the first viewer and ended by the guest or by `close`. */
export class SerialHub {
  readonly #lines = new Map<string, Line>();

  /** Joins the serial line behind a local socket; rejects with the connection's error. */
  async join(unixPath: string, viewer: SerialViewer): Promise<SerialSession> {
    const line = this.#lines.get(unixPath) ?? (await this.#open(unixPath));
    for (const chunk of line.history) viewer.write(chunk);
    line.viewers.add(viewer);
    return {
      send: (data) => line.socket.write(data),
      leave: () => line.viewers.delete(viewer),
    };
  }

  close(): void {
    for (const line of this.#lines.values()) line.socket.destroy();
  }

  async #open(unixPath: string): Promise<Line> {
    const socket = createConnection(unixPath);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    const existing = this.#lines.get(unixPath);
    if (existing) {
      socket.destroy();
      return existing;
    }
    const line: Line = { socket, viewers: new Set(), history: [], historySize: 0 };
    this.#lines.set(unixPath, line);
    socket.on('data', (data: Buffer) => {
      remember(line, data);
      for (const viewer of line.viewers) viewer.write(data);
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#lines.delete(unixPath);
      for (const viewer of line.viewers) viewer.end();
    });
    return line;
  }
}

function remember(line: Line, data: Buffer): void {
  line.history.push(data);
  line.historySize += data.length;
  while (line.historySize > historyBytes && line.history.length > 1) {
    line.historySize -= line.history.shift()?.length ?? 0;
  }
}
