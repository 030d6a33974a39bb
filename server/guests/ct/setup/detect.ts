// Which system a root holds: its family by os-release(5) and the marks of older ones, its architecture by the header of a program.
import { openRoot, type RootFiles } from '../../../core/root-files.ts';
import type { CtOsType } from '../ct-model.ts';
import type { CtSetup } from '../ct-setup.ts';
import { readIfThere } from './read-text.ts';

/** `ID` and the words of `ID_LIKE`, in this order of trust. */
const families: Readonly<Record<string, CtOsType>> = {
  debian: 'debian',
  devuan: 'devuan',
  ubuntu: 'ubuntu',
  fedora: 'fedora',
  rhel: 'centos',
  centos: 'centos',
  rocky: 'centos',
  almalinux: 'centos',
  ol: 'centos',
  opensuse: 'opensuse',
  'opensuse-leap': 'opensuse',
  'opensuse-tumbleweed': 'opensuse',
  suse: 'opensuse',
  sles: 'opensuse',
  arch: 'archlinux',
  archarm: 'archlinux',
  alpine: 'alpine',
  gentoo: 'gentoo',
  nixos: 'nixos',
};

/** Marks of systems without os-release(5). */
const marks: readonly (readonly [string, CtOsType])[] = [
  ['/etc/devuan_version', 'devuan'],
  ['/etc/debian_version', 'debian'],
  ['/etc/alpine-release', 'alpine'],
  ['/etc/fedora-release', 'fedora'],
  ['/etc/redhat-release', 'centos'],
  ['/etc/arch-release', 'archlinux'],
  ['/etc/SuSE-release', 'opensuse'],
  ['/etc/gentoo-release', 'gentoo'],
  ['/etc/NIXOS', 'nixos'],
];

/** e_machine of elf(5), by Debian's names; `bits`: EI_CLASS. */
const machines: Readonly<Record<string, string>> = {
  '3/1': 'i386',
  '40/1': 'armhf',
  '62/2': 'amd64',
  '183/2': 'arm64',
  '243/1': 'riscv32',
  '243/2': 'riscv64',
};

/** `CtSetup.detect`. */
export const detect: CtSetup['detect'] = async (root) => {
  const files = await openRoot(root);
  try {
    // Both are waited for: nothing goes on in a root that is closed.
    const [osType, arch] = await Promise.allSettled([familyOf(files), archOf(files)]);
    if (osType.status === 'rejected') throw osType.reason;
    return { osType: osType.value, arch: arch.status === 'fulfilled' ? arch.value : undefined };
  } finally {
    await files.close();
  }
};

/** `unmanaged` when nobody knows. */
async function familyOf(files: RootFiles): Promise<CtOsType> {
  const text =
    (await readIfThere(files, '/etc/os-release')) ?? (await readIfThere(files, '/usr/lib/os-release'));
  const values = new Map(osRelease(text ?? ''));
  const words = [values.get('ID') ?? '', ...(values.get('ID_LIKE') ?? '').split(/\s+/)];
  for (const word of words) {
    const family = Object.hasOwn(families, word) ? families[word] : undefined;
    // Devuan before 4 called itself Debian.
    if (family === 'debian' && (await isThere(files, '/etc/devuan_version'))) return 'devuan';
    if (family) return family;
  }
  for (const [path, family] of marks) if (await isThere(files, path)) return family;
  return 'unmanaged';
}

/** Keys and values of os-release(5). */
function osRelease(text: string): [string, string][] {
  return text.split('\n').flatMap((line): [string, string][] => {
    const match = /^([A-Z_]+)=(?:"([^"]*)"|'([^']*)'|([\w.,:/-]*))\s*$/.exec(line);
    return match ? [[match[1] as string, match[2] ?? match[3] ?? match[4] ?? '']] : [];
  });
}

async function archOf(files: RootFiles): Promise<string | undefined> {
  for (const path of ['/bin/sh', '/sbin/init', '/usr/lib/systemd/systemd', '/bin/busybox']) {
    const arch = await elfArch(files, path).catch(() => undefined);
    if (arch) return arch;
  }
  return undefined;
}

async function elfArch(files: RootFiles, path: string): Promise<string | undefined> {
  const { stream } = await files.openForRead(path);
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) return readElf(chunk);
    return undefined;
  } finally {
    stream.destroy();
  }
}

/** All of these are little-endian. */
function readElf(head: Buffer): string | undefined {
  if (head.length < 20 || head.toString('latin1', 0, 4) !== '\x7fELF' || head[5] !== 1) return undefined;
  return machines[`${head.readUInt16LE(18)}/${head[4]}`];
}

async function isThere(files: RootFiles, path: string): Promise<boolean> {
  return files.exists(path).catch(() => false);
}
