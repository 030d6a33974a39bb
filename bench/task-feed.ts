// Hears from the event stream when tasks end, so that no waiting between two questions is measured.
import type { WebSocket } from 'ws';
import { ApiClient } from '../server/cli/api-client.ts';

interface TaskEvent {
  readonly type: string;
  readonly task?: { readonly upid: string; readonly endtime?: number; readonly status?: string };
}

export class TaskFeed {
  readonly #socket: WebSocket;
  readonly #ended = new Map<string, string>();
  readonly #waiting = new Map<string, (status: string) => void>();

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => this.#hear(JSON.parse(String(data)) as TaskEvent));
  }

  static async open(socketPath: string): Promise<TaskFeed> {
    const socket = new ApiClient(socketPath).webSocket('/cluster/events', {});
    const feed = new TaskFeed(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve());
      socket.once('error', reject);
    });
    return feed;
  }

  /** The exit status of a task, as soon as it ended. */
  ended(upid: string): Promise<string> {
    const status = this.#ended.get(upid);
    if (status !== undefined) return Promise.resolve(status);
    return new Promise((resolve) => this.#waiting.set(upid, resolve));
  }

  close(): void {
    this.#socket.close();
  }

  #hear({ task }: TaskEvent): void {
    if (task?.endtime === undefined) return;
    const status = task.status ?? '';
    this.#ended.set(task.upid, status);
    this.#waiting.get(task.upid)?.(status);
  }
}
