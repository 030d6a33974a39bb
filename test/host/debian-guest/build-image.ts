// Builds a small Debian disk image for guests of the tests, from packages only: cloud kernel, systemd, sshd, guest agent.
// No loop device and no mount is needed: the file system is filled by mke2fs, the boot loader written as bytes.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exec } from '../../../server/core/exec.ts';
import { mebibyte } from '../../../server/core/units.ts';

const cacheDir = '/var/cache/croft-tests';
const packages = [
  'systemd-sysv',
  'udev',
  'dbus',
  'openssh-server',
  'qemu-guest-agent',
  'linux-image-cloud-amd64',
  'initramfs-tools',
  'iproute2',
  'netcat-openbsd',
];
const partitionStart = 1 * mebibyte;
const diskBytes = 1536 * mebibyte;
const sectorBytes = 512;
/** The boot code's part of a master boot record; the partition table follows it. */
const bootCodeBytes = 440;

export interface DebianImage {
  /** A qcow2 image; copy or overlay it, never write to it. */
  readonly path: string;
  /** Private key that logs in as root. */
  readonly sshKey: string;
}

/** Builds the image, or takes it from the cache when neither this file nor the hooks changed. Takes about two minutes. */
export async function buildDebianImage(): Promise<DebianImage> {
  const here = fileURLToPath(import.meta.url);
  const hook = join(here, '..', 'customize.sh');
  const hash = createHash('sha256')
    .update(await readFile(here))
    .update(await readFile(hook))
    .digest('hex')
    .slice(0, 16);
  const folder = join(cacheDir, `debian-guest-${hash}`);
  const image = { path: join(folder, 'disk.qcow2'), sshKey: join(folder, 'id_ed25519') };
  if (existsSync(image.path)) return image;
  await mkdir(cacheDir, { recursive: true });
  const work = await mkdtemp(join(cacheDir, 'building-'));
  try {
    await buildInto(work, hook);
    await rm(join(work, 'rootfs'), { recursive: true });
    await rm(folder, { recursive: true, force: true });
    await rename(work, folder);
  } catch (error) {
    await rm(work, { recursive: true, force: true });
    throw error;
  }
  return image;
}

async function buildInto(work: string, hook: string): Promise<void> {
  const rootfs = join(work, 'rootfs');
  const minutes = (n: number) => n * 60_000;
  await exec('ssh-keygen', [
    '-q',
    '-t',
    'ed25519',
    '-N',
    '',
    '-C',
    'croft-test',
    '-f',
    join(work, 'id_ed25519'),
  ]);
  await exec(
    'mmdebstrap',
    [
      '--variant=minbase',
      '--mode=root',
      `--include=${packages.join(',')}`,
      '--dpkgopt=path-exclude=/usr/share/doc/*',
      '--dpkgopt=path-exclude=/usr/share/man/*',
      '--dpkgopt=path-exclude=/usr/share/locale/*',
      `--essential-hook=sh ${hook} initramfs "$1"`,
      `--customize-hook=sh ${hook} system "$1" ${join(work, 'id_ed25519.pub')}`,
      'bookworm',
      rootfs,
      'deb http://deb.debian.org/debian bookworm main',
    ],
    { timeoutMs: minutes(15), intention: 'build the test guest' },
  );
  const raw = join(work, 'disk.raw');
  await writeFile(raw, '');
  await exec('truncate', ['-s', String(diskBytes), raw]);
  await exec('sfdisk', ['-q', raw], {
    input: `label: dos\nstart=${partitionStart / sectorBytes}, type=83, bootable\n`,
  });
  const options = [
    '-q',
    '-F',
    '-t',
    'ext4',
    '-L',
    'croft-guest',
    '-d',
    rootfs,
    '-E',
    `offset=${partitionStart}`,
  ];
  await exec('mke2fs', [...options, raw, `${(diskBytes - partitionStart) / 1024}k`], {
    timeoutMs: minutes(5),
  });
  await installGrub(work, raw);
  await exec('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, join(work, 'disk.qcow2')], {
    timeoutMs: minutes(5),
  });
  await rm(raw);
}

/** GRUB in the classic gap: boot code in sector 0, its core from sector 1, before the first partition. */
async function installGrub(work: string, raw: string): Promise<void> {
  const modules = '/usr/lib/grub/i386-pc';
  const core = join(work, 'core.img');
  await exec('grub-mkimage', [
    ...['-O', 'i386-pc', '-d', modules, '-o', core, '-p', '(hd0,msdos1)/boot/grub'],
    ...['biosdisk', 'part_msdos', 'ext2', 'linux', 'normal', 'serial', 'terminal'],
  ]);
  const boot = await readFile(join(modules, 'boot.img'));
  const disk = await open(raw, 'r+');
  try {
    await disk.write(boot, 0, bootCodeBytes, 0);
    await disk.write(await readFile(core), 0, undefined, sectorBytes);
  } finally {
    await disk.close();
  }
  await rm(core);
}

/** A copy of the image that a test may write to. */
export async function copyDebianImage(target: string): Promise<DebianImage> {
  const image = await buildDebianImage();
  await copyFile(image.path, target);
  return { path: target, sshKey: image.sshKey };
}
