// Puts the image's root together over the unpacked packages and packs it: run by the step `squashfs` in a mount namespace of its own.
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { asAppError, hasCode } from '../server/core/errors.ts';
import { exec } from '../server/core/exec.ts';
import { compileProfiles, removeIdleProfiles } from './apparmor-profiles.ts';
import { kernelRelease } from './initrd/build-initrd.ts';
import { readKernelFeatures } from './kernel-features.ts';
import { folderMode, readOverlayModes } from './overlay-modes.ts';

/** What to put together; paths of the building machine, but for `to`. */
export interface AssembleOrder {
  /** The packages' root; left as it is. */
  readonly root: string;
  /** The bundle: becomes `/usr/lib/croft`. */
  readonly croft: string;
  readonly overlay: string;
  readonly files: readonly {
    readonly from: string;
    readonly to: string;
    readonly mode?: number | undefined;
  }[];
  readonly publicKeyPem: string;
  readonly info: {
    readonly product: string;
    readonly version: string;
    readonly built: string;
    readonly stateSchema: number;
  };
  /** A folder for the changes; removed at the end. */
  readonly work: string;
  readonly output: string;
}

/** What the packages leave behind and the image must not have: identities, secrets, the builder's, caches, logs, other QEMUs. */
const removed = [
  'boot',
  'initrd.img',
  'initrd.img.old',
  'vmlinuz',
  'vmlinuz.old',
  'etc/hostname',
  'etc/machine-id',
  'etc/resolv.conf',
  'etc/corosync/corosync.conf',
  'etc/iscsi/initiatorname.iscsi',
  // Random, and then the same secret on all machines, readable in the image.
  'etc/pacemaker/authkey',
  'etc/.resolv.conf.systemd-resolved.bak',
  'etc/.pwd.lock',
  'usr/bin/qemu-system-i386',
  'usr/bin/qemu-system-x86_64-microvm',
  // The initrd has it; later the kernel does not take it (CONFIG_MICROCODE_LATE_LOADING is off).
  'usr/lib/firmware/amd-ucode',
  'usr/lib/firmware/intel-ucode',
  'var/cache/apt',
  'var/cache/debconf',
  'var/cache/ldconfig',
  'var/lib/apt/lists',
  'var/lib/dbus/machine-id',
  'var/lib/systemd/catalog/database',
  'var/log',
  'var/lib/dpkg/info/format-old',
];

const [orderFile = ''] = process.argv.slice(2);
try {
  await assemble(JSON.parse(readFileSync(orderFile, 'utf8')));
} catch (error) {
  const { message, detail } = asAppError(error);
  process.stderr.write(`${detail ?? ''}\n${message}\n`);
  process.exitCode = 1;
}

async function assemble(order: AssembleOrder): Promise<void> {
  const { root, work } = order;
  const [upper, scratch, merged] = ['upper', 'scratch', 'merged'].map((name) => join(work, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [upper, scratch, merged]) mkdirSync(folder, { recursive: true });
  const layers = `lowerdir=${root},upperdir=${upper},workdir=${scratch}`;
  await exec('mount', ['-t', 'overlay', '-o', layers, 'overlay', merged], {
    intention: 'lay the image over the packages',
  });
  try {
    clean(merged);
    dropBuildTimes(merged, order.info.built);
    addCroft(merged, order);
    addFiles(merged, order);
    await enableUnits(merged);
    await prepareProfiles(merged, root);
    markUpdated(merged, order.info.built);
    await pack(merged, order);
  } finally {
    await exec('umount', ['--lazy', merged]);
    rmSync(work, { recursive: true, force: true });
  }
}

function clean(merged: string): void {
  for (const path of removed) rmSync(join(merged, path), { recursive: true, force: true });
  for (const folder of ['boot', 'var/log', 'var/cache/apt', 'var/lib/apt/lists'])
    mkdirSync(join(merged, folder), { recursive: true });
  for (const backup of ['passwd-', 'group-', 'shadow-', 'gshadow-', 'subuid-', 'subgid-'])
    rmSync(join(merged, 'etc', backup), { force: true });
  for (const key of readdirSync(join(merged, 'etc/ssh')).filter((name) => name.startsWith('ssh_host_')))
    rmSync(join(merged, 'etc/ssh', key));
  writeFileSync(join(merged, 'etc/hostname'), 'croft\n');
  // Empty: systemd makes one at the first boot (machine-id(5)).
  writeFileSync(join(merged, 'etc/machine-id'), '');
  symlinkSync('../run/systemd/resolve/resolv.conf', join(merged, 'etc/resolv.conf'));
}

/** Times of the packages' installation in texts: an older result of that step must make the same image as a new one. */
function dropBuildTimes(merged: string, built: string): void {
  const edit = (path: string, change: (text: string) => string) => {
    const file = join(merged, path);
    if (existsSync(file)) writeFileSync(file, change(readFileSync(file, 'utf8')));
  };
  // shadow(5): the day on which the password was changed, of accounts that have none.
  const day = Math.floor(Date.parse(built) / 86_400_000);
  edit('etc/shadow', (text) => text.replace(/^([^:]*:[^:]*:)\d+:/gm, `$1${day}:`));
  edit('etc/mdadm/mdadm.conf', (text) =>
    text.replace(/^# This configuration was auto-generated on .*\n/m, ''),
  );
}

function addCroft(merged: string, { croft, publicKeyPem, info }: AssembleOrder): void {
  const lib = join(merged, 'usr/lib/croft');
  cpSync(croft, lib, { recursive: true });
  mkdirSync(join(lib, 'update-keys'), { recursive: true });
  writeFileSync(join(lib, 'update-keys/builder.pem'), publicKeyPem);
  writeFileSync(
    join(lib, 'image.json'),
    `${JSON.stringify({ ...info, kernel: kernelRelease(merged) }, undefined, 1)}\n`,
  );
}

function addFiles(merged: string, { root, overlay, files }: AssembleOrder): void {
  cpSync(overlay, merged, { recursive: true, filter: (path) => !/(README\.md|\.test\.ts)$/.test(path) });
  for (const [path, mode] of readOverlayModes(overlay)) {
    // A folder of the packages' keeps its mode: `/root` is nobody else's.
    const ours = mode !== folderMode || !existsSync(join(root, path));
    if (ours) chmodSync(join(merged, path), mode);
  }
  for (const { from, to, mode = 0o644 } of files) {
    const target = join(merged, to);
    mkdirSync(dirname(target), { recursive: true });
    cpSync(from, target, { recursive: true });
    chmodSync(target, mode);
  }
}

/** Exactly the units that the presets name (systemd.preset(5)), for the whole image. */
async function enableUnits(merged: string): Promise<void> {
  for (const folder of ['etc/systemd/system', 'etc/systemd/user']) {
    for (const entry of readdirSync(join(merged, folder), { withFileTypes: true }))
      if (entry.isSymbolicLink() || /\.(wants|requires)$/.test(entry.name))
        rmSync(join(merged, folder, entry.name), { recursive: true });
  }
  await exec('chroot', [merged, 'systemctl', 'preset-all', '--preset-mode=full'], {
    intention: 'enable units',
  });
}

/** A kernel that does not tell its features costs time at each boot, and no more: a warning for the build's log. */
async function prepareProfiles(merged: string, root: string): Promise<void> {
  removeIdleProfiles(merged);
  try {
    const kernel = readFileSync(join(root, 'boot', `vmlinuz-${kernelRelease(root)}`));
    await compileProfiles(exec, merged, readKernelFeatures(kernel));
  } catch (error) {
    if (!hasCode(error, 'unsupported')) throw error;
    process.stderr.write(`AppArmor profiles are compiled at each boot: ${asAppError(error).message}\n`);
  }
}

/** Caches were made with the packages: without these, systemd makes them again at each boot (systemd-update-done.service(8)). */
function markUpdated(merged: string, built: string): void {
  const nanoseconds = `${Date.parse(built)}000000`;
  for (const folder of ['etc', 'var'])
    writeFileSync(join(merged, folder, '.updated'), `TIMESTAMP_NSEC=${nanoseconds}\n`);
}

/** One time for all files: what the packages' installation made bears the time of some build, and must not bring it along. */
async function pack(merged: string, { output, info }: AssembleOrder): Promise<void> {
  const zstd = ['-comp', 'zstd', '-Xcompression-level', '15'];
  const seconds = String(Date.parse(info.built) / 1000);
  await exec(
    // With SOURCE_DATE_EPOCH mksquashfs refuses to be told a time.
    'env',
    [
      ...['--unset=SOURCE_DATE_EPOCH', 'mksquashfs', merged, output, ...zstd],
      ...['-mkfs-time', seconds, '-all-time', seconds],
      ...['-noappend', '-no-progress', '-quiet', '-processors', '2'],
    ],
    {
      timeoutMs: 600_000,
      intention: 'pack the image',
    },
  );
}
