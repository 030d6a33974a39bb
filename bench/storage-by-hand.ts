// What a person types for the same as a storage plugin does: LVM's, btrfs' and QEMU's own tools, one command after the other.
import { basename, dirname, join } from 'node:path';
import { exec } from '../server/core/exec.ts';
import type { Attachment } from '../storage-plugins/plugin.ts';

/** Of one volume after the other, by their numbers. */
export interface ByHand {
  /** In the table. */
  readonly tool: string;
  allocate(number: number): Promise<unknown>;
  /** Undefined where the plugin has none either. */
  readonly snapshot?: (number: number) => Promise<unknown>;
  /** From one that was prepared by `prepareClone`, which shares what it can. */
  readonly prepareClone?: () => Promise<unknown>;
  readonly clone?: (number: number) => Promise<unknown>;
  remove(number: number): Promise<unknown>;
}

const minuteMs = 60_000;
const run = (program: string, ...args: string[]) => exec(program, args, { timeoutMs: minuteMs });

/** `beside`: an attached volume of the plugin's; the files by hand are in the same folder or group. */
export function byHand(
  kind: 'qcow2' | 'btrfs' | 'lvm' | 'lvm-chain' | 'lvmthin',
  beside: Attachment,
  sizeBytes: number,
): ByHand {
  if (!('path' in beside)) throw new Error(`no commands for ${beside.kind}`);
  // <storage>/images/<guest>/...
  const [root = ''] = beside.path.split('/images/');
  if (kind === 'qcow2') return images(root, sizeBytes);
  if (kind === 'btrfs') return subvolumes(root, sizeBytes);
  // /dev/<group>/<volume>
  return logicalVolumes(kind, basename(dirname(beside.path)), sizeBytes);
}

function images(folder: string, sizeBytes: number): ByHand {
  const file = (name: string | number) => join(folder, `by-hand-${name}.qcow2`);
  const create = (to: string, ...words: string[]) =>
    run('qemu-img', 'create', '-q', '-f', 'qcow2', ...words, to, String(sizeBytes));
  return {
    tool: 'qemu-img, rm',
    allocate: (number) => create(file(number)),
    snapshot: (number) => run('qemu-img', 'snapshot', '-c', 'one', file(number)),
    prepareClone: () => create(file('base')),
    clone: (number) => create(file(`clone-${number}`), '-b', file('base'), '-F', 'qcow2'),
    remove: (number) => run('rm', file(number)),
  };
}

function subvolumes(folder: string, sizeBytes: number): ByHand {
  const at = (name: string | number) => join(folder, `by-hand-${name}`);
  const taken = new Set<number>();
  const create = async (name: string | number) => {
    await run('btrfs', 'subvolume', 'create', at(name));
    await run('truncate', '-s', String(sizeBytes), join(at(name), 'disk.raw'));
  };
  return {
    tool: 'btrfs, truncate',
    allocate: create,
    async snapshot(number) {
      await run('btrfs', 'subvolume', 'snapshot', '-r', at(number), at(`${number}-one`));
      taken.add(number);
    },
    prepareClone: () => create('base'),
    clone: (number) => run('btrfs', 'subvolume', 'snapshot', at('base'), at(`clone-${number}`)),
    async remove(number) {
      if (taken.has(number)) await run('btrfs', 'subvolume', 'delete', at(`${number}-one`));
      await run('btrfs', 'subvolume', 'delete', at(number));
    },
  };
}

function logicalVolumes(kind: 'lvm' | 'lvm-chain' | 'lvmthin', group: string, sizeBytes: number): ByHand {
  const name = (what: string | number) => `by-hand-${what}`;
  const device = (what: string | number) => `/dev/${group}/${name(what)}`;
  const size = `${sizeBytes}b`;
  const thick = (what: string | number) =>
    run('lvcreate', '-q', '-y', '-W', 'y', '-L', size, '-n', name(what), group);
  if (kind === 'lvm') {
    return {
      tool: 'lvcreate, lvremove',
      allocate: thick,
      remove: (number) => run('lvremove', '-q', '-y', `${group}/${name(number)}`),
    };
  }
  if (kind === 'lvm-chain') {
    const image = (what: string | number, ...words: string[]) =>
      run('qemu-img', 'create', '-q', '-f', 'qcow2', ...words, device(what), String(sizeBytes));
    return {
      tool: 'lvcreate, lvrename, qemu-img, lvremove',
      async allocate(number) {
        await thick(number);
        await image(number);
      },
      async snapshot(number) {
        await run('lvrename', '-q', group, name(number), name(`${number}-one`));
        await thick(number);
        await image(number, '-b', device(`${number}-one`), '-F', 'qcow2');
      },
      remove: (number) =>
        run('lvremove', '-q', '-y', `${group}/${name(number)}`, `${group}/${name(`${number}-one`)}`),
    };
  }
  const thin = (what: string | number) =>
    run('lvcreate', '-q', '-y', '-V', size, '-T', `${group}/pool`, '-n', name(what));
  const snapshot = (of: string | number, what: string) =>
    run('lvcreate', '-q', '-y', '-s', '-n', name(what), `${group}/${name(of)}`);
  return {
    tool: 'lvcreate, lvremove',
    allocate: thin,
    snapshot: (number) => snapshot(number, `${number}-one`),
    prepareClone: () => thin('base'),
    clone: (number) => snapshot('base', `clone-${number}`),
    remove: (number) =>
      run('lvremove', '-q', '-y', `${group}/${name(number)}`, `${group}/${name(`${number}-one`)}`),
  };
}
