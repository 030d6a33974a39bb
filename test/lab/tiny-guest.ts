// The smallest guest of the lab: the appliance's kernel and a shell on the serial line, up in seconds, to try the lab itself.
import { chmodSync, globSync, mkdirSync, rmSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { exec } from '../../server/core/exec.ts';
import { cacheRoot, madeOnce } from './lab-cache.ts';
import type { MachineSpec } from './machine-spec.ts';
import { applianceRoot } from './qemu-binary.ts';

/** In this order; each needs only those before it. */
const modules = [
  'kernel/net/core/failover',
  'kernel/drivers/net/net_failover',
  'kernel/drivers/net/virtio_net',
  'kernel/drivers/block/virtio_blk',
  'kernel/drivers/watchdog/watchdog',
  'kernel/drivers/watchdog/i6300esb',
];

const init = `#!/bin/busybox sh
# The only program of the lab's tiny guest: drivers, loopback, a shell on the serial line.
/bin/busybox mkdir -p /dev /proc /sys /usr/bin /sbin /usr/sbin
/bin/busybox --install -s
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
for module in ${modules.map((path) => basename(path)).join(' ')}; do insmod /lib/$module.ko; done
ifconfig lo up
echo "TINY-READY $(cut -d' ' -f1 /proc/uptime)"
while true; do setsid cttyhack sh; done
`;

/** Its kernel to boot directly. Throws when no appliance root is built: `npm run iso` makes one. */
export async function tinyGuest(): Promise<NonNullable<MachineSpec['kernel']>> {
  const root = applianceRoot();
  const kernel = root === undefined ? undefined : globSync(join(root, 'boot/vmlinuz-*'))[0];
  if (root === undefined || kernel === undefined)
    throw new Error('no appliance root with a kernel: run `npm run iso`, or set CROFT_LAB_QEMU_ROOT');
  const release = basename(kernel).slice('vmlinuz-'.length);
  const folder = join(cacheRoot, `tiny-2-${release}`);
  await madeOnce(folder, (work) => build(root, kernel, release, work));
  return {
    file: join(folder, 'vmlinuz'),
    initrd: join(folder, 'initrd.img'),
    append: 'console=ttyS0 panic=5 quiet',
  };
}

async function build(root: string, kernel: string, release: string, work: string): Promise<void> {
  const tree = join(work, 'tree');
  for (const name of ['bin', 'lib', 'tmp']) mkdirSync(join(tree, name), { recursive: true });
  await copyFile(join(root, 'usr/bin/busybox'), join(tree, 'bin/busybox'));
  await writeFile(join(tree, 'init'), init);
  chmodSync(join(tree, 'init'), 0o755);
  for (const path of modules) {
    const file = join(tree, 'lib', `${basename(path)}.ko.xz`);
    await copyFile(join(root, 'usr/lib/modules', release, `${path}.ko.xz`), file);
    await exec('xz', ['--decompress', file]);
  }
  await packCpio(tree, join(work, 'initrd.img'));
  await copyFile(kernel, join(work, 'vmlinuz'));
  rmSync(tree, { recursive: true });
}

/** Packs all that is below a folder for the kernel to unpack as its first root (initramfs buffer format, newc). */
export async function packCpio(folder: string, archive: string): Promise<void> {
  const names = globSync('**/*', { cwd: folder }).sort();
  await exec('cpio', ['--create', '--format=newc', '--quiet', '--owner=0:0', `--file=${archive}`], {
    cwd: folder,
    input: names.map((name) => `${name}\n`).join(''),
    timeoutMs: 120_000,
  });
}
