// The tasks imgcopy, imgdel and download: their results, and a clean slate from a failure or crash at any moment.
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type StorageWorld, storageWorld } from '../../../test/fixtures/storage-world.ts';
import { type RunnerWorld, runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { quietContext } from '../../core/work-context.ts';
import type { StorageService } from '../../storage/storage-service.ts';
import type { ReceivedUpload } from '../../storage/upload.ts';
import type { BoundaryMoment, BoundaryPoint } from '../crash-point.ts';
import type { TaskRunnerOptions } from '../task-runner.ts';
import { type DownloadParams, downloadKind } from './download.ts';
import { imgCopyKind } from './img-copy.ts';
import { imgDeleteKind } from './img-delete.ts';

const bytes = Buffer.alloc(200_000, 'croft');
const sha256 = createHash('sha256').update(bytes).digest('hex');
const wrong = '0'.repeat(64);
const root = { requester: 'root@pam' };

let world: StorageWorld;
let server: Server;
let base: string;
let hold: boolean;
beforeEach(async () => {
  world = await storageWorld();
  await world.service.status('local');
  hold = false;
  server = createServer((incoming, outgoing) => {
    if (incoming.url === '/cut') {
      outgoing.writeHead(200, { 'content-length': String(bytes.length) });
      outgoing.write(bytes.subarray(0, 1000));
      return setTimeout(() => outgoing.destroy(), 20);
    }
    if (incoming.url === '/huge')
      return outgoing.writeHead(200, { 'content-length': String(2 ** 50) }).write('x');
    if (incoming.url === '/chunked') return outgoing.end(bytes);
    outgoing.writeHead(200, { 'content-length': String(bytes.length) });
    outgoing.write(bytes.subarray(0, 1000));
    if (!hold) outgoing.end(bytes.subarray(1000));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await world.cleanUp();
});

function register(tasks: RunnerWorld, service: StorageService = world.service): RunnerWorld {
  tasks.runner.register(imgCopyKind(service));
  tasks.runner.register(imgDeleteKind(service));
  tasks.runner.register(downloadKind({ storages: service, allowAddress: () => true }));
  return tasks;
}
const runner = (options: Partial<TaskRunnerOptions> = {}) => register(runnerWorld(options));

async function received(more: Partial<ReceivedUpload> = {}): Promise<ReceivedUpload> {
  const storage = world.service.storage('local');
  const { id: importId, name } = await storage.beginImport(quietContext(), 'iso', 'a.iso', {});
  await storage.writeImport(quietContext(), importId, Readable.from([bytes]), {});
  return { storage: 'local', name, importId, sizeBytes: bytes.length, ...more };
}

const download = (more: Partial<DownloadParams> = {}): DownloadParams => ({
  storage: 'local',
  content: 'iso',
  fileName: 'a.iso',
  url: `${base}/a.iso?signature=secret`,
  verifyCertificates: true,
  key: 'random',
  ...more,
});

async function run(type: string, params: unknown, tasks = runner()) {
  const upid = await tasks.runner.start(type, params, root);
  return { ...(await tasks.runner.wait(upid)), log: tasks.log(upid) };
}

const iso = ['template/iso/a.iso'];
const checksum = (value: string) => ({ expected: { algorithm: 'sha256', value } as const });

describe('imgcopy', () => {
  test('publishes an upload, over one of the same name too', async () => {
    const first = await run('imgcopy', await received({ ...checksum(sha256), checksum: sha256 }));
    expect(first).toMatchObject({ state: 'ok', description: 'local:iso/a.iso - Upload' });
    expect(first.log).toContain('checksum verified (sha256)');
    expect((await run('imgcopy', await received())).state).toBe('ok');
    expect(await world.files()).toEqual(iso);
  });

  test('a wrong checksum leaves nothing', async () => {
    const ended = await run('imgcopy', await received({ ...checksum(wrong), checksum: sha256 }));
    expect(ended).toMatchObject({ state: 'failed', errorCode: 'invalid-input' });
    expect(ended.exitStatus).toContain(sha256);
    expect(await world.files()).toEqual([]);
  });
});

describe('imgdel', () => {
  test('deletes what nobody uses', async () => {
    await writeFile(path.join(world.root, 'template/iso/a.iso'), bytes);
    const volid = 'local:iso/a.iso';
    world.references.set(volid, ['VM 100']);
    expect(await run('imgdel', { volid })).toMatchObject({
      state: 'failed',
      errorCode: 'busy',
      exitStatus: expect.stringContaining('VM 100'),
    });
    expect(await world.files()).toEqual(iso);
    world.references.clear();
    expect((await run('imgdel', { volid })).state).toBe('ok');
    expect(await world.files()).toEqual([]);
  });
});

describe('download', () => {
  test.each(['/a.iso?signature=secret', '/chunked'])('fetches %s', async (url) => {
    const ended = await run('download', download({ url: base + url, ...checksum(sha256) }));
    expect(ended).toMatchObject({ state: 'ok', objectId: 'a.iso', progress: 1 });
    expect(ended.log.join('\n')).not.toContain('secret');
    expect(await world.files()).toEqual(iso);
  });

  test.each([
    ['a wrong checksum', { ...checksum(wrong) }, 'invalid-input'],
    ['a broken connection', { url: '/cut' }, 'unavailable'],
    ['no space', { url: '/huge' }, 'no-capacity'],
    ['a refused name', { fileName: '../a.iso' }, 'invalid-input'],
    ['a kind that the storage does not hold', { content: 'backup' }, 'invalid-input'],
  ] as const)('with %s it leaves nothing', async (_what, more, code) => {
    const url = 'url' in more ? base + more.url : `${base}/a.iso`;
    const ended = await run('download', download({ ...more, url }));
    expect(ended).toMatchObject({ state: 'failed', errorCode: code });
    expect(await world.files()).toEqual([]);
  });

  test('keeps a file that is there: done when it is the right one, refused otherwise', async () => {
    await writeFile(path.join(world.root, 'template/iso/a.iso'), bytes);
    expect((await run('download', download(checksum(sha256)))).state).toBe('ok');
    expect((await run('download', download(checksum(wrong)))).errorCode).toBe('already-exists');
    expect((await run('download', download())).errorCode).toBe('already-exists');
    expect(await world.files()).toEqual(iso);
  });

  test('cancelled, it leaves nothing', async () => {
    hold = true;
    const tasks = runner();
    const upid = await tasks.runner.start('download', download(), root);
    await expect.poll(() => world.files()).not.toEqual([]);
    await tasks.runner.cancel(upid);
    expect((await tasks.runner.wait(upid)).state).toBe('cancelled');
    expect(await world.files()).toEqual([]);
  });
});

const kinds = {
  imgcopy: { make: () => received(), steps: ['verify', 'publish'] },
  download: { make: async () => download(), steps: ['fetch', 'verify', 'publish'] },
};
const moments: BoundaryMoment[] = ['before-run', 'after-run', 'after-save'];
const points = Object.entries(kinds).flatMap(([type, { steps }]) =>
  steps.flatMap((step) => moments.map((moment) => [type as keyof typeof kinds, step, moment] as const)),
);

describe('broken at every moment', () => {
  test.each(points.filter(([, , moment]) => moment !== 'after-save'))(
    '%s fails at %s:%s and leaves nothing',
    async (type, step, moment) => {
      const onBoundary = (point: BoundaryPoint) => {
        if (point.step === step && point.moment === moment) throw new Error('broken');
      };
      const ended = await run(type, await kinds[type].make(), runner({ onBoundary }));
      expect(ended.state).toBe('failed');
      expect(await world.files()).toEqual([]);
    },
  );

  test.each(points)('%s goes on after a crash at %s:%s', async (type, step, moment) => {
    let reached = () => {};
    const there = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const tasks = runner({
      onBoundary: async (point) => {
        if (point.step !== step || point.moment !== moment) return;
        reached();
        await new Promise(() => {});
      },
    });
    const upid = await tasks.runner.start(type, await kinds[type].make(), root);
    await there;
    const service = world.restart();
    const next = register(tasks.crash(), service);
    await next.runner.recover();
    expect((await next.runner.wait(upid)).state).toBe('ok');
    await service.sweep();
    expect(await world.files()).toEqual(iso);
  });
});
