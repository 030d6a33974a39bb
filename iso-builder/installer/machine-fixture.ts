// A machine for the installer's tests: disks that understand the programs of the installation, in the order that real ones
// insist upon. What a program does not understand fails the test.
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../server/core/errors.ts';
import type { Exec, ExecOptions } from '../../server/core/exec.ts';
import { gibibyte } from '../../server/core/units.ts';

interface Disk {
  readonly path: string;
  table: 'old' | 'croft' | 'none';
  bootCode: 'old' | 'croft' | 'none';
  parts: number;
}

interface Group {
  readonly uuid: string;
  readonly volume: string;
  readonly volumes: Set<string>;
  active: boolean;
}

export const diskBytes = 40 * gibibyte;

export class FakeMachine {
  readonly disks: readonly Disk[];
  readonly mounts = new Map<string, string>();
  readonly arrays = new Map<string, string[]>();
  readonly groups = new Map<string, Group>();
  readonly swaps = new Set<string>();
  /** Device to the kind of what is on it. */
  readonly signatures = new Map<string, string>();
  readonly uuids = new Map<string, string>();
  readonly commands: string[] = [];
  readonly inputs: string[] = [];
  /** Before signatures are erased: what udev does meanwhile. */
  onWipe: (device: string) => void = () => {};
  readonly #base: string;

  /** Below `base` lie the contents of the devices. */
  constructor(base: string, paths: readonly string[]) {
    this.#base = base;
    this.disks = paths.map((path) => ({ path, table: 'old', bootCode: 'old', parts: 2 }));
  }

  readonly exec: Exec = async (file, args, options = {}) => {
    options.signal?.throwIfAborted();
    this.commands.push([file, ...args].join(' '));
    if (options.input !== undefined) this.inputs.push(String(options.input));
    const found = this.#programs[file];
    if (!found) throw new Error(`the machine has no program ${file}`);
    const answer = (found(args) ?? '') as string | { exitCode: number; stdout: string };
    const { exitCode, stdout } = typeof answer === 'string' ? { exitCode: 0, stdout: answer } : answer;
    if (!(options.okExitCodes ?? [0]).includes(exitCode)) throw failed(file, args, options);
    return { exitCode, stdout, stderr: '' };
  };

  partition(disk: Disk, number: number): string {
    return `${disk.path}${/\d$/.test(disk.path) ? 'p' : ''}${number}`;
  }

  exists(path: string): boolean {
    if (path.startsWith('/dev/md/')) return this.arrays.has(path);
    if (path.startsWith('/dev/croft/'))
      return (
        this.groups.get('croft')?.active === true && this.groups.get('croft')!.volumes.has(path.slice(11))
      );
    return this.disks.some((disk) => disk.path === path || this.#parts(disk).includes(path));
  }

  /** Content of a device; it is where the device is mounted while it is. */
  folderOf(device: string): string {
    const mounted = [...this.mounts].find(([, one]) => one === device);
    return mounted ? mounted[0] : this.#store(device);
  }

  /** Can it start something that pretends to be a system? */
  starts(disk: Disk): boolean {
    const efi = existsSync(join(this.folderOf(this.partition(disk, 2)), 'EFI'));
    return disk.table === 'croft' && (disk.bootCode === 'croft' || efi);
  }

  #store(device: string): string {
    const folder = join(this.#base, device.replaceAll('/', '_'));
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  #parts(disk: Disk): string[] {
    return Array.from({ length: disk.table === 'none' ? 0 : disk.parts }, (_, at) =>
      this.partition(disk, at + 1),
    );
  }

  #busy(device: string): boolean {
    const held = [...this.arrays.values()].some((members) => members.includes(device));
    const opened = [...this.groups.values()].some((group) => group.active && group.volume === device);
    return held || opened || [...this.mounts.values()].includes(device) || this.swaps.has(device);
  }

  #require(yes: boolean, problem: string): void {
    if (!yes) throw new AppError('command-failed', problem);
  }

  #idle(device: string): void {
    this.#require(this.exists(device), `${device}: no such device`);
    this.#require(!this.#busy(device), `${device}: Device or resource busy`);
  }

  #format(device: string, type: string, uuid = 'none'): void {
    this.#idle(device);
    this.signatures.set(device, type);
    this.uuids.set(device, uuid);
    rmSync(this.#store(device), { recursive: true });
  }

  #node(path: string, type: string, children: unknown[]): unknown {
    const points = [...this.mounts].filter(([, device]) => device === path).map(([point]) => point);
    if (this.swaps.has(path)) points.push('[SWAP]');
    return {
      name: path,
      path,
      type,
      fstype: this.signatures.get(path) ?? null,
      mountpoints: points,
      children,
    };
  }

  #above(path: string): unknown[] {
    const arrays = [...this.arrays].filter(([, members]) => members.includes(path));
    const groups = [...this.groups].filter(([, group]) => group.active && group.volume === path);
    return [
      ...arrays.map(([array]) => this.#node(array, 'raid1', this.#above(array))),
      ...groups.flatMap(([name, group]) =>
        [...group.volumes].map((volume) => this.#node(`/dev/${name}/${volume}`, 'lvm', [])),
      ),
    ];
  }

  readonly #programs: Readonly<Record<string, (args: readonly string[]) => unknown>> = {
    lsblk: (args) => {
      const paths = args.filter((arg) => arg.startsWith('/dev/'));
      const disks = this.disks.filter((disk) => paths.includes(disk.path));
      const tree = disks.map((disk) =>
        this.#node(
          disk.path,
          'disk',
          this.#parts(disk).map((part) => this.#node(part, 'part', this.#above(part))),
        ),
      );
      return JSON.stringify({ blockdevices: tree });
    },
    flock: ([, , disk, program = '', ...args]) => {
      this.#require(args.at(-1) === disk, `the lock of ${disk} is not that of ${args.at(-1)}`);
      return this.#programs[program]?.(args);
    },
    blockdev: ([what, path = '']) => {
      this.#require(this.exists(path), `${path}: no such device`);
      if (what === '--getsize64') return `${diskBytes}\n`;
      if (what === '--getss') return '512\n';
      const disk = this.#disk(path);
      if (what === '--rereadpt')
        this.#require(
          !this.#parts(disk).some((part) => this.#busy(part)),
          `${path}: Device or resource busy`,
        );
      else this.#require(what === '--flushbufs', `blockdev ${what}?`);
    },
    swapoff: ([path = '']) => void this.swaps.delete(path),
    pvs: (args) => {
      if (args.includes('--noheadings')) {
        const found = [...this.groups].find(([, group]) => group.volume === args.at(-1));
        return found ? `  ${found[0]}\n` : { exitCode: 5, stdout: '' };
      }
      const pv = [...this.groups].map(([name, group]) => ({
        pv_name: group.volume,
        vg_name: name,
        vg_uuid: group.uuid,
      }));
      return JSON.stringify({ report: [{ pv }] });
    },
    vgchange: (args) => {
      const word = args.at(-1) ?? '';
      for (const [name, group] of this.groups)
        if (name === word || `vg_uuid=${group.uuid}` === word) {
          const open = [...group.volumes].some((volume) => this.#busy(`/dev/${name}/${volume}`));
          this.#require(!open, `${name}: volume in use`);
          group.active = false;
        }
    },
    vgremove: (args) => void this.groups.delete(args.at(-1) ?? ''),
    vgs: () => JSON.stringify({ report: [{ vg: [{ vg_free: String(20 * gibibyte) }] }] }),
    lvs: (args) => {
      const group = this.groups.get(args.at(-1) ?? '');
      this.#require(group !== undefined, 'no such volume group');
      return JSON.stringify({ report: [{ lv: [...group!.volumes].map((lv_name) => ({ lv_name })) }] });
    },
    pvcreate: (args) => {
      const device = args.at(-1) ?? '';
      this.#format(device, 'LVM2_member');
    },
    vgcreate: (args) => {
      const [name = '', device = ''] = args.slice(-2);
      this.#require(!this.groups.has(name), `volume group ${name} exists`);
      this.#require(this.signatures.get(device) === 'LVM2_member', `${device} is no physical volume`);
      this.groups.set(name, { uuid: `uuid-${name}`, volume: device, volumes: new Set(), active: false });
    },
    lvcreate: (args) => {
      const group = this.groups.get(args.at(-1) ?? '')!;
      group.volumes.add(args[args.indexOf('--name') + 1] ?? '');
      group.active = true;
    },
    mdadm: (args) => {
      const [what] = args;
      const array = args.find((arg) => arg.startsWith('/dev/md/')) ?? args[1] ?? '';
      if (what === '--stop') {
        const idle = this.#above(array).length === 0 && ![...this.mounts.values()].includes(array);
        this.#require(idle, `${array} is busy`);
        this.arrays.delete(array);
        return;
      }
      const members = args.filter((arg) => arg.startsWith('/dev/') && arg !== array);
      for (const member of members) {
        this.#idle(member);
        if (what === '--assemble')
          this.#require(this.signatures.get(member) === 'linux_raid_member', `${member}: no superblock`);
        this.signatures.set(member, 'linux_raid_member');
      }
      this.arrays.set(array, members);
    },
    dd: (args) => {
      const disk = this.#disk((args.find((arg) => arg.startsWith('of=')) ?? '').slice(3));
      disk.bootCode = 'none';
    },
    wipefs: (args) => {
      const device = args.at(-1) ?? '';
      this.onWipe(device);
      this.#idle(device);
      this.signatures.delete(device);
      const disk = this.disks.find((one) => one.path === device);
      if (disk) disk.table = 'none';
    },
    sgdisk: (args) => {
      const disk = this.#disk(args.at(-1) ?? '');
      this.#require(!this.#parts(disk).some((part) => this.#busy(part)), `${disk.path} is busy`);
      disk.bootCode = 'none';
      disk.table = args[0] === '--zap-all' ? 'none' : 'croft';
      disk.parts = args.filter((arg) => arg.startsWith('--new=')).length;
    },
    udevadm: () => {},
    'mkfs.vfat': (args) => this.#format(args.at(-1) ?? '', 'vfat'),
    'mkfs.ext4': (args) => {
      const at = args.indexOf('-U');
      this.#format(args.at(-1) ?? '', 'ext4', at < 0 ? 'none' : args[at + 1]);
    },
    e2fsck: ([, device = '']) => this.#idle(device),
    blkid: (args) => `${this.uuids.get(args.at(-1) ?? '') ?? ''}\n`,
    mountpoint: ([, folder = '']) => ({ exitCode: this.mounts.has(folder) ? 0 : 32, stdout: '' }),
    mount: (args) => {
      if (args[1] === 'remount,ro') return;
      const [device = '', folder = ''] = args.slice(-2);
      this.#idle(device);
      this.#require(this.signatures.get(device) === args[1], `${device}: wrong fs type`);
      this.#require(readdirSync(folder).length === 0, `${folder} is not empty`);
      const store = this.#store(device);
      rmdirSync(folder);
      renameSync(store, folder);
      this.mounts.set(folder, device);
    },
    umount: ([folder = '']) => {
      const device = this.mounts.get(folder);
      this.#require(device !== undefined, `${folder} is not mounted`);
      this.mounts.delete(folder);
      rmSync(this.#store(device!), { recursive: true });
      renameSync(folder, this.#store(device!));
      mkdirSync(folder);
    },
    sync: () => {},
    'grub-install': (args) => {
      const efi = args.find((arg) => arg.startsWith('--efi-directory='));
      const folder = (args.find((arg) => arg.startsWith('--boot-directory=')) ?? '').slice(17);
      this.#require(this.mounts.has(folder), `${folder} is not mounted`);
      if (efi) writeFileSync(join(folder, 'EFI'), 'grub');
      else this.#disk(args.at(-1) ?? '').bootCode = 'croft';
    },
    openssl: () => `$6$salt$${'x'.repeat(86)}\n`,
  };

  #disk(path: string): Disk {
    const disk = this.disks.find((one) => one.path === path);
    this.#require(disk !== undefined, `${path}: no such disk`);
    return disk!;
  }
}

function failed(file: string, args: readonly string[], options: ExecOptions): AppError {
  return new AppError('command-failed', `${options.intention ?? file}: failed`, { detail: args.join(' ') });
}
