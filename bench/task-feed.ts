// Hears from the event stream when tasks end, so that no waiting between two questions is measured.
import type { WebSocket } from 'ws';
import { ApiClient } from '../server/cli/api-client.ts';

interface TaskEvent {
  readonly type: string;
  readonly task?: { readonly upid: string; readonly endtime?: number; readonly status?: string };
  readonly resource?: { readonly id: string; readonly status?: string };
}

export class TaskFeed {
  readonly #socket: WebSocket;
  readonly #ended = new Map<string, string>();
  readonly #waiting = new Map<string, (status: string) => void>();
  readonly #running = new Map<string, () => void>();

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

  /** The next time that this VM is told to run. */
  runs(vmid: number): Promise<void> {
    return new Promise((resolve) => this.#running.set(`qemu/${vmid}`, resolve));
  }

  close(): void {
    this.#socket.close();
  }

  #hear({ task, resource }: TaskEvent): void {
    if (resource?.status === 'running') this.#running.get(resource.id)?.();
    if (task?.endtime === undefined) return;
    const status = task.status ?? '';
    this.#ended.set(task.upid, status);
    this.#waiting.get(task.upid)?.(status);
  }
}
