// The suite for kinds of tasks, tried on a careful kind, on a deletion, and on careless ones that it must find out.
import { expect, test } from 'vitest';
import { createDemoKind, DemoCommands } from '../../server/tasks/kinds/demo.ts';
import type { TaskKind } from '../../server/tasks/task.ts';
import { Faults } from './faults.ts';
import { checksOf, describeTaskKind, type TaskKindWorld } from './task-kind.ts';

/** A shelf as an outside system: things are put there and taken away, one call each. */
class Shelf {
  readonly things = new Set<string>();
  async put(name: string): Promise<void> {
    if (this.things.has(name)) throw new Error(`${name} is there already`);
    this.things.add(name);
  }
  async take(name: string): Promise<void> {
    if (!this.things.delete(name)) throw new Error(`${name} is not there`);
  }
  async has(name: string): Promise<boolean> {
    return this.things.has(name);
  }
}

type Make = (shelf: Shelf) => TaskKind<{ names: string[] }, { put: number }>;

const frame = {
  type: 'shelve',
  describe: () => 'Shelve',
  objectId: () => '1',
  locks: () => [{ scope: 'name', id: 'shelf' }] as const,
  check: async () => {},
  cancellable: true,
};

const makeCareful: Make = (shelf) => ({
  ...frame,
  steps: [
    {
      name: 'put-all',
      run: async (context, { names }) => {
        for (const name of names) {
          context.signal.throwIfAborted();
          if (!(await shelf.has(name))) await shelf.put(name);
        }
        return { put: names.length };
      },
      undo: async (_context, { names }) => {
        for (const name of names) if (await shelf.has(name)) await shelf.take(name);
      },
    },
    {
      name: 'label',
      run: async (_context, _params, state) => {
        if (!(await shelf.has(`${state.put} things`))) await shelf.put(`${state.put} things`);
      },
      undo: async (_context, _params, state) => {
        if (await shelf.has(`${state.put} things`)) await shelf.take(`${state.put} things`);
      },
    },
  ],
  afterCrash: 'unwind',
});

const makeRemoval: Make = (shelf) => ({
  ...frame,
  type: 'unshelve',
  steps: ['a', 'b'].map((name) => ({
    name: `take-${name}`,
    run: async () => {
      if (await shelf.has(name)) await shelf.take(name);
    },
  })),
  afterCrash: 'resume',
  cancellable: false,
});

function worldOf(make: Make, things: string[] = ['old']): () => Promise<TaskKindWorld<{ names: string[] }>> {
  return async () => {
    const faults = new Faults();
    const shelf = new Shelf();
    for (const thing of things) shelf.things.add(thing);
    const kind = make(faults.wrap(shelf, ['put', 'take', 'has']));
    return { kind, params: { names: ['a', 'b'] }, faults, snapshot: () => [...shelf.things].sort() };
  };
}

describeTaskKind('a careful one', worldOf(makeCareful));
describeTaskKind('a removal', worldOf(makeRemoval, ['a', 'b', 'old']));
describeTaskKind('demo', async () => {
  const commands = new DemoCommands();
  // Enough for every repetition of the waiting step.
  for (let i = 0; i < 5; i++) commands.give('x', { go: true });
  return { kind: createDemoKind(commands), params: { name: 'x' }, snapshot: () => [] };
});

async function failing(make: Make, things?: string[]): Promise<string[]> {
  const names: string[] = [];
  for (const check of await checksOf(worldOf(make, things))) {
    await check.run().catch(() => names.push(check.name));
  }
  return names;
}

test('finds a step that cannot be repeated', async () => {
  const found = await failing((shelf) => {
    const careful = makeCareful(shelf);
    const careless = {
      ...careful.steps[0]!,
      run: async () => {
        await shelf.put('a');
        return { put: 1 };
      },
    };
    return { ...careful, steps: [careless, careful.steps[1]!] };
  });
  expect(found).toEqual(['each step run twice does no more than once']);
});

test('finds an undo that cannot be repeated', async () => {
  const found = await failing((shelf) => {
    const careful = makeCareful(shelf);
    const undo = async () => shelf.take('2 things');
    return { ...careful, steps: [careful.steps[0]!, { ...careful.steps[1]!, undo }] };
  });
  expect(found).toContain('each step run twice does no more than once');
  expect(found).toContain('step label fails (before-run)');
  expect(found).toContain('the daemon is killed while it undoes label (after-undo)');
});

test('finds a missing undo', async () => {
  const found = await failing((shelf) => {
    const careful = makeCareful(shelf);
    return { ...careful, steps: [careful.steps[0]!, { name: 'label', run: careful.steps[1]!.run }] };
  });
  expect(found).toContain('step label fails (after-run)');
  expect(found).toContain('each outside call goes wrong: hang-after');
});

test('finds an undo that relies on the result of its own step', async () => {
  const found = await failing((shelf) => {
    const careful = makeCareful(shelf);
    const relying: (typeof careful.steps)[0] = {
      ...careful.steps[0]!,
      undo: async (context, params, state) => {
        if (state.put) await careful.steps[0]!.undo!(context, params, state);
      },
    };
    return { ...careful, steps: [relying, careful.steps[1]!] };
  });
  expect(found).toContain('step put-all fails (after-run)');
  expect(found).toContain('the daemon is killed at put-all (after-run)');
});

test('finds a check that changes something, and a task that does not succeed', async () => {
  const changing = await failing((shelf) => ({
    ...makeCareful(shelf),
    check: async () => {
      if (!(await shelf.has('check'))) await shelf.put('check');
    },
  }));
  expect(changing).toContain('a check alone changes nothing');
  const broken = await failing((shelf) => ({
    ...makeCareful(shelf),
    check: async () => {
      throw new Error('never');
    },
  }));
  expect(broken).toContain('succeeds');
});
