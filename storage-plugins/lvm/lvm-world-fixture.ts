// A played volume group and `lvm` storages on it, for the tests of this folder.
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { type FakeGroup, fakeGroup, fakeQemuImg, fakeRun } from '../lvm-volumes/lvm-fixture.ts';
import type { Storage } from '../plugin.ts';
import { createLvmPlugin } from './lvm-plugin.ts';

export const mebibyte = 1024 ** 2;
/** Disks as small as a group has them. */
export const raw = { vmid: 100, format: 'raw', sizeBytes: 4 * mebibyte } as const;
export const image = { vmid: 100, format: 'qcow2', sizeBytes: 8 * mebibyte } as const;

export interface LvmWorld {
  readonly folder: string;
  readonly lvm: FakeGroup;
  /** Options besides the group. */
  open(options?: Record<string, unknown>): Storage;
  device(volume: string): string;
  /** Names of active volumes. */
  active(): string[];
  end(): Promise<void>;
}

/** In memory, since the storage syncs what it writes again and again; or `within` the folder of another one. */
export async function lvmWorld(within = '/dev/shm'): Promise<LvmWorld> {
  const folder = await mkdtemp(path.join(within, 'croft-lvm-'));
  const lvm = fakeGroup(folder);
  lvm.others.set('qemu-img', fakeQemuImg);
  lvm.others.set('blkdiscard', (args) => {
    const [, , offset, , length, device = ''] = args;
    const bytes = readFileSync(device);
    bytes.fill(0, Number(offset), Number(offset) + Number(length));
    writeFileSync(device, bytes);
    return '';
  });
  const plugin = createLvmPlugin({ exec: lvm.exec, run: fakeRun(() => lvm), deviceFolder: folder });
  return {
    ...{ folder, lvm },
    open: (options = {}) => plugin.open('san', { vgname: 'vg0', ...options }),
    device: (volume) => path.join(folder, 'vg0', volume),
    active: () => [...lvm.volumes.values()].filter((lv) => lv.active).map(({ name }) => name),
    end: async () => await rm(folder, { recursive: true }),
  };
}
