// Storages in processes of their own, with a tiny plugin from a folder: calls, streams, hanging, crashing, and what stays secret.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { StoragePlugin } from '../../../storage-plugins/plugin.ts';
import { refused } from '../../../test/contracts/refused.ts';
import { systemClock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import { quietContext } from '../../core/work-context.ts';
import { Circuit } from '../circuit.ts';
import { type GuardOptions, guardStorage } from '../guarded-storage.ts';
import { foreignPlugins } from './isolated-plugins.ts';
import { isProcessStorage, type ProcessStorage } from './storage-process.ts';

const entry = fileURLToPath(new URL('./storage-child.ts', import.meta.url));
const fixture = fileURLToPath(new URL('../../../test/fixtures/storage-plugins/slow', import.meta.url));
const context = quietContext();

let root: string;
let plugin: StoragePlugin;
const logged: object[] = [];
const log = { warn: (facts: object) => logged.push(facts) } as unknown as Logger;
const opened: ProcessStorage[] = [];

function open(options: Record<string, unknown> = {}): ProcessStorage {
  const storage = plugin.open('test', options);
  if (!isProcessStorage(storage)) throw new Error('it has no process');
  opened.push(storage);
  return storage;
}

/** A folder of plugins that only we can write into, with the fixture in it. */
function pluginFolder(type: string, text = readFileSync(join(fixture, 'plugin.mjs'), 'utf8')): string {
  const folder = join(root, type);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  writeFileSync(join(folder, 'plugin.mjs'), text, { mode: 0o644 });
  return folder;
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !condition(); i += 1) await delay(10);
  expect(condition()).toBe(true);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** The fixture answers its process's number as the size of a volume. */
const pidOf = async (storage: ProcessStorage) => (await storage.info(context, 'pid')).sizeBytes;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'croft-plugins-'));
  chmodSync(root, 0o755);
  pluginFolder('slow');
  const [found] = await foreignPlugins(root, [], { entry, log });
  if (!found) throw new Error(JSON.stringify(logged));
  plugin = found;
});
afterEach(() => {
  for (const storage of opened.splice(0)) storage.end();
});
afterAll(() => rmSync(root, { recursive: true }));

describe('calls', () => {
  test('run in one other process, with their arguments, progress and log', async () => {
    const storage = open();
    const pid = await pidOf(storage);
    expect(pid).not.toBe(process.pid);
    expect(await pidOf(storage)).toBe(pid);
    const told: unknown[] = [];
    const made = await storage.createDisk(
      { ...context, log: (line) => told.push(line), progress: (fraction) => told.push(fraction) },
      { vmid: 100, format: 'raw', sizeBytes: 4096 },
    );
    expect(made).toEqual({
      ...{ name: 'vm-100-disk-0', content: 'images', format: 'raw', sizeBytes: 4096, usedBytes: 0 },
      ...{ vmid: 100, parent: undefined, createdAt: 1 },
    });
    expect(told).toEqual(['making vm-100-disk-0', 1]);
  });

  test('take and give bytes', async () => {
    const storage = open();
    const bytes = Buffer.alloc(3 * 1024 ** 2, 'croft');
    await storage.putBeside(context, 'backup/a.vma', 'picture', bytes);
    const read = await storage.readBeside(context, 'backup/a.vma', 'picture');
    expect(Buffer.from(read ?? []).equals(bytes)).toBe(true);
    expect(await storage.readBeside(context, 'backup/a.vma', 'log')).toBeUndefined();
  });

  test('fail with the same error', async () => {
    const error = await open()
      .remove(context, 'refused')
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({
      ...{ code: 'busy', message: 'somebody has it', detail: 'who', data: { holders: ['VM 1'] } },
      fields: { name: 'is used' },
    });
    expect(await refused(open().remove(context, 'strange'))).toBe('internal');
  });

  test('are cancelled by their caller', async () => {
    const abort = new AbortController();
    const call = refused(open({ hang: true }).activate(quietContext(abort.signal)));
    await delay(50);
    abort.abort();
    expect(await call).toBe('cancelled');
    expect(await refused(open({ hang: true }).activate(quietContext(AbortSignal.abort())))).toBe('cancelled');
  });

  test('of a process that dies reject, and the next one starts another', async () => {
    const storage = open({ hang: true });
    const pid = await pidOf(storage);
    const waiting = refused(storage.activate(context));
    expect(await refused(storage.remove(context, 'crash'))).toBe('unavailable');
    expect(await waiting).toBe('unavailable');
    const next = await pidOf(storage);
    expect(next).not.toBe(pid);
    expect(isAlive(pid)).toBe(false);
  });

  test('that do not come back end the process, and the circuit lets the next one try a new one', async () => {
    const plain = open();
    const circuit = new Circuit('test', systemClock, 100);
    const options: GuardOptions & { limitMs?: number | undefined } = {
      circuit,
      clock: systemClock,
      process: plain,
    };
    const storage = guardStorage(plain, options);
    const { sizeBytes: pid } = await storage.info(context, 'pid');
    // Stuck for good: not even the order to stop is heard. Only this call is short of time, whatever else the machine does.
    options.limitMs = 500;
    expect(await refused(storage.info(context, 'block'))).toBe('timeout');
    options.limitMs = undefined;
    expect(circuit.open?.since).toBeGreaterThan(0);
    expect(await refused(storage.info(context, 'pid'))).toBe('unavailable');
    await until(() => !isAlive(pid));
    await until(() => circuit.open !== undefined && circuit.open.retryAt < Date.now());
    expect((await storage.info(context, 'pid')).sizeBytes).not.toBe(pid);
    expect(circuit.open).toBeUndefined();
  });
});

describe('a process', () => {
  test('is killed together with the programs that it waits for', async () => {
    const storage = open();
    const program = (await storage.info(context, 'program')).sizeBytes;
    expect(isAlive(program)).toBe(true);
    storage.kill();
    await until(() => !isAlive(program));

    const left = (await storage.info(context, 'program')).sizeBytes;
    // By the kernel, for instance, which was short of memory.
    process.kill(await pidOf(storage), 'SIGKILL');
    await until(() => !isAlive(left));
  });

  test('ends when it is not used any more, and when the daemon is gone', async () => {
    const storage = open();
    const pid = await pidOf(storage);
    storage.end();
    await until(() => !isAlive(pid));

    const daemon = `
      import { launch } from ${JSON.stringify(new URL('./launch.ts', import.meta.url).href)};
      const child = launch(${JSON.stringify(entry)});
      child.onMessage((message) => {
        if (message.kind !== 'result') return;
        process.stdout.write(String(message.value.sizeBytes), () => process.kill(process.pid, 'SIGKILL'));
      });
      child.send({ kind: 'open', plugin: { type: 'slow', folder: ${JSON.stringify(join(root, 'slow'))} }, id: 'x', options: {} });
      child.send({ kind: 'call', call: 1, method: 'info', args: ['pid'], aborted: false });`;
    const main = join(root, 'daemon.mts');
    writeFileSync(main, daemon);
    let printed = '';
    try {
      execFileSync(process.execPath, [main], { stdio: ['ignore', 'pipe', 'ignore'] });
    } catch (error) {
      printed = String((error as { stdout: Buffer }).stdout);
    }
    expect(printed).toMatch(/^\d+$/);
    await until(() => !isAlive(Number(printed)));
  });

  test('that another one takes over from ends when nothing is under way in it', async () => {
    const storage = open();
    const pid = await pidOf(storage);
    const { id } = await storage.beginImport(context, 'iso', 'a.iso', {});
    const { promise: goOn, resolve: letGoOn } = Promise.withResolvers<void>();
    const slowly = Readable.from(
      (async function* () {
        yield Buffer.from('begun, ');
        await goOn;
        yield Buffer.from('done');
      })(),
    );
    const writing = storage.writeImport(context, id, slowly, {});
    storage.retire();
    letGoOn();
    expect((await writing).sizeBytes).toBe(11);
    await until(() => !isAlive(pid));

    // Whoever still holds the storage gets a process for a call, and none stays.
    const late = await pidOf(storage);
    await until(() => !isAlive(late));
  });

  test('that another one takes over from is not ended while a stream is read from it', async () => {
    const storage = open();
    const pid = await pidOf(storage);
    const endless = await storage.exportStream(context, 'endless');
    storage.retire();
    // More than was on its way before.
    for (let bytes = 0; bytes < 4 * 1024 ** 2; bytes += (endless.read() as Buffer | null)?.length ?? 0)
      await once(endless, 'readable');
    endless.destroy();
    await until(() => !isAlive(pid));
  });

  test('is not started again when the storage is not used any more', async () => {
    const storage = open();
    storage.end();
    expect(await refused(storage.info(context, 'pid'))).toBe('unavailable');
  });

  test('gets secrets by its channel only', async () => {
    const storage = open({ password: 'open-sesame' });
    const pid = await pidOf(storage);
    expect((await storage.info(context, 'password')).name).toBe('open-sesame');
    for (const file of ['cmdline', 'environ'])
      expect(readFileSync(`/proc/${pid}/${file}`, 'latin1')).not.toContain('open-sesame');
  });
});

describe('streams', () => {
  const many = Buffer.alloc(3 * 1024 ** 2 + 17, 'abc');

  test('go both ways, whole', async () => {
    const storage = open();
    const { id } = await storage.beginImport(context, 'iso', 'a.iso', {});
    const pieces = [many.subarray(0, 5), many.subarray(5, 2_000_000), many.subarray(2_000_000)];
    const { sizeBytes } = await storage.writeImport(context, id, Readable.from(pieces), {});
    expect(sizeBytes).toBe(many.length);
    expect((await buffer(await storage.readImport(context, id))).equals(many)).toBe(true);
    expect(await buffer(await storage.exportStream(context, 'empty'))).toHaveLength(0);
  });

  test('are not read faster than they are taken', async () => {
    const storage = open();
    const { id } = await storage.beginImport(context, 'iso', 'slow.iso', {});
    let given = 0;
    const endless = new Readable({
      read() {
        given += 65_536;
        setImmediate(() => this.push(Buffer.alloc(65_536)));
      },
    });
    const abort = new AbortController();
    const call = refused(storage.writeImport(quietContext(abort.signal), id, endless, {}));
    await delay(300);
    expect(given).toBeLessThan(8 * 1024 ** 2);
    abort.abort();
    expect(await call).toBe('cancelled');
    expect(endless.destroyed).toBe(true);
  });

  test('that break tell why, on the other side', async () => {
    const storage = open();
    const { id } = await storage.beginImport(context, 'iso', 'a.iso', {});
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from('some');
        throw new AppError('no-capacity', 'the sender is full');
      })(),
    );
    expect(await refused(storage.writeImport(context, id, broken, {}))).toBe('no-capacity');
    expect(await refused(buffer(await storage.exportStream(context, 'broken')))).toBe('command-failed');
    const endless = await storage.exportStream(context, 'endless');
    storage.kill();
    expect(await refused(buffer(endless))).toBe('unavailable');
  });

  test('that nobody reads any more end where they come from', async () => {
    const storage = open();
    const endless = await storage.exportStream(context, 'endless');
    expect((await storage.info(context, 'streams')).sizeBytes).toBe(1);
    endless.destroy();
    let left = 1;
    for (let i = 0; i < 100 && left > 0; i += 1) left = (await storage.info(context, 'streams')).sizeBytes;
    expect(left).toBe(0);
  });
});

describe('a folder of plugins', () => {
  test('need not be there', async () => {
    expect(await foreignPlugins(join(root, 'none'), [], { entry, log })).toEqual([]);
  });

  test('is isolated whatever it says', () => {
    expect(plugin.declaration).toMatchObject({ type: 'slow', isolated: true });
  });

  test('that is not as it must be is left out, and the daemon is told why', async () => {
    pluginFolder('other');
    pluginFolder('old', 'export default () => ({ declaration: { contractVersion: 1 } });');
    pluginFolder('none', 'export const x = 1;');
    const slow = readFileSync(join(fixture, 'plugin.mjs'), 'utf8');
    pluginFolder(
      'short',
      slow
        .replace("type: 'slow'", "type: 'short'")
        .replace('capabilities: []', "capabilities: [{ feature: 'clone' }]"),
    );
    pluginFolder('broken', 'throw new Error("no luck");');
    pluginFolder('ends', 'process.exit(3);');
    chmodSync(join(pluginFolder('loose'), 'plugin.mjs'), 0o666);
    chmodSync(pluginFolder('open'), 0o777);
    mkdirSync(join(root, 'linked'), { mode: 0o755 });
    symlinkSync(join(root, 'slow', 'plugin.mjs'), join(root, 'linked', 'plugin.mjs'));
    logged.length = 0;
    expect(await foreignPlugins(root, ['slow'], { entry, log })).toEqual([]);
    const problems = logged as { folder: string; problem: string }[];
    const told = Object.fromEntries(problems.map(({ folder, problem }) => [basename(folder), problem]));
    expect(told).toEqual({
      slow: expect.stringMatching(/of its own/),
      other: expect.stringMatching(/holds a plugin of type 'slow'/),
      old: expect.stringMatching(/contract 1/),
      none: expect.stringMatching(/default export/),
      short: expect.stringMatching(/capabilities\.0\.formats/),
      broken: expect.stringMatching(/no luck/),
      ends: expect.stringMatching(/has ended/),
      loose: expect.stringMatching(/written by others/),
      open: expect.stringMatching(/written by others/),
      linked: expect.stringMatching(/link/),
    });
  });
});
