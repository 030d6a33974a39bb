// A backup of a real Debian guest (emulated), whose agent holds its file systems still around the moment of it.
import { chmod, copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildDebianImage } from '../../../test/host/debian-guest/build-image.ts';
import { type PrivateLibvirtd, startPrivateLibvirtd, whyNoLibvirtd } from '../../../test/host/libvirtd.ts';
import { createLogger } from '../../core/log.ts';
import { quietContext } from '../../core/work-context.ts';
import { openExport } from './backups-fixture.ts';
import { createLibvirtDriver } from './libvirt-driver.ts';
import type { VmDriver } from './vm-driver.ts';

const obstacle = await whyNoLibvirtd();
if (obstacle) console.warn(`backups with frozen file systems: skipped, ${obstacle}`);

const vmid = 820;
/** Where the image's only file system begins, its superblock in it, and in that the features that a mount must know. */
const partitionStart = 1024 * 1024;
const superblock = partitionStart + 1024;
const magicAt = 0x38;
const featuresAt = 0x60;
/** `EXT4_FEATURE_INCOMPAT_RECOVER`: set as long as it is mounted and not frozen, for its journal may hold what is not in its place. */
const needsRecovery = 0x4;

describe.skipIf(obstacle !== undefined)('a guest with an agent', () => {
  let libvirtd: PrivateLibvirtd;
  let directory: string;
  let driver: VmDriver;
  const logged: string[] = [];
  const context = { ...quietContext(), log: (line: string) => void logged.push(line) };
  const ask = (execute: string) => driver.agentCommand(vmid, JSON.stringify({ execute }), 10);

  beforeAll(async () => {
    const image = await buildDebianImage();
    libvirtd = await startPrivateLibvirtd();
    directory = await mkdtemp(join(tmpdir(), 'croft-frozen-'));
    await chmod(directory, 0o711);
    const disk = join(directory, 'disk.qcow2');
    await copyFile(image.path, disk);
    driver = createLibvirtDriver({
      ...{ socketPath: libvirtd.socketPath, guestPrefix: 'croft-frozen-test-' },
      ...{ runtimeDir: join(directory, 'guests'), log: createLogger('silent') },
      libvirtStateDir: libvirtd.stateDir,
    });
    await driver.open();
    const xml = `<domain type='qemu'><name>croft-frozen-test-${vmid}</name>
      <memory unit='MiB'>512</memory><vcpu>2</vcpu>
      <os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features>
      <cpu mode='maximum'/>
      <devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
      <disk type='file'><driver name='qemu' type='qcow2'/><source file='${disk}'/>
        <target dev='vda' bus='virtio'/><alias name='ua-virtio0'/></disk>
      <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
      <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
      </devices></domain>`;
    await driver.start(context, { vmid, name: 'debian', xml });
    for (const end = Date.now() + 400_000; ; await delay(500)) {
      const answer = await ask('guest-ping').catch((error: unknown) => error);
      if (typeof answer === 'string') break;
      if (Date.now() > end) throw answer;
    }
  }, 900_000);
  afterAll(async () => {
    await driver?.stop(context, vmid);
    await driver?.close();
    await libvirtd?.close();
    if (directory) await rm(directory, { recursive: true, force: true });
  }, 60_000);

  it.each([
    [true, 0],
    [false, needsRecovery],
  ])('is shown with its journal empty when it was frozen (%s), and goes on', async (frozen, expected) => {
    logged.length = 0;
    const wish = { disks: ['virtio0'], scratch: { folder: join(directory, 'fleecing') }, freeze: frozen };
    const view = await driver.beginBackup(context, vmid, wish);
    expect(logged).toEqual([]);
    expect(await ask('guest-fsfreeze-status')).toContain('thawed');
    const nbd = await openExport(view);
    const block = Buffer.from(await nbd.read(superblock, 1024));
    expect(block.readUInt16LE(magicAt)).toBe(0xef53);
    expect(block.readUInt32LE(featuresAt) & needsRecovery).toBe(expected);
    await nbd.close();
    await driver.endBackup(context, vmid);
  });
});
