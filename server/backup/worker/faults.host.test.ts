// Workers that go wrong: targets that hang, processes that are killed, archives that are damaged, limits of speed and memory.
import { execFileSync, spawn } from 'node:child_process';
import {
  constants,
  copyFileSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Attachment } from '../../../storage-plugins/plugin.ts';
import { mebibyte } from '../../core/units.ts';
import { openSeekable } from '../compression/seekable.ts';
import { memoryExport, randomBytes } from '../nbd/nbd-fixture.ts';
import { NbdServer } from '../nbd/nbd-server.ts';
import { processesWith, testUuid, WorkerFolder, whyNoQemuTools } from './worker-fixture.ts';
import type { ArchiveFile, WorkerProgress, WriteVmaOrder } from './worker-orders.ts';

const missing = whyNoQemuTools();
if (missing) console.warn(`faults of backup workers: skipped, ${missing}`);

const folder = new WorkerFolder();
const diskBytes = 32 * mebibyte;
let attachment: Attachment;
let archive: ArchiveFile;

function writeOrder(into: ArchiveFile, change: Partial<WriteVmaOrder> = {}): WriteVmaOrder {
  return {
    ...{ kind: 'write-vma', archive: into, uuid: testUuid, texts: [] },
    disks: [{ device: 'drive-scsi0', sizeBytes: diskBytes, from: { kind: 'image', attachment } }],
    ...change,
  };
}

/** Resolves when it is so; rejects after a minute. */
async function until(what: () => boolean): Promise<void> {
  for (let tries = 0; !what(); tries++) {
    if (tries > 1000) throw new Error(`never: ${what}`);
    await delay(50);
  }
}

const runningQemuNbd = () => processesWith(folder.path).filter((line) => /^qemu-nbd /.test(line)).length;

/** Bytes in all sockets of qemu-nbd that nobody has read, by the kernel's account of who sent them. */
function unreadBytes(): number {
  const rows = execFileSync('ss', ['-xnH', 'state', 'connected'], { encoding: 'utf8' }).split('\n');
  const ours = rows.filter((row) => row.includes(`${folder.path}/worker-`));
  expect(ours.length).toBeGreaterThan(0);
  return ours.reduce((sum, row) => sum + Number(row.trim().split(/\s+/)[2]), 0);
}

describe.skipIf(missing !== undefined)('a worker', () => {
  beforeAll(async () => {
    attachment = { kind: 'file', path: folder.rawDisk('disk.raw', diskBytes, 0.9), format: 'raw' };
    archive = await folder.newArchive('vma.zst');
    await folder.run(writeOrder(archive)).done;
  });
  afterAll(() => folder.remove());

  it('whose target hangs leaves no reply unread, and goes on when the target does', async () => {
    const path = folder.file('pipe');
    execFileSync('mkfifo', [path]);
    // Somebody has it open, and does not read.
    const reader = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const name = 'vzdump-qemu-100-2026_06_01-02_30_00.vma.zst';
    let last: WorkerProgress | undefined;
    const onProgress = (progress: WorkerProgress) => {
      last = progress;
    };
    const worker = folder.run(writeOrder({ path, name }), { onProgress });
    await until(() => (last?.processedBytes ?? 0) > 0);
    await delay(2500);
    expect(last!.processedBytes).toBeLessThan(diskBytes);
    expect(unreadBytes()).toBe(0);
    const into = await folder.newArchive('vma.zst');
    execFileSync('timeout', ['60', 'sh', '-c', 'cat "$0" > "$1"', path, into.path]);
    await reader.close();
    const written = await worker.done;
    expect(written.archiveBytes).toBe(statSync(into.path).size);
    expect(await folder.run({ kind: 'check', archive: into, ours: true }).done).toMatchObject({
      processedBytes: diskBytes,
      trailer: 'whole',
    });
  });

  it('whose target hangs is ended all the same', async () => {
    const path = folder.file('pipe-2');
    execFileSync('mkfifo', [path]);
    const reader = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const ending = new AbortController();
    const worker = folder.run(writeOrder({ path, name: archive.name }), { signal: ending.signal });
    await until(() => runningQemuNbd() === 1);
    await delay(500);
    ending.abort();
    await expect(worker.done).rejects.toMatchObject({ code: 'cancelled' });
    await until(() => processesWith(folder.path).length === 0);
    await reader.close();
  });

  it('that is killed leaves no qemu-nbd', async () => {
    const worker = folder.run(writeOrder(await folder.newArchive('vma'), { bytesPerSecond: mebibyte }));
    await until(() => runningQemuNbd() === 1);
    process.kill(worker.pid!, 'SIGKILL');
    await expect(worker.done).rejects.toMatchObject({
      code: 'unavailable',
      message: "the backup's worker has ended: SIGKILL",
    });
    await until(() => processesWith(folder.path).length === 0);
  });

  it('ends with the daemon, however that ends', async () => {
    const order = writeOrder(await folder.newArchive('vma'), { bytesPerSecond: mebibyte });
    const module = new URL('./backup-worker.ts', import.meta.url).href;
    const script = `const { startBackupWorker } = await import(${JSON.stringify(module)});
      startBackupWorker(${JSON.stringify(order)}, { host: ${JSON.stringify(folder.host)} });`;
    const daemon = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
    await until(() => runningQemuNbd() === 1);
    daemon.kill('SIGKILL');
    await until(() => processesWith(folder.path).length === 0);
  });

  it('cannot be started, or was cancelled before', async () => {
    const host = { ...folder.host, entry: folder.file('nothing.mjs') };
    const lost = folder.run(writeOrder(archive), { host });
    await expect(lost.done).rejects.toMatchObject({ code: 'unavailable' });
    await expect(lost.ready).rejects.toMatchObject({ code: 'unavailable' });
    const never = folder.run(writeOrder(archive), { signal: AbortSignal.abort() });
    await expect(never.done).rejects.toMatchObject({ code: 'cancelled' });
    expect(never.pid).toBeUndefined();
    await never.kill();
  });

  it('keeps to its speed, and below the idle class of the disk', async () => {
    const from = Date.now();
    const order = writeOrder(await folder.newArchive('vma'), { bytesPerSecond: 16 * mebibyte });
    const worker = folder.run(order, { ioPriority: 8 });
    await until(() => runningQemuNbd() === 1);
    expect(execFileSync('ionice', ['-p', String(worker.pid)], { encoding: 'utf8' }).trim()).toBe('idle');
    const { zeroBytes } = await worker.done;
    const leastMs = ((diskBytes - zeroBytes) / (16 * mebibyte)) * 1000 - 600;
    expect(leastMs).toBeGreaterThan(500);
    expect(Date.now() - from).toBeGreaterThan(leastMs);
  });

  it('tells of a source that is lost', async () => {
    const socketPath = folder.file('lost.sock');
    const content = randomBytes(8 * mebibyte, 1);
    let served = 0;
    const failing = memoryExport('scsi0', content, {
      read: async (offset, length) => {
        served += 1;
        if (served > 3) await server.close();
        return content.subarray(offset, offset + length);
      },
    });
    const server = await NbdServer.listen({ socketPath, exports: [failing] });
    const from = { kind: 'nbd', socket: socketPath, exportName: 'scsi0' } as const;
    const order = writeOrder(await folder.newArchive('vma'), {
      disks: [{ device: 'drive-scsi0', sizeBytes: content.length, from }],
    });
    await expect(folder.run(order).done).rejects.toMatchObject({ code: 'unavailable' });
    await server.close();
    await expect(folder.run(order).done).rejects.toMatchObject({ code: 'unavailable' });
    const target = { ...archive, path: folder.file('nowhere') };
    await expect(folder.run(writeOrder(target)).done).rejects.toMatchObject({ code: 'not-found' });
    symlinkSync(archive.path, target.path);
    await expect(folder.run(writeOrder(target)).done).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('refuses damaged archives, with the byte, and restores nothing without a word', async () => {
    const whole = readFileSync(archive.path);
    const file = await open(archive.path);
    const frame = (await openSeekable(file)).frame(3);
    await file.close();
    const copy = await folder.newArchive('vma.zst');
    const restore = () => {
      const target = folder.image('target.raw', 'raw', diskBytes);
      const to = { kind: 'image', attachment: target } as const;
      const disks = [{ device: 'drive-scsi0', sizeBytes: diskBytes, to, targetIsZero: true }];
      return folder.run({ kind: 'restore-vma', archive: copy, disks }).done;
    };
    const changed = Buffer.from(whole);
    changed[frame.at + Math.floor(frame.compressedBytes / 2)]! ^= 4;
    writeFileSync(copy.path, changed);
    const damage = {
      code: 'invalid-input',
      data: { at: frame.at },
      message: expect.stringContaining(`byte ${frame.at} of its file`),
    };
    await expect(folder.run({ kind: 'check', archive: copy }).done).rejects.toMatchObject(damage);
    await expect(restore()).rejects.toMatchObject(damage);

    copyFileSync(archive.path, copy.path);
    truncateSync(copy.path, frame.at);
    const cut = { code: 'invalid-input', message: expect.stringMatching(/cut off at byte \d+/) };
    await expect(folder.run({ kind: 'check', archive: copy }).done).rejects.toMatchObject(cut);
    await expect(restore()).rejects.toMatchObject(cut);
    expect(await folder.run({ kind: 'describe', archive: copy }).done).toMatchObject({ seekable: false });
    await expect(folder.run({ kind: 'check-frames', archive: copy }).done).rejects.toMatchObject({
      code: 'unsupported',
    });
    const serve = { socket: folder.file('s'), exports: [{ device: 'drive-scsi0', exportName: 'a' }] };
    const server = folder.run({ kind: 'serve-vma', archive: copy, ...serve });
    await expect(server.ready).rejects.toMatchObject({ code: 'unsupported' });

    const misnamed = { ...archive, name: archive.name.replace('.zst', '.gz') };
    await expect(folder.run({ kind: 'check', archive: misnamed }).done).rejects.toThrow(
      'by its name the archive is compressed with gzip, but in it is zstd',
    );
    const renamed = { ...archive, name: '../../etc/passwd' };
    await expect(folder.run({ kind: 'describe', archive: renamed }).done).rejects.toMatchObject({
      code: 'invalid-input',
    });
    expect(processesWith(folder.path)).toEqual([]);
  });

  it('stays below 300 MB of memory', async () => {
    const bytes = 512 * mebibyte;
    const path = folder.rawDisk('large.raw', bytes, 0.8, 4 * mebibyte, 9);
    const large = { kind: 'file', path, format: 'raw' } as const;
    let most = 0;
    let pid: number | undefined;
    const options = {
      onProgress: () => {
        const status = readFileSync(`/proc/${pid}/status`, 'utf8');
        most = Math.max(most, Number(/VmHWM:\s+(\d+) kB/.exec(status)![1]) * 1024);
      },
    };
    const into = await folder.newArchive('vma.zst');
    const disks = [
      { device: 'drive-scsi0', sizeBytes: bytes, from: { kind: 'image', attachment: large } as const },
    ];
    const writer = folder.run(writeOrder(into, { disks, zstdThreads: 4 }), options);
    pid = writer.pid;
    await writer.done;
    expect(most).toBeGreaterThan(50e6);
    expect(most).toBeLessThan(300e6);
    const reader = folder.run({ kind: 'check', archive: into }, options);
    pid = reader.pid;
    await reader.done;
    const target = folder.image('large-target.raw', 'raw', bytes);
    const restored = [
      { ...disks[0]!, to: { kind: 'image', attachment: target } as const, targetIsZero: false },
    ];
    const restorer = folder.run({ kind: 'restore-vma', archive: into, disks: restored }, options);
    pid = restorer.pid;
    await restorer.done;
    expect(folder.same(large, target)).toBe(true);
    expect(most).toBeLessThan(300e6);
  });
});
