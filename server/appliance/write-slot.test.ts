// Writing an update into the other slot: what is refused, and that no moment of a power cut touches the running slot.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Faults } from '../../test/contracts/faults.ts';
import { chunked } from '../core/update-fixture.ts';
import { quietContext } from '../core/work-context.ts';
import { type ApplianceWorld, applianceWorld, slotOperations, updateFile } from './appliance-fixture.ts';
import { readSlots } from './slots.ts';

let world: ApplianceWorld;
beforeEach(() => {
  world = applianceWorld();
});
afterEach(() => world.dispose());

const write = (file: Uint8Array = updateFile(), writer = world.writer) => {
  const lines: string[] = [];
  const context = { ...quietContext(), log: (line: string) => lines.push(line) };
  return writer.write(context, chunked(file), file.length).then((written) => ({ ...written, lines }));
};
const versions = async () =>
  (await readSlots(world.files)).map(({ manifest, problem }) => problem ?? manifest?.version);

describe('an update', () => {
  test('goes to the other slot; the partition is read-only before and after', async () => {
    const before = world.systemTree();
    expect(await write()).toMatchObject({ slot: 'B', version: '2.0.0' });
    expect(await versions()).toEqual(['1.0.0', '2.0.0']);
    expect(world.system.writable).toBe(false);
    const after = world.systemTree();
    for (const [name, digest] of Object.entries(before))
      if (name.startsWith('A/')) expect(after[name]).toBe(digest);
    expect(Object.keys(after).every((name) => /^[AB]\//.test(name))).toBe(true);
  });

  test('of the same version is taken', async () => {
    expect(await write(updateFile('1.0.0'))).toMatchObject({ version: '1.0.0' });
  });

  test('goes into an empty slot', async () => {
    rmSync(join(world.paths.system, 'B'), { recursive: true });
    await write();
    expect(await versions()).toEqual(['1.0.0', '2.0.0']);
  });

  test('tells how far it is', async () => {
    const seen: number[] = [];
    await world.writer.write(
      { ...quietContext(), progress: (share) => seen.push(share) },
      chunked(updateFile()),
    );
    expect(seen.at(-1)).toBe(1);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  test('cancelled half-way leaves the slots as they were', async () => {
    const before = world.systemTree();
    const stop = new AbortController();
    const context = { ...quietContext(stop.signal), progress: () => stop.abort() };
    await expect(world.writer.write(context, chunked(updateFile()))).rejects.toThrow();
    await world.writer.sweep();
    expect(world.systemTree()).toEqual(before);
    expect(world.system.writable).toBe(false);
  });
});

describe('is refused before anything is written', () => {
  const refused = async (text: RegExp, file?: Uint8Array) => {
    const before = world.systemTree();
    await expect(write(file)).rejects.toThrow(text);
    expect(world.systemTree()).toEqual(before);
    expect(world.faults.calls).toBe(0);
  };

  test('with a bad signature', async () => {
    const file = updateFile();
    file[600] = (file[600] ?? 0) ^ 1;
    await refused(/bad signature|damaged/, file);
  });

  test('when it cannot read the state', async () => {
    writeFileSync(join(world.paths.state, 'schema'), '2\n');
    await refused(/knows layout 1, the state has 2/);
  });

  test('while the running slot is on trial', async () => {
    writeFileSync(world.paths.trial, '');
    await refused(/slot A is on trial/);
  });

  test('when the running slot is not the default', async () => {
    for (const esp of [0, 1]) world.setGrubEnv(esp, { slot: 'B', try: '' });
    await refused(/slot A runs, but slot B boots by default/);
  });

  test('when a switch is waiting for its reboot', async () => {
    world.setGrubEnv(1, { slot: 'A', try: 'B' });
    await refused(/slot B boots on trial at the next start/);
  });
});

describe('room', () => {
  const needed = 16 * 1024 ** 2 + 2073;

  test('too little, even without the old version: refused, the old version stays', async () => {
    world.system.freeBytes = needed - 2200 - 2000;
    await expect(write()).rejects.toMatchObject({ code: 'no-capacity' });
    expect(await versions()).toEqual(['1.0.0', '0.9.0']);
  });

  test('too little for both versions: the old one goes first, and the log says so', async () => {
    world.system.freeBytes = needed - 1;
    const { lines } = await write();
    expect(lines).toContain('slot B is removed first: there is no room for both versions');
    expect(await versions()).toEqual(['1.0.0', '2.0.0']);
  });

  test('enough: the old one stays until the new one is whole', async () => {
    world.system.freeBytes = needed;
    expect((await write()).lines.join()).not.toMatch(/removed/);
  });
});

describe('a power cut', () => {
  /** Every operation from the `at`-th on does nothing any more, as after a power cut; the one itself `before` or `after` its effect. */
  const cutAt = (at: number, after: boolean) => {
    let count = 0;
    const cut = new Error('no power');
    return new Proxy(world.files, {
      get(target, name: keyof typeof world.files) {
        const member = target[name] as (...args: never[]) => Promise<unknown>;
        if (!slotOperations.some((one) => one === name)) return member;
        return async (...args: never[]) => {
          count += 1;
          if (count > at || (count === at && !after)) throw cut;
          await member(...args);
          if (count === at) throw cut;
        };
      },
    });
  };

  test.each([
    ['with room for both', 1024 ** 3],
    ['after the old version was removed', 16 * 1024 ** 2 + 2072],
  ])('at any operation, %s: the running slot is untouched, the other whole or gone', async (_name, free) => {
    let finished = false;
    const outcomes = new Set<string>();
    for (let at = 1; !finished; at++) {
      for (const after of [false, true]) {
        world.dispose();
        world = applianceWorld();
        world.system.freeBytes = free;
        const before = world.systemTree();
        finished = await write(updateFile(), world.writerOn(cutAt(at, after))).then(
          () => true,
          () => false,
        );
        world.system.writable = false;
        await world.writerOn(world.files).sweep();
        const tree = world.systemTree();
        expect(Object.keys(tree).filter((name) => !/^[AB]\//.test(name))).toEqual([]);
        for (const [name, digest] of Object.entries(before))
          if (name.startsWith('A/')) expect(tree[name]).toBe(digest);
        const [a, b] = await versions();
        expect(a).toBe('1.0.0');
        expect(['0.9.0', '2.0.0', 'it is empty']).toContain(b);
        outcomes.add(String(b));
        // A second start finds nothing more to do, and an update can be written again.
        expect(await world.writer.sweep()).toEqual([]);
        world.system.freeBytes = 1024 ** 3;
        expect(await write()).toMatchObject({ version: '2.0.0' });
        if (finished) break;
      }
    }
    expect(outcomes.has('2.0.0')).toBe(true);
    expect(outcomes.has('it is empty')).toBe(free < 1024 ** 3);
  });
});

describe('sweeping', () => {
  test('does not even make the partition writable when there is nothing', async () => {
    const faults = new Faults();
    const files = faults.wrap(world.files, ['makeWritable']);
    expect(await world.writerOn(files).sweep()).toEqual([]);
    expect(faults.calls).toBe(0);
  });

  test('puts an old version back whose slot is missing', async () => {
    rmSync(join(world.paths.system, 'B'), { recursive: true });
    world.fillSlot('B.old', '0.9.0');
    world.fillSlot('B.new', '2.0.0');
    expect(await world.writer.sweep()).toEqual(['put B.old back as B', 'removed B.new']);
    expect(await versions()).toEqual(['1.0.0', '0.9.0']);
  });

  test('removes an old version whose slot is there', async () => {
    world.fillSlot('B.old', '0.8.0');
    expect(await world.writer.sweep()).toEqual(['removed B.old']);
    expect(await versions()).toEqual(['1.0.0', '0.9.0']);
  });
});
