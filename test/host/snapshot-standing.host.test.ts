// How long a guest stands for snapshots of a large disk that is full: under a second with the images that we make, told beforehand with others.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type ConsoleClient, type Login, logIn } from './console-client.ts';
import { countingDisk } from './counting-guest.ts';
import { counted, longestSilence, openTerminal } from './counting-terminal.ts';
import { TestDaemon } from './daemon.ts';
import { fillTables } from './full-image.ts';

const daemon = new TestDaemon();
const vm = '/nodes/testnode/qemu/100';
const gigabytes = 256;
let login: Login;
let file: string;
/** What tasks said of it. */
let told: string[];

beforeAll(async () => {
  await daemon.start();
  login = await logIn(daemon, 'admin');
  await mkdir(join(daemon.storagePath, 'import'), { recursive: true });
  await writeFile(join(daemon.storagePath, 'import', 'counting.raw'), countingDisk());
  const params = {
    ...{ vmid: 100, memory: 64, serial0: 'socket', scsihw: 'virtio-scsi-pci', scsi1: `local:${gigabytes}` },
    ...{ virtio0: 'local:0,import-from=local:import/counting.raw', boot: 'order=virtio0' },
  };
  expect(await daemon.task('POST', '/nodes/testnode/qemu', params)).toBe('OK');
  const { scsi1 = '' } = await daemon.ok<Record<string, string>>('GET', `${vm}/config`);
  file = join(daemon.storagePath, 'images', /^local:([^,]+)/.exec(scsi1)?.[1] ?? '');
}, 60_000);
beforeEach(() => {
  told = [];
});
afterAll(() => daemon.dispose());

async function run(verb: 'POST' | 'DELETE', path: string, params: object = {}): Promise<void> {
  const upid = await daemon.ok<string>(verb, `${vm}/snapshot${path}`, { ...params });
  expect(await daemon.taskEnd(upid)).toBe('OK');
  const log = await daemon.ok<{ t: string }[]>('GET', `/nodes/testnode/tasks/${upid}/log`);
  told.push(...log.map(({ t }) => t).filter((line) => /may stand/.test(line)));
}
const take = () => run('POST', '', { snapname: 'full' });
const drop = () => run('DELETE', '/full');

async function whileItCounts(work: (client: ConsoleClient) => Promise<void>): Promise<void> {
  expect(await daemon.task('POST', `${vm}/status/start`)).toBe('OK');
  const client = await openTerminal(daemon, login, 100);
  try {
    await counted(client, 3);
    await work(client);
  } finally {
    client.close();
    expect(await daemon.task('POST', `${vm}/status/stop`)).toBe('OK');
  }
}

function note(clusterBytes: number, taken: number, removed: number): void {
  const silence = `silent for ${taken} ms, and for ${removed} ms when it went`;
  process.stderr.write(
    `full disk of ${gigabytes} GiB in clusters of ${clusterBytes / 1024} KiB: ${silence}\n`,
  );
}

it('is under a second for a disk that is made here', { timeout: 180_000 }, async () => {
  const { clusterBytes } = await fillTables(file, 'as-it-is');
  await whileItCounts(async (client) => {
    const taken = await longestSilence(client, take);
    const removed = await longestSilence(client, drop);
    note(clusterBytes, taken, removed);
    expect(Math.max(taken, removed)).toBeLessThan(1000);
    expect(told).toEqual([]);
  });
});

it('is told beforehand for an image with many small clusters', { timeout: 300_000 }, async () => {
  const { clusterBytes } = await fillTables(file, 'small');
  await whileItCounts(async (client) => {
    const taken = await longestSilence(client, take);
    const removed = await longestSilence(client, drop);
    note(clusterBytes, taken, removed);
    const line = expect.stringMatching(/may stand for 6 s: QEMU counts \d+ clusters \(.*scsi1.*\)/);
    expect(told).toEqual([line, line]);
  });
});
