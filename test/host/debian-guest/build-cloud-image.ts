// The Debian guest as cloud images are: with cloud-init, and without a name, a network or keys of its own.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exec } from '../../../server/core/exec.ts';
import { buildDebianImage } from './build-image.ts';

const packages = [
  ...['systemd-sysv', 'udev', 'dbus', 'openssh-server', 'qemu-guest-agent', 'linux-image-cloud-amd64'],
  ...['initramfs-tools', 'iproute2', 'cloud-init', 'netplan.io', 'sudo'],
];
const minutes = (n: number) => n * 60_000;

/**
 * A qcow2 image; copy it, never write to it. Boot code and partition are those of the plain guest's image, the file system on
 * the partition is made anew. Kept between runs; takes about four minutes.
 */
export async function buildCloudImage(): Promise<string> {
  const plain = await buildDebianImage();
  const here = fileURLToPath(import.meta.url);
  const hook = join(here, '..', 'customize.sh');
  const cloudHook = join(here, '..', 'cloud.sh');
  const hash = createHash('sha256').update(dirname(plain.path));
  for (const file of [here, hook, cloudHook]) hash.update(await readFile(file));
  const cacheDir = dirname(dirname(plain.path));
  const image = join(cacheDir, `debian-cloud-${hash.digest('hex').slice(0, 16)}.qcow2`);
  if (existsSync(image)) return image;
  await mkdir(cacheDir, { recursive: true });
  const work = await mkdtemp(join(cacheDir, 'building-'));
  try {
    const rootfs = join(work, 'rootfs');
    await exec(
      'mmdebstrap',
      [
        ...['--variant=minbase', '--mode=root', `--include=${packages.join(',')}`],
        ...['doc', 'man', 'locale'].map((part) => `--dpkgopt=path-exclude=/usr/share/${part}/*`),
        `--essential-hook=sh ${hook} initramfs "$1"`,
        `--essential-hook=sh ${cloudHook} initramfs "$1"`,
        `--customize-hook=sh ${hook} system "$1" ${plain.sshKey}.pub`,
        `--customize-hook=sh ${cloudHook} system "$1"`,
        ...['bookworm', rootfs, 'deb http://deb.debian.org/debian bookworm main'],
      ],
      { timeoutMs: minutes(15), intention: 'build the test guest with cloud-init' },
    );
    const raw = join(work, 'disk.raw');
    await exec('qemu-img', ['convert', '-O', 'raw', plain.path, raw], { timeoutMs: minutes(5) });
    const { stdout } = await exec('sfdisk', ['-J', raw]);
    const [partition] = (
      JSON.parse(stdout) as { partitiontable: { partitions: { start: number; size: number }[] } }
    ).partitiontable.partitions;
    const { start, size } = partition!;
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
      `offset=${start * 512}`,
    ];
    await exec('mke2fs', [...options, raw, `${size / 2}k`], { timeoutMs: minutes(5) });
    const made = join(work, 'disk.qcow2');
    await exec('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, made], { timeoutMs: minutes(5) });
    await rename(made, image);
    return image;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
