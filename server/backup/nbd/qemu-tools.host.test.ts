// Client and server against QEMU's own tools: qemu-nbd serves us, qemu-img and qemu-io read from us.
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { accessSync, closeSync, existsSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { listNbdExports, NbdClient } from './nbd-client.ts';
import type { NbdExport } from './nbd-export.ts';
import { isZero, memoryExport, randomBytes, seededRandom, socketFolder } from './nbd-fixture.ts';
import { NbdServer } from './nbd-server.ts';

const run = promisify(execFile);
const mebibyte = 1024 * 1024;
const folder = socketFolder();
const socketPath = folder.path('nbd.sock');
const url = (name: string) => `nbd+unix:///${name}?socket=${socketPath}`;

function obstacle(): string | undefined {
  for (const program of ['/usr/bin/qemu-nbd', '/usr/bin/qemu-img', '/usr/bin/qemu-io']) {
    try {
      accessSync(program);
    } catch {
      return `needs ${program} (package qemu-utils)`;
    }
  }
  return undefined;
}

const missing = obstacle();
if (missing) console.warn(`NBD against QEMU's tools: skipped, ${missing}`);

/** 16 MiB of which a part is used, in pieces of all sizes, some of them not aligned. */
const content = Buffer.alloc(16 * mebibyte);
const random = seededRandom(11);
for (let piece = 0; piece < 20; piece += 1) {
  const at = random(content.length - 300_000);
  content.set(randomBytes(1 + random(300_000), piece), at);
}

let running: ChildProcess | undefined;
let server: NbdServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
  if (running?.exitCode === null && running.signalCode === null) {
    const gone = new Promise((resolve) => running?.once('exit', resolve));
    running.kill('SIGKILL');
    await gone;
  }
  running = undefined;
});
afterAll(() => folder.remove());

function sparseFile(): string {
  const path = folder.path('disk.raw');
  if (existsSync(path)) return path;
  writeFileSync(path, '');
  execFileSync('truncate', ['-s', String(content.length), path]);
  const file = openSync(path, 'r+');
  for (let at = 0; at < content.length; at += 4096) {
    const block = content.subarray(at, at + 4096);
    if (!isZero(block)) writeSync(file, block, 0, block.length, at);
  }
  closeSync(file);
  return path;
}

async function qemuNbd(...args: string[]): Promise<void> {
  running = spawn('qemu-nbd', ['--persistent', '--shared=4', '-k', socketPath, ...args], { stdio: 'ignore' });
  for (let tries = 0; tries < 200; tries += 1) {
    const names = await listNbdExports(socketPath).catch(() => undefined);
    if (names) return;
    await delay(50);
  }
  throw new Error('qemu-nbd does not listen');
}

/** Reads all that is used, many requests at a time, into a buffer of zeros. */
async function readUsed(client: NbdClient, requestBytes: number, atOnce: number): Promise<Buffer> {
  const found = Buffer.alloc(client.sizeBytes);
  const parts: { offset: number; bytes: number }[] = [];
  for await (const { offset, bytes, zero } of client.allocation()) {
    for (let at = offset; !zero && at < offset + bytes; at += requestBytes)
      parts.push({ offset: at, bytes: Math.min(requestBytes, offset + bytes - at) });
  }
  const worker = async () => {
    for (let part = parts.shift(); part; part = parts.shift())
      await client.read(part.offset, part.bytes, {
        into: found.subarray(part.offset, part.offset + part.bytes),
      });
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return found;
}

describe.skipIf(missing !== undefined)('our client', () => {
  it.each([
    ['raw', 65_536, 16],
    ['raw', 4 * mebibyte, 4],
    ['qcow2', mebibyte, 8],
  ] as const)(
    'reads a %s image from qemu-nbd, %d bytes a request, %d at once',
    async (format, bytes, atOnce) => {
      const raw = sparseFile();
      const image = format === 'raw' ? raw : folder.path('disk.qcow2');
      if (format === 'qcow2') await run('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, image]);
      await qemuNbd('-r', '-f', format, '-x', 'disk', image);
      expect(await listNbdExports(socketPath)).toEqual(['disk']);
      await using client = await NbdClient.open({ socketPath, exportName: 'disk' });
      expect(client).toMatchObject({ sizeBytes: content.length, readOnly: true, tellsAllocation: true });
      expect((await readUsed(client, bytes, atOnce)).equals(content)).toBe(true);
      const zero = (await client.blockStatus(0, content.length)).filter((range) => range.zero);
      expect(zero.length).toBeGreaterThan(3);
      for (const range of zero)
        expect(isZero(content.subarray(range.offset, range.offset + range.bytes))).toBe(true);
    },
  );

  it('reads parts of all sizes at once, the disk looked at in between', async () => {
    await qemuNbd('-r', '-f', 'raw', '-x', 'disk', sparseFile());
    await using client = await NbdClient.open({ socketPath, exportName: 'disk' });
    const chance = seededRandom(13);
    await Promise.all(
      Array.from({ length: 500 }, async (_, index) => {
        const offset = chance(content.length);
        const bytes = 1 + chance(Math.min(200_000, content.length - offset));
        if (index % 10 === 0) await client.blockStatus(offset, bytes);
        const data = await client.read(offset, bytes, { sparse: index % 2 === 0 });
        expect(Buffer.compare(data, content.subarray(offset, offset + bytes))).toBe(0);
      }),
    );
  });

  it('is told of an export that is not there, and of a server that dies', async () => {
    await qemuNbd('-r', '-f', 'raw', '-x', 'disk', sparseFile());
    await expect(NbdClient.open({ socketPath, exportName: 'other' })).rejects.toMatchObject({
      code: 'not-found',
    });
    const client = await NbdClient.open({ socketPath, exportName: 'disk' });
    const reads = Array.from({ length: 50 }, (_, index) => client.read((index % 16) * mebibyte, mebibyte));
    running?.kill('SIGKILL');
    const results = await Promise.allSettled(reads);
    const failed = results.filter((result) => result.status === 'rejected');
    expect(failed.length).toBeGreaterThan(0);
    for (const { reason } of failed) expect(reason).toMatchObject({ code: 'unavailable' });
    expect(await client.closed).toMatchObject({ code: 'unavailable' });
  });

  it('hears of a disk that cannot be read, and where', async () => {
    // Only what is used is read at all.
    let bad = 4096;
    while (isZero(content.subarray(bad, bad + 4096))) bad += 4096;
    const rules = folder.path('blkdebug.conf');
    writeFileSync(rules, `[inject-error]\nevent = "read_aio"\nerrno = "5"\nsector = "${bad / 512}"\n`);
    await qemuNbd(
      '-r',
      '-x',
      'disk',
      '--image-opts',
      `driver=raw,file.driver=blkdebug,file.config=${rules},file.image.driver=file,file.image.filename=${sparseFile()}`,
    );
    await using client = await NbdClient.open({ socketPath, exportName: 'disk' });
    const failed = await client.read(bad, 4096).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'unavailable', data: { errno: 5, offset: bad } });
    expect((await client.read(0, 4096)).length).toBe(4096);
  });
});

describe.skipIf(missing !== undefined)('our server', () => {
  const serve = async (...exports: NbdExport[]) => {
    server = await NbdServer.listen({ socketPath, exports });
  };

  it('is described by qemu-nbd --list', async () => {
    await serve(memoryExport('disk', content, { preferredBytes: 65_536 }), memoryExport('ä b', content));
    const { stdout } = await run('qemu-nbd', ['--list', '-k', socketPath]);
    expect(stdout).toContain('exports available: 2');
    expect(stdout).toContain("export: 'ä b'");
    expect(stdout).toMatch(/flags: 0x183 \( readonly df multi \)/);
    expect(stdout).toMatch(/opt block: 65536/);
    expect(stdout).toContain('base:allocation');
  });

  it('is copied by qemu-img convert, holes not read', async () => {
    const plain = memoryExport('disk', content);
    let asked = 0;
    const read: NbdExport['read'] = (offset, length, signal) => {
      asked += length;
      return plain.read(offset, length, signal);
    };
    await serve({ ...plain, read });
    const copy = folder.path('copy.raw');
    await run('qemu-img', ['convert', '-f', 'raw', '-O', 'raw', '-m', '8', '-W', url('disk'), copy]);
    expect(readFileSync(copy).equals(content)).toBe(true);
    expect(asked).toBeLessThan(content.length / 2);
    const { stdout } = await run('qemu-img', ['compare', '-f', 'raw', '-F', 'raw', url('disk'), copy]);
    expect(stdout).toContain('identical');
  });

  it('tells nobody what is used when it does not know, and is copied all the same', async () => {
    const { blockStatus: _, ...silent } = memoryExport('disk', content);
    await serve(silent);
    const { stdout } = await run('qemu-img', [
      'compare',
      '-f',
      'raw',
      '-F',
      'raw',
      url('disk'),
      sparseFile(),
    ]);
    expect(stdout).toContain('identical');
  });

  it('stands behind an overlay that QEMU writes to', async () => {
    await serve(memoryExport('disk', content));
    const overlay = folder.path('overlay.qcow2');
    await run('qemu-img', ['create', '-f', 'qcow2', '-F', 'raw', '-b', url('disk'), overlay]);
    const commands = ['write -P 0x5a 1000000 300000', 'flush', 'read -P 0x5a 1000000 300000'];
    await run('qemu-io', ['-f', 'qcow2', ...commands.flatMap((command) => ['-c', command]), overlay]);
    const merged = folder.path('merged.raw');
    await run('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', overlay, merged]);
    const expected = Buffer.from(content);
    expected.fill(0x5a, 1_000_000, 1_300_000);
    expect(readFileSync(merged).equals(expected)).toBe(true);
  });

  it('is written to by qemu-io, and nowhere else', async () => {
    const bytes = Buffer.alloc(4 * mebibyte);
    const write: NbdExport['write'] = async (offset, data) => {
      bytes.set(data, offset);
    };
    await serve(memoryExport('disk', bytes, { readOnly: false, write, flush: async () => {} }));
    const commands = ['write -P 0x11 12345 100000', 'flush', 'read -P 0x11 12345 100000', 'read -P 0 0 512'];
    await run('qemu-io', ['-f', 'raw', ...commands.flatMap((command) => ['-c', command]), url('disk')]);
    expect(bytes.subarray(12_345, 112_345).every((byte) => byte === 0x11)).toBe(true);
    expect(bytes.reduce((sum, byte) => sum + (byte === 0 ? 0 : 1), 0)).toBe(100_000);
  });

  it('tells qemu-io of what it cannot read, and goes on', async () => {
    const plain = memoryExport('disk', content);
    const read: NbdExport['read'] = async (offset, length, signal) => {
      if (offset === mebibyte) throw new Error('the archive is damaged');
      return plain.read(offset, length, signal);
    };
    await serve({ ...plain, read });
    const { stdout } = await run('qemu-io', ['-r', '-f', 'raw', '-c', 'read 0 4096', url('disk')]);
    expect(stdout).toContain('read 4096/4096');
    const failed = await run('qemu-io', ['-r', '-f', 'raw', '-c', 'read 1M 4096', url('disk')]).catch(
      (error: { stdout: string; stderr: string }) => error,
    );
    expect(failed.stdout + failed.stderr).toContain('Input/output error');
  });
});
