// A CD for guests of a lab node: boots Linux from its BIOS, says so, and switches the guest off.
import { chmodSync, globSync, mkdirSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { runInRoot } from '../../iso-builder/run-in-root.ts';
import { exec } from '../../server/core/exec.ts';
import { cacheRoot, madeOnce } from './lab-cache.ts';
import { applianceRoot } from './qemu-binary.ts';
import { packCpio } from './tiny-guest.ts';

const init = `#!/bin/busybox sh
# The only program of the guest: long enough to be seen, then off.
/bin/busybox mkdir -p /proc /sys
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
echo "GUEST-UP $(/bin/busybox cat /proc/uptime)" > /dev/console
/bin/busybox grep -m 1 -o -E 'hypervisor' /proc/cpuinfo > /dev/console
/bin/busybox sleep 5
/bin/busybox poweroff -f
`;

/** Path of the ISO file, made once for each kernel of the image. */
export async function tinyMedium(): Promise<string> {
  const root = applianceRoot();
  const kernel = root === undefined ? undefined : globSync(join(root, 'boot/vmlinuz-*'))[0];
  if (root === undefined || kernel === undefined)
    throw new Error('no appliance root with a kernel: run `npm run iso`');
  const folder = join(cacheRoot, `tiny-medium-1-${basename(kernel)}`);
  await madeOnce(folder, (work) => build(root, kernel, work));
  return join(folder, 'tiny.iso');
}

async function build(root: string, kernel: string, work: string): Promise<void> {
  const tree = join(work, 'tree');
  const medium = join(work, 'medium');
  for (const name of ['bin', 'dev']) mkdirSync(join(tree, name), { recursive: true });
  mkdirSync(join(medium, 'boot/grub'), { recursive: true });
  await copyFile(join(root, 'usr/bin/busybox'), join(tree, 'bin/busybox'));
  writeFileSync(join(tree, 'init'), init);
  chmodSync(join(tree, 'init'), 0o755);
  await packCpio(tree, join(medium, 'initrd.img'));
  await copyFile(kernel, join(medium, 'vmlinuz'));
  writeFileSync(
    join(medium, 'boot/grub/grub.cfg'),
    'linux /vmlinuz console=ttyS0 quiet panic=5\ninitrd /initrd.img\nboot\n',
  );
  await runInRoot(exec, root, join(root, 'usr/bin/grub-mkimage'), [
    `--directory=${join(root, 'usr/lib/grub/i386-pc')}`,
    '--format=i386-pc-eltorito',
    `--output=${join(medium, 'boot/grub/eltorito.img')}`,
    '--prefix=/boot/grub',
    ...['biosdisk', 'iso9660', 'normal', 'linux', 'boot', 'configfile'],
  ]);
  await exec('xorriso', [
    ...['-as', 'mkisofs', '-quiet', '-r', '-V', 'TINY', '-b', 'boot/grub/eltorito.img', '-no-emul-boot'],
    ...['-boot-load-size', '4', '-boot-info-table', '-o', join(work, 'tiny.iso'), medium],
  ]);
}
