// The undo stack: in reverse order, past failures, and nothing once all went well.
import { expect, it } from 'vitest';
import { UndoStack, withUndo } from './undo.ts';

it('unwinds in reverse order, also past a failing action', async () => {
  const done: string[] = [];
  const stack = new UndoStack();
  stack.push('first', () => done.push('first'));
  stack.push('second', () => {
    throw new Error('stuck');
  });
  stack.push('third', async () => done.push('third'));
  expect((await stack.run()).map(({ name }) => name)).toEqual(['second']);
  expect(done).toEqual(['third', 'first']);
  expect(await stack.run()).toEqual([]);
});

it('undoes when the work fails, and rethrows its error', async () => {
  const done: string[] = [];
  const failing = withUndo(async (undo) => {
    undo.push('made', () => done.push('made'));
    throw new Error('no space');
  });
  await expect(failing).rejects.toThrow('no space');
  expect(done).toEqual(['made']);
});

it('undoes nothing when the work succeeds; what was moved is its new owner’s', async () => {
  const done: string[] = [];
  const moved = await withUndo(async (undo) => {
    undo.push('kept', () => done.push('kept'));
    return undo.move();
  });
  expect(done).toEqual([]);
  await moved.run();
  expect(done).toEqual(['kept']);
});
