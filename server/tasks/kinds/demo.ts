// A task that does nothing but wait on command: for tests, and for the development server.
import { AppError } from '../../core/errors.ts';
import type { LockRef, TaskKind } from '../task.ts';

export interface DemoParams {
  /** Names the task to `DemoCommands`, and is its object id. */
  readonly name: string;
  readonly locks?: readonly LockRef[];
}

export interface DemoState {
  readonly prepared: string;
}

export interface DemoOrder {
  readonly go?: true;
  /** Fail with this text. */
  readonly fail?: string;
  readonly log?: string;
  readonly warn?: string;
  readonly progress?: number;
}

/** Tells demo tasks by name what to do next; orders given before the task asks are kept. */
export class DemoCommands {
  readonly #orders = new Map<string, DemoOrder[]>();
  readonly #asking = new Map<string, () => void>();

  give(name: string, order: DemoOrder): void {
    this.#orders.set(name, [...(this.#orders.get(name) ?? []), order]);
    this.#asking.get(name)?.();
  }

  /** The next order; rejects when the signal aborts. */
  async next(name: string, signal: AbortSignal): Promise<DemoOrder> {
    for (;;) {
      signal.throwIfAborted();
      const order = this.#orders.get(name)?.shift();
      if (order) return order;
      await new Promise<void>((resolve) => {
        const wake = () => {
          signal.removeEventListener('abort', wake);
          this.#asking.delete(name);
          resolve();
        };
        this.#asking.set(name, wake);
        signal.addEventListener('abort', wake, { once: true });
      });
    }
  }
}

/** Steps: `prepare`, `wait` (until `go` or `fail`), `finish`. */
export function createDemoKind(
  commands: DemoCommands,
  traits: { readonly cancellable?: boolean; readonly afterCrash?: 'unwind' | 'resume' } = {},
): TaskKind<DemoParams, DemoState> {
  return {
    type: 'demo',
    describe: (params) => `Demo ${params.name}`,
    objectId: (params) => params.name,
    locks: (params) => params.locks ?? [],
    check: async (params) => {
      if (params.name === '') throw new AppError('invalid-input', 'a demo needs a name');
    },
    steps: [
      {
        name: 'prepare',
        run: async (context, params) => {
          context.log(`preparing ${params.name}`);
          return { prepared: params.name };
        },
        undo: async (context, params) => context.log(`putting ${params.name} away`),
      },
      {
        name: 'wait',
        run: async (context, params) => {
          for (;;) {
            const order = await commands.next(params.name, context.signal);
            if (order.log !== undefined) context.log(order.log);
            if (order.warn !== undefined) context.warn(order.warn);
            if (order.progress !== undefined) context.progress(order.progress);
            if (order.fail !== undefined) throw new AppError('unavailable', order.fail);
            if (order.go) return;
          }
        },
      },
      {
        name: 'finish',
        run: async (context, _params, state) => context.log(`finished with ${state.prepared}`),
      },
    ],
    afterCrash: traits.afterCrash ?? 'unwind',
    cancellable: traits.cancellable ?? true,
  };
}
