// Our client on QEMU's own export: a pull backup of a running guest (emulated), begun and ended through a real libvirtd.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BackupFlag, type DomainRef, ErrorNumber, JobOperation, JobType, Libvirt } from 'node-libvirt';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type PrivateLibvirtd, startPrivateLibvirtd, whyNoLibvirtd } from '../../../test/host/libvirtd.ts';
import { readQemuUser } from '../../guests/vm/qemu-user.ts';
import { listNbdExports, NbdClient } from './nbd-client.ts';
import { randomBytes } from './nbd-fixture.ts';

const obstacle = await whyNoLibvirtd();
if (obstacle) console.warn(`pull backups: skipped, ${obstacle}`);

const run = promisify(execFile);
const mebibyte = 1024 * 1024;
const diskBytes = 32 * mebibyte;
/** As the disks are before each backup: the first and the last 4 MiB are used. */
const before = Buffer.alloc(diskBytes);
before.set(randomBytes(4 * mebibyte, 1), 0);
before.set(randomBytes(4 * mebibyte, 2), diskBytes - 4 * mebibyte);

describe.skipIf(obstacle !== undefined)('a pull backup', () => {
  let libvirtd: PrivateLibvirtd;
  let client: Libvirt;
  let domain: DomainRef;
  let folder: string;
  let socketPath: string;
  let ended: ReadonlyMap<string, unknown>[];

  const connect = async () => {
    client = await Libvirt.connect({ socketPath: libvirtd.socketPath });
    await client.onDomainEvent('job-completed', ({ values }) => ended.push(values));
  };

  beforeAll(async () => {
    libvirtd = await startPrivateLibvirtd();
    ended = [];
    await connect();
    folder = await mkdtemp(join(tmpdir(), 'croft-pull-'));
    await chmod(folder, 0o711);
    // QEMU makes the socket, so its folder must be QEMU's; libvirt makes the scratch images, below a folder that QEMU may pass.
    const user = await readQemuUser();
    await mkdir(join(folder, 'run'), { mode: 0o750 });
    await chown(join(folder, 'run'), user.uid, user.gid);
    socketPath = join(folder, 'run', 'backup.sock');
    await writeFile(join(folder, 'before.raw'), before);
  }, 60_000);
  afterAll(async () => {
    await client?.close();
    await libvirtd?.close();
    if (folder) await rm(folder, { recursive: true, force: true });
  }, 60_000);

  beforeEach(async () => {
    ended.length = 0;
    for (const format of ['qcow2', 'raw'])
      await run('qemu-img', [
        ...['convert', '-f', 'raw', '-O', format, join(folder, 'before.raw'), join(folder, `disk.${format}`)],
      ]);
    domain = await client.domains.createXml(`<domain type='qemu'><name>croft-pull-test</name>
      <memory unit='MiB'>64</memory><vcpu>1</vcpu><iothreads>1</iothreads>
      <os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features>
      <devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
      <disk type='file'><driver name='qemu' type='qcow2'/><source file='${folder}/disk.qcow2'/>
        <target dev='vda' bus='virtio'/><alias name='ua-virtio0'/></disk>
      <disk type='file'><driver name='qemu' type='raw' iothread='1'/><source file='${folder}/disk.raw'/>
        <target dev='vdb' bus='virtio'/><alias name='ua-virtio1'/></disk></devices></domain>`);
  }, 60_000);
  afterEach(async () => {
    await client.domains.destroy(domain).catch(() => {});
    for (const name of await readdir(folder))
      if (name.endsWith('.scratch')) await rm(join(folder, name), { force: true });
    await rm(socketPath, { force: true });
  });

  const backupXml = () => {
    const disks = ['vda', 'vdb'].map(
      (name) => `<disk name='${name}' backup='yes' type='file' exportname='${name}'>
        <driver type='qcow2'/><scratch file='${folder}/${name}.scratch'/></disk>`,
    );
    return `<domainbackup mode='pull'><server transport='unix' socket='${socketPath}'/>
      <disks>${disks.join('')}</disks></domainbackup>`;
  };
  const begin = (flags = 0) => client.backups.begin(domain, backupXml(), flags);
  const end = async () => {
    await client.backups.abortJob(domain);
    await expect.poll(() => ended.length, { timeout: 10_000 }).toBe(1);
  };
  /** What the guest would do: through the disk's own device, past nothing that stands before it. */
  const write = async (disk: 0 | 1, pattern: string, where: string) => {
    const device = `/machine/peripheral/ua-virtio${disk}/virtio-backend`;
    const command = `qemu-io -d ${device} "write -P ${pattern} ${where}"`;
    expect(await client.qemu.monitorCommand(domain, command, true)).not.toContain('rror');
  };
  const open = (exportName: string) => NbdClient.open({ socketPath, exportName });

  async function readAll(exportName: string, during: () => Promise<void> = async () => {}): Promise<Buffer> {
    await using nbd = await open(exportName);
    const found = Buffer.alloc(nbd.sizeBytes);
    let parts = 0;
    const pending: Promise<unknown>[] = [];
    for await (const { offset, bytes, zero } of nbd.allocation({ windowBytes: 8 * mebibyte })) {
      for (let at = offset; !zero && at < offset + bytes; at += mebibyte) {
        const length = Math.min(mebibyte, offset + bytes - at);
        pending.push(nbd.read(at, length, { into: found.subarray(at, at + length) }));
        if (parts++ === 2) await during();
      }
    }
    await Promise.all(pending);
    return found;
  }

  const exists = (path: string) =>
    access(path).then(
      () => true,
      () => false,
    );

  it('shows both disks as they were when it began, whatever the guest writes', async () => {
    await begin();
    expect(await listNbdExports(socketPath)).toEqual(expect.arrayContaining(['vda', 'vdb']));
    await write(0, '0x55', '0 1M');
    await write(1, '0x66', '0 1M');
    // Over what is read later, and over what was a hole.
    const during = async () => {
      for (const disk of [0, 1] as const) {
        await write(disk, '0x77', `${diskBytes - mebibyte} 1M`);
        await write(disk, '0x78', '16M 100k');
      }
    };
    for (const name of ['vda', 'vdb']) expect((await readAll(name, during)).equals(before)).toBe(true);
    const job = await client.backups.job(domain);
    expect(job).toMatchObject({ type: JobType.unbounded });
    expect(job.values.get('operation')).toBe(JobOperation.backup);
    expect(job.values.get('disk_temp_used')).toBeGreaterThanOrEqual(4 * mebibyte);
    expect(await client.backups.xml(domain)).toContain(`socket='${socketPath}'`);
    await end();
    expect(ended[0]?.get('success')).toBe(true);
    for (const path of [socketPath, join(folder, 'vda.scratch'), join(folder, 'vdb.scratch')])
      expect(await exists(path)).toBe(false);
    await client.domains.destroy(domain);
    const after = Buffer.from(before);
    after.fill(0x66, 0, mebibyte).fill(0x77, diskBytes - mebibyte);
    after.fill(0x78, 16 * mebibyte, 16 * mebibyte + 102_400);
    expect((await readFile(join(folder, 'disk.raw'))).equals(after)).toBe(true);
  });

  it('goes on when the client is killed', async () => {
    await begin();
    const script = `import { NbdClient } from ${JSON.stringify(fileURLToPath(new URL('nbd-client.ts', import.meta.url)))};
      const nbd = await NbdClient.open({ socketPath: process.argv[1], exportName: 'vda' });
      for (let i = 0; ; i += 1) {
        const reads = Array.from({ length: 8 }, (_, k) => nbd.read(k * 1048576, 1048576));
        await reads[0];
        if (i === 3) process.stdout.write('reading');
      }`;
    const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', script, socketPath], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout!, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    await write(0, '0x55', '0 1M');
    expect((await readAll('vda')).equals(before)).toBe(true);
    await end();
  });

  it('ends at once when the client has gone, with reads under way', async () => {
    await begin();
    const abort = new AbortController();
    const nbd = await NbdClient.open({ socketPath, exportName: 'vdb', signal: abort.signal });
    const reads = Array.from({ length: 30 }, (_, i) => nbd.read((i % 30) * mebibyte, mebibyte));
    abort.abort();
    const results = await Promise.allSettled(reads);
    expect(results.some(({ status }) => status === 'rejected')).toBe(true);
    const started = performance.now();
    await end();
    expect(performance.now() - started).toBeLessThan(5000);
    await begin();
    expect((await readAll('vdb')).equals(before)).toBe(true);
  });

  it('hangs up on clients that are idle when it ends', async () => {
    await begin();
    const nbd = await open('vda');
    await nbd.read(0, 512);
    await end();
    expect(await nbd.closed).toMatchObject({ code: 'unavailable' });
    await expect(nbd.read(0, 512)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('outlives libvirtd, and can be ended by the next one', async () => {
    await begin();
    await client.close();
    await libvirtd.kill();
    try {
      expect((await readAll('vda')).equals(before)).toBe(true);
    } finally {
      await libvirtd.restart();
      await connect();
    }
    expect((await client.backups.job(domain)).values.get('operation')).toBe(JobOperation.backup);
    await end();
  });

  it('is of a guest that stands, too', async () => {
    await client.domains.suspend(domain);
    await begin();
    expect((await readAll('vda')).equals(before)).toBe(true);
    await client.domains.resume(domain);
    await write(0, '0x55', '0 1M');
    expect((await readAll('vda')).equals(before)).toBe(true);
    await end();
  });

  it('ends with the guest: no scratch image is left, but the socket is', async () => {
    await begin();
    const nbd = await open('vda');
    await client.domains.destroy(domain);
    expect(await nbd.closed).toMatchObject({ code: 'unavailable' });
    await expect.poll(() => ended.length, { timeout: 10_000 }).toBe(1);
    expect(ended[0]?.get('success')).toBe(false);
    expect(await exists(join(folder, 'vda.scratch'))).toBe(false);
    expect(await exists(socketPath)).toBe(true);
    await expect(open('vda')).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('uses scratch images that are there already, whose room is reserved beyond their end', async () => {
    for (const name of ['vda', 'vdb']) {
      const image = join(folder, `${name}.scratch`);
      await run('qemu-img', ['create', '-f', 'qcow2', image, String(diskBytes)]);
      await run('fallocate', ['--keep-size', '-l', String(diskBytes + 2 * mebibyte), image]);
    }
    await begin(BackupFlag.reuse);
    await write(1, '0x66', '0 1M');
    expect((await readAll('vdb')).equals(before)).toBe(true);
    await end();
    // They are the caller's, who made them.
    expect(await exists(join(folder, 'vdb.scratch'))).toBe(true);
  });

  it('is refused in words: off, scratch image there, nothing to end', async () => {
    await expect(client.backups.abortJob(domain)).rejects.toMatchObject({
      code: ErrorNumber.operationInvalid,
    });
    await expect(client.backups.xml(domain)).rejects.toMatchObject({ code: ErrorNumber.noDomainBackup });
    expect((await client.backups.job(domain)).type).toBe(JobType.none);
    await writeFile(join(folder, 'vda.scratch'), '');
    await writeFile(join(folder, 'vdb.scratch'), 'x');
    await expect(begin()).rejects.toMatchObject({ code: ErrorNumber.invalidArgument });
    await client.domains.destroy(domain);
    await delay(100);
    await expect(begin()).rejects.toMatchObject({ code: ErrorNumber.noDomain });
  });
});
