// A storage whose process was lost: what it had begun is removed when the storage answers again, and nothing else.
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDirPlugin } from '../../storage-plugins/dir/dir-plugin.ts';
import { createPluginRegistry } from '../../storage-plugins/registry.ts';
import { refused } from '../../test/contracts/refused.ts';
import { type StorageWorld, silentLog, storageWorld } from '../../test/fixtures/storage-world.ts';
import { eventually } from '../../test/host/wait.ts';
import { exec } from '../core/exec.ts';
import { quietContext } from '../core/work-context.ts';
import { isolatePlugins } from './isolation/isolated-plugins.ts';
import { isProcessStorage, type ProcessStorage } from './isolation/storage-process.ts';

const entry = fileURLToPath(new URL('./isolation/storage-child.ts', import.meta.url));
const context = quietContext();
const waitMs = 20_000;

let world: StorageWorld;
const opened: ProcessStorage[] = [];

beforeEach(async () => {
  const dir = createDirPlugin(exec);
  const [isolated] = isolatePlugins([{ ...dir, declaration: { ...dir.declaration, isolated: true } }], {
    entry,
    log: silentLog,
  });
  const plugin = {
    declaration: isolated!.declaration,
    open: (id: string, options: Readonly<Record<string, unknown>>) => {
      const storage = isolated!.open(id, options);
      if (isProcessStorage(storage)) opened.push(storage);
      return storage;
    },
  };
  world = await storageWorld({
    plugins: createPluginRegistry([plugin]),
    times: { openCircuitMs: 20, freshMs: 20 },
  });
});
afterEach(async () => {
  await world.cleanUp();
  opened.length = 0;
});

/** Begins an upload that goes on until `stop`, and waits until its file is there. */
async function upload(name: string) {
  const storage = await eventually('a storage that answers', waitMs, async () => {
    const one = world.service.storage('local');
    await one.usage(context);
    return one;
  });
  const before = await world.files();
  const { id } = await storage.beginImport(context, 'iso', name, {});
  let goesOn = true;
  const source = new Readable({
    read() {
      setTimeout(() => this.push(goesOn ? Buffer.alloc(4096) : null), 5);
    },
  });
  const written = refused(storage.writeImport(context, id, source, {}));
  const file = await eventually('its file', waitMs, async () =>
    (await world.files()).find((one) => one.endsWith('.part') && !before.includes(one)),
  );
  return {
    ...{ id, file, written },
    stop: () => {
      goesOn = false;
    },
  };
}

test('of its imports the broken one goes; what a task goes on with and what the new process works on stay', async () => {
  const [broken, kept] = [await upload('broken.iso'), await upload('kept.iso')];
  opened.at(-1)!.kill();
  expect([await broken.written, await kept.written]).toEqual(['unavailable', 'unavailable']);
  const present = await upload('present.iso');
  expect(await world.files()).toEqual(expect.arrayContaining([broken.file, kept.file, present.file]));

  world.service.watch({ everyMs: 10, keep: () => [`{"import":"${kept.id}"}`] });
  await eventually(
    'the broken import gone',
    waitMs,
    async () => !(await world.files()).includes(broken.file),
  );
  expect(await world.files()).toEqual(expect.arrayContaining([kept.file, present.file]));
  present.stop();
  expect(await present.written).toBe('nothing was refused');
});

test('nothing is removed while a retired process still works, nor what whoever wrote it is about to commit', async () => {
  const early = await upload('early.iso');
  // A harmless change: another process takes over, the first one ends its work.
  await world.service.update('local', { set: { nodes: 'pve1' } });
  const late = await upload('late.iso');
  expect(opened.filter(({ runs }) => runs)).toHaveLength(2);
  opened.at(-1)!.kill();
  expect(await late.written).toBe('unavailable');
  world.service.watch({ everyMs: 10 });
  await eventually(
    'the storage again',
    waitMs,
    async () => (await world.service.status('local')).active === 1,
  );
  for (let rounds = 0; rounds < 20; rounds += 1) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(await world.files()).toEqual(expect.arrayContaining([early.file, late.file]));

  early.stop();
  expect(await early.written).toBe('nothing was refused');
  await eventually('what was lost gone', waitMs, async () => !(await world.files()).includes(late.file));
  // Its process has ended as well, but whoever wrote it is about to commit it.
  expect((await world.service.storage('local').commitImport(context, early.id, false)).name).toBe(
    'iso/early.iso',
  );
});

test('texts of tasks that cannot be read keep the daemon running, and all imports where they are', async () => {
  const broken = await upload('broken.iso');
  opened.at(-1)!.kill();
  expect(await broken.written).toBe('unavailable');
  let asked = 0;
  world.service.watch({
    everyMs: 10,
    keep: () => {
      asked += 1;
      if (asked < 3) throw new Error('the database is gone');
      return [];
    },
  });
  await eventually('asked twice in vain', waitMs, () => asked >= 2);
  await eventually(
    'gone once they could be read',
    waitMs,
    async () => !(await world.files()).includes(broken.file),
  );
  expect(asked).toBeGreaterThanOrEqual(3);
});
