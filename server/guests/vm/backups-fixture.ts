// For tests of backups of running VMs: a libvirtd of their own, guests that write to their disks, and readers.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { countingDisk, countsIn } from '../../../test/host/counting-guest.ts';
import { startPrivateLibvirtd } from '../../../test/host/libvirtd.ts';
import { NbdClient } from '../../backup/nbd/nbd-client.ts';
import { randomBytes } from '../../backup/nbd/nbd-fixture.ts';
import type { AppError } from '../../core/errors.ts';
import { createLogger } from '../../core/log.ts';
import { quietContext, type WorkContext } from '../../core/work-context.ts';
import type { BackupView, BackupWish } from './backup-types.ts';
import { domainName } from './domain-name.ts';
import { createLibvirtDriver } from './libvirt-driver.ts';
import { backupSocketPath, serialSocketPath } from './run-directory.ts';
import type { VmDriver } from './vm-driver.ts';

export const run = promisify(execFile);
export const backupPrefix = 'croft-backup-test-';
export const mebibyte = 1024 * 1024;
const nbdClient = fileURLToPath(new URL('../../backup/nbd/nbd-client.ts', import.meta.url));
const diskBytes = 32 * mebibyte;
/** Each number is written to a cluster of its own, so that each costs the backup one. */
const clusterBytes = 64 * 1024;
/** Room for fleecing images that is soon full. */
export const smallBytes = 3 * mebibyte;

/** A guest that counts, with each number on its disk before it is on its serial line; the rest of the disk is noise. */
function countingImage(): Buffer {
  const head = countingDisk({ writes: true }).subarray(0, clusterBytes);
  const image = Buffer.concat([head, randomBytes(diskBytes - clusterBytes, 7)]);
  // To sector count * 128 instead of count + 64: `shl ax, 7` for `add ax, 64`.
  image.set([0xc1, 0xe0, 7], image.indexOf(Buffer.from([0x05, 64, 0])));
  return image;
}

export const pristine = countingImage();
/** Of the second disk, which the guest does not write to. */
export const secondDisk = randomBytes(mebibyte, 3);
export const firmwareVariables = randomBytes(540_672, 5);

/** Up to which number, from 1, each is on the disk; fails when anything else of it is not as it was. */
export function countsOn(disk: Buffer): number {
  const expected = Buffer.from(pristine);
  for (let number = 1; ; number += 1) {
    const at = number * clusterBytes;
    const sector = disk.subarray(at, at + 512);
    if (sector.readUInt16LE(0) !== number || sector.equals(pristine.subarray(at, at + 512))) {
      expect(disk.equals(expected), 'nothing else is different').toBe(true);
      return number - 1;
    }
    expected.set(sector, at);
  }
}

export type BackupWorld = Awaited<ReturnType<typeof openBackupWorld>>;

export async function openBackupWorld() {
  const directory = await mkdtemp(join(tmpdir(), 'croft-backups-'));
  await chmod(directory, 0o711);
  const runtimeDir = join(directory, 'guests');
  // Before the private daemons take their view of the host's file systems.
  const small = join(directory, 'small');
  await mkdir(small);
  await run('mount', ['-t', 'tmpfs', '-o', `size=${smallBytes},mode=0711`, 'croft-test', small]);
  const libvirtd = await startPrivateLibvirtd();
  const logged: string[] = [];
  const context: WorkContext = { ...quietContext(), log: (line) => logged.push(line) };
  const imagePath = (vmid: number, key: string) => join(directory, `${vmid}-${key}.raw`);

  const makeDriver = () =>
    createLibvirtDriver({
      ...{ socketPath: libvirtd.socketPath, guestPrefix: backupPrefix, runtimeDir },
      ...{ log: createLogger('silent'), libvirtStateDir: libvirtd.stateDir },
      backupsDir: join(directory, 'records'),
    });

  const domainXml = (vmid: number) => `<domain type='qemu'><name>${domainName(backupPrefix, vmid)}</name>
    <memory unit='MiB'>64</memory><vcpu>1</vcpu>
    <os><type arch='x86_64' machine='pc'>hvm</type><boot dev='hd'/></os><features><acpi/></features>
    <devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file'><driver name='qemu' type='raw' cache='none'/><source file='${imagePath(vmid, 'virtio0')}'/>
      <target dev='vda' bus='virtio'/><alias name='ua-virtio0'/></disk>
    <disk type='file'><driver name='qemu' type='raw'/><source file='${imagePath(vmid, 'virtio1')}'/>
      <target dev='vdb' bus='virtio'/><alias name='ua-virtio1'/></disk>
    <serial type='unix'><source mode='bind' path='${serialSocketPath(runtimeDir, vmid)}'/></serial>
    </devices></domain>`;

  /** Unless it runs. Its disks are as new. */
  async function start(driver: VmDriver, vmid: number): Promise<void> {
    if ((await driver.observe()).some((guest) => guest.vmid === vmid)) return;
    await writeFile(imagePath(vmid, 'virtio0'), pristine);
    await writeFile(imagePath(vmid, 'virtio1'), secondDisk);
    await driver.start(context, { vmid, name: `guest ${vmid}`, xml: domainXml(vmid) });
  }

  async function wishFor(vmid: number): Promise<BackupWish> {
    const efi = imagePath(vmid, 'efidisk0');
    await writeFile(efi, firmwareVariables);
    return {
      disks: ['virtio0', 'virtio1'],
      copies: [{ key: 'efidisk0', from: { kind: 'file', path: efi, format: 'raw' } }],
      scratch: { folder: join(directory, 'fleecing') },
      freeze: true,
    };
  }

  /** What is left of backups of the guest, in words. */
  async function leftovers(vmid: number): Promise<string[]> {
    const left: string[] = [];
    for (const folder of ['fleecing', 'small', 'records'])
      for (const name of await readdir(join(directory, folder)).catch(() => []))
        if (name.includes(String(vmid))) left.push(`${folder}/${name}`);
    const socket = await access(backupSocketPath(runtimeDir, vmid)).catch(() => 'none');
    return socket === 'none' ? left : [...left, 'socket'];
  }

  async function close(): Promise<void> {
    await libvirtd.close();
    await run('umount', [small]);
    await rm(directory, { recursive: true, force: true });
  }

  return {
    ...{ libvirtd, directory, small, runtimeDir, logged, context },
    ...{ imagePath, makeDriver, start, wishFor, leftovers, close },
  };
}

export type WritingGuest = Awaited<ReturnType<typeof startWritingGuest>>;

/** Starts a guest that counts, and listens to it and to what becomes of its backups. `driver` may be replaced by another. */
export async function startWritingGuest(world: BackupWorld, vmid: number) {
  const { context, imagePath, leftovers } = world;
  const guest = { driver: world.makeDriver() };
  await guest.driver.open();
  await world.start(guest.driver, vmid);
  let heard = '';
  const serial = connect((await guest.driver.console(vmid, 'serial')).unixPath);
  serial.on('data', (text) => {
    heard += text.toString('latin1');
  });
  const readers: ChildProcess[] = [];
  const problems: AppError[] = [];
  guest.driver.watchBackup(vmid, (problem) => problems.push(problem));

  const last = () => countsIn(heard).at(-1) ?? 0;
  const counted = (atLeast: number) => expect.poll(last, { timeout: 30_000 }).toBeGreaterThanOrEqual(atLeast);
  const halted = async () => (await guest.driver.observe()).find((found) => found.vmid === vmid)?.halted;
  await counted(3);

  /** Whether all is on the disk that the guest told of, without a gap; it is stopped for that. */
  async function assertNothingLost(): Promise<void> {
    await guest.driver.stop(context, vmid);
    const counts = countsIn(heard);
    expect(counts).toEqual(counts.map((_, i) => counts[0]! + i));
    expect(countsOn(await readFile(imagePath(vmid, 'virtio0')))).toBeGreaterThanOrEqual(last());
  }

  /** A process that reads and reads, stopped in the middle of it: what it asked for stays unread. The guest's `close` kills it. */
  async function startHangingReader({ socket, disks }: BackupView): Promise<ChildProcess> {
    const script = `import { NbdClient } from ${JSON.stringify(nbdClient)};
      const [, socketPath, exportName] = process.argv;
      const nbd = await NbdClient.open({ socketPath, exportName });
      for (;;) {
        await Promise.all(Array.from({ length: 24 }, (_, i) => nbd.read(i * 1048576, 1048576)));
        console.log('reading');
      }`;
    const args = ['--input-type=module', '-e', script, socket, disks[0]!.exportName];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    readers.push(child);
    await once(child.stdout, 'data');
    child.kill('SIGSTOP');
    return child;
  }

  async function close(): Promise<void> {
    serial.destroy();
    for (const reader of readers) reader.kill('SIGKILL');
    await guest.driver.stop(context, vmid);
    await guest.driver.endBackup(context, vmid);
    await guest.driver.close();
    expect(await leftovers(vmid)).toEqual([]);
  }

  return Object.assign(guest, {
    ...{ problems, last, counted, halted, assertNothingLost, startHangingReader, close },
  });
}

export function openExport({ socket, disks }: BackupView, key = 'virtio0'): Promise<NbdClient> {
  const exportName = disks.find((disk) => disk.key === key)!.exportName;
  return NbdClient.open({ socketPath: socket, exportName });
}

export async function readExport(view: BackupView, key = 'virtio0'): Promise<Buffer> {
  await using nbd = await openExport(view, key);
  expect(nbd.sizeBytes).toBe(view.disks.find((disk) => disk.key === key)!.sizeBytes);
  const found = Buffer.alloc(nbd.sizeBytes);
  for (let at = 0; at < found.length; at += mebibyte)
    await nbd.read(at, mebibyte, { into: found.subarray(at, at + mebibyte) });
  return found;
}
