// Which QEMU the lab runs: Debian 13's out of the built appliance root, through that root's own loader, or else the machine's.
import { existsSync, globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { exec } from '../../server/core/exec.ts';

export interface QemuBinary {
  /** The program and what comes before all other arguments. */
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly version: { readonly major: number; readonly minor: number };
  /** UEFI firmware without Secure Boot, and the template of its variables. */
  readonly ovmf: { readonly code: string; readonly variables: string };
  /** The appliance root that it comes from; none: it is the machine's own. */
  readonly root: string | undefined;
}

/** Where `npm run iso` leaves the roots that it built. */
const builtRoots = '/var/cache/croft-iso/rootfs/*/root';

let found: Promise<QemuBinary> | undefined;

/** The lab's QEMU. Says so on standard error when it is not the appliance's. Throws when there is none at all. */
export function findQemu(): Promise<QemuBinary> {
  found ??= find();
  return found;
}

/** The appliance root given by CROFT_LAB_QEMU_ROOT, or the one built last; undefined when there is none. */
export function applianceRoot(): string | undefined {
  const given = process.env['CROFT_LAB_QEMU_ROOT'];
  if (given !== undefined) return given;
  return globSync(builtRoots)
    .filter((root) => existsSync(join(root, 'usr/bin/qemu-system-x86_64')))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
}

async function find(): Promise<QemuBinary> {
  const root = applianceRoot();
  const command: readonly [string, ...string[]] =
    root === undefined ? ['qemu-system-x86_64'] : viaLoader(root);
  const env: Record<string, string> =
    root === undefined ? {} : { QEMU_MODULE_DIR: join(root, 'usr/lib/x86_64-linux-gnu/qemu') };
  const { stdout } = await exec(command[0], [...command.slice(1), '--version'], {
    env,
    intention: 'find QEMU',
  });
  const [, major, minor] = /version (\d+)\.(\d+)/.exec(stdout) ?? [];
  if (root === undefined)
    process.stderr.write(`lab: no appliance root; runs this machine's QEMU ${major}.${minor}\n`);
  const firmware = join(root ?? '/', 'usr/share/OVMF');
  return {
    command,
    env,
    version: { major: Number(major), minor: Number(minor) },
    ovmf: { code: join(firmware, 'OVMF_CODE_4M.fd'), variables: join(firmware, 'OVMF_VARS_4M.fd') },
    root,
  };
}

/** Through the root's own ld.so: its programs need a newer C library than this machine may have. */
function viaLoader(root: string): readonly [string, ...string[]] {
  const libraries = join(root, 'usr/lib/x86_64-linux-gnu');
  return [
    join(root, 'usr/lib64/ld-linux-x86-64.so.2'),
    '--library-path',
    libraries,
    join(root, 'usr/bin/qemu-system-x86_64'),
    ...['qemu', 'seabios'].flatMap((name) => ['-L', join(root, 'usr/share', name)]),
  ];
}
