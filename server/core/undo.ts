// A stack of undo actions for work inside one process; what must survive a crash belongs into a task's steps.
import { AppError } from './errors.ts';

/** Collects how to take back what was done; `run` unwinds in reverse order, `release` forgets once all went well. */
export class UndoStack {
  #actions: { name: string; undo: () => unknown }[] = [];

  push(name: string, undo: () => unknown): void {
    this.#actions.push({ name, undo });
  }

  /** All is well: nothing will be undone. */
  release(): void {
    this.#actions = [];
  }

  /** Hands all actions over to a new stack: from here on they are its owner's. */
  move(): UndoStack {
    const moved = new UndoStack();
    moved.#actions = this.#actions.splice(0);
    return moved;
  }

  /** Unwinds everything, also past a failing action; returns the names of those that failed. */
  async run(): Promise<{ name: string; error: unknown }[]> {
    const failed: { name: string; error: unknown }[] = [];
    for (const action of this.#actions.splice(0).reverse()) {
      try {
        await action.undo();
      } catch (error) {
        failed.push({ name: action.name, error });
      }
    }
    return failed;
  }
}

/** Runs `work` with a fresh stack and unwinds it when `work` throws; the first error is the one rethrown. */
export async function withUndo<T>(work: (undo: UndoStack) => Promise<T>): Promise<T> {
  const undo = new UndoStack();
  try {
    const result = await work(undo);
    undo.release();
    return result;
  } catch (error) {
    const failed = await undo.run();
    if (failed.length > 0) {
      throw new AppError('internal', error instanceof Error ? error.message : String(error), {
        detail: failed.map((f) => `undo of ${f.name} failed: ${String(f.error)}`).join('\n'),
        cause: error,
      });
    }
    throw error;
  }
}
