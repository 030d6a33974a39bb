// Disks of running VMs that move, on real QEMU: the guest writes on, nothing of it is lost, and what is broken off changes nothing.
import { mkdirSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { exec } from '../../server/core/exec.ts';
import { logIn } from './console-client.ts';
import { countsIn, countsOn } from './counting-guest.ts';
import { counted, countingVm, openTerminal } from './counting-terminal.ts';
import { CrashWorld } from './crash-world.ts';
import { TestDaemon } from './daemon.ts';
import { eventually } from './wait.ts';

const daemon = new TestDaemon();
const world = new CrashWorld(daemon);
const second = join(daemon.folder, 'second');
const roots: Readonly<Record<string, string>> = { local: daemon.storagePath, second };
let vmid = 99;
let counting = {};
const path = () => `/nodes/testnode/qemu/${vmid}`;

beforeAll(async () => {
  await daemon.start();
  mkdirSync(second, { mode: 0o755 });
  await daemon.ok('POST', '/storage', { storage: 'second', type: 'dir', path: second, content: 'images' });
  counting = await countingVm(daemon, { writes: true });
}, 60_000);
afterAll(() => daemon.dispose());

/** A guest that runs and writes; with `scsi1` a disk that takes a while to copy. */
beforeEach(async () => {
  vmid += 1;
  const params = { vmid, memory: 32, scsi1: 'local:0.03125', ...counting };
  expect(await daemon.task('POST', '/nodes/testnode/qemu', params)).toBe('OK');
  await exec('qemu-io', ['-f', 'qcow2', '-c', 'write -P 0x5a 0 32M', (await fileOf('scsi1')).file]);
  expect(await daemon.task('POST', `${path()}/status/start`)).toBe('OK');
}, 60_000);

const config = () => daemon.ok<Record<string, string>>('GET', `${path()}/config`);

async function fileOf(key: string): Promise<{ file: string; format: string }> {
  const [, storage = '', name = ''] = /^([^:]+):([^,]+)/.exec((await config())[key] ?? '') ?? [];
  return { file: join(roots[storage]!, 'images', name), format: name.split('.').at(-1)! };
}

async function domainXml(): Promise<string> {
  const { stdout } = await exec('virsh', ['-c', 'qemu:///system', 'dumpxml', world.domainOf(vmid)]);
  return stdout;
}

/** Up to which number everything that the guest wrote is in the image, whatever its format. */
async function countInImage(file: string, format: string): Promise<number> {
  const raw = join(daemon.folder, 'read.raw');
  await exec('qemu-img', ['convert', '-U', '-f', format, '-O', 'raw', file, raw]);
  return countsOn(await readFile(raw));
}

const move = (params: object) => daemon.call('POST', `${path()}/move_disk`, { disk: 'virtio0', ...params });
const moved = (params: object) => daemon.task('POST', `${path()}/move_disk`, { disk: 'virtio0', ...params });

/** The guest uses what its configuration names; every volume is named; nothing is being copied. */
async function expectAgreement(): Promise<void> {
  const xml = await domainXml();
  expect(xml).not.toContain('<mirror');
  const named: string[] = [];
  for (const [key, value] of Object.entries(await config())) {
    if (!/^(virtio|scsi|unused)\d+$/.test(key)) continue;
    const { file } = await fileOf(key);
    named.push(file);
    if (!key.startsWith('unused')) expect(xml, `${key}=${value}`).toContain(file);
  }
  const there = Object.values(roots).flatMap((root) => {
    const folder = join(root, 'images', String(vmid));
    try {
      return readdirSync(folder).map((name) => join(folder, name));
    } catch {
      return [];
    }
  });
  expect(there.sort()).toEqual(named.sort());
}

async function finish(): Promise<void> {
  expect(await daemon.task('POST', `${path()}/status/stop`)).toBe('OK');
  expect(await daemon.task('DELETE', path())).toBe('OK');
  for (const root of Object.values(roots))
    expect(readdirSync(join(root, 'images'))).not.toContain(String(vmid));
}

describe('a disk of a running VM', () => {
  it('moves while the guest counts onto it, and every number is on the new one', {
    timeout: 90_000,
  }, async () => {
    const client = await openTerminal(daemon, await logIn(daemon, 'admin'), vmid);
    const newest = () => countsIn(client.received).at(-1) ?? 0;
    // From when a move has ended: it may well count further than that while it moves.
    const goesOn = () => counted(client, newest() + 10);
    await counted(client, 3);

    expect(await moved({ storage: 'second', format: 'raw', delete: 1 })).toBe('OK');
    await goesOn();
    const then = newest();
    expect(await moved({ storage: 'local', format: 'qcow2' })).toBe('OK');
    await goesOn();
    await expectAgreement();
    const last = newest();
    const now = await fileOf('virtio0');
    expect(now.format).toBe('qcow2');
    const kept = await fileOf('unused0');
    expect(kept.format).toBe('raw');
    expect(await daemon.task('POST', `${path()}/status/stop`)).toBe('OK');
    client.close();
    expect(await countInImage(now.file, now.format)).toBeGreaterThanOrEqual(last);
    // What was left behind ends where the guest was switched over.
    const old = await countInImage(kept.file, kept.format);
    expect(old).toBeGreaterThanOrEqual(then);
    expect(old).toBeLessThan(last);
    // It is what it starts from.
    expect(await daemon.task('POST', `${path()}/status/start`)).toBe('OK');
    await expectAgreement();
    await finish();
  });

  it('stays where it is when the copying is cancelled, or the guest stops', { timeout: 60_000 }, async () => {
    const { file } = await fileOf('scsi1');
    const slowly = { disk: 'scsi1', storage: 'second', bwlimit: 1024, delete: 1 };
    const upid = (await move(slowly)).body.data as string;
    await eventually('the copy', 20_000, async () => (await domainXml()).includes('<mirror'));
    await eventually('some progress', 20_000, async () => {
      const [line] = await daemon.ok<{ progress?: number }[]>('GET', '/nodes/testnode/tasks', {
        source: 'active',
      });
      return (line?.progress ?? 0) > 0;
    });
    await daemon.ok('DELETE', `/nodes/testnode/tasks/${upid}`);
    expect(await daemon.taskEnd(upid, 20_000)).toContain('cancelled');
    expect((await fileOf('scsi1')).file).toBe(file);
    await expectAgreement();

    const other = (await move(slowly)).body.data as string;
    await eventually('the copy', 20_000, async () => (await domainXml()).includes('<mirror'));
    await exec('virsh', ['-c', 'qemu:///system', 'destroy', world.domainOf(vmid)]);
    expect(await daemon.taskEnd(other, 20_000)).toContain('stopped while scsi1 was copied');
    expect((await fileOf('scsi1')).file).toBe(file);
    expect(readdirSync(join(second, 'images'))).toEqual([]);
    await eventually('the news that it stopped', 10_000, async () => {
      const { status } = await daemon.ok<{ status: string }>('GET', `${path()}/status/current`);
      return status === 'stopped';
    });
    expect(await daemon.task('POST', `${path()}/status/start`)).toBe('OK');
    await expectAgreement();
    await finish();
  });
});

describe('kill -9 while a disk of a running VM moves', () => {
  it.each([
    ['qmmove:copy:after-run', false],
    ['qmmove:switch:before-run', true],
    ['qmmove:switch:after-run', true],
  ])('at %s', async (spec, through) => {
    await world.crash(spec, () => move({ storage: 'second', delete: 1 }));
    await world.recover();
    expect((await world.newest('qmmove')).state).toBe(through ? 'ok' : 'interrupted');
    expect((await config())['virtio0']).toMatch(through ? /^second:/ : /^local:/);
    await expectAgreement();
    expect(await daemon.ok('GET', `${path()}/status/current`)).toMatchObject({ qmpstatus: 'running' });
    await finish();
  });

  it('in the middle of the copying', async () => {
    await move({ disk: 'scsi1', storage: 'second', bwlimit: 1024 });
    await eventually('the copy', 20_000, async () => (await domainXml()).includes('<mirror'));
    await daemon.end('SIGKILL');
    await world.recover();
    expect((await world.newest('qmmove')).state).toBe('interrupted');
    await expectAgreement();
    await finish();
  });
});
