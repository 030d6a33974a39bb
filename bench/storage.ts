// Storages beside the bare tools: volumes, copies, and the list while one of them is dead. What this machine has; LVM and servers in the lab.
import { existsSync } from 'node:fs';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec } from '../server/core/exec.ts';
import { gibibyte } from '../server/core/units.ts';
import { quietContext } from '../server/core/work-context.ts';
import { builtInPlugins } from '../server/storage/storage-types.ts';
import type { StoragePlugin } from '../storage-plugins/plugin.ts';
import type { Bench, Row } from './bench.ts';
import { measureCopy } from './storage-copy.ts';
import { measureDead } from './storage-dead.ts';
import { measureVolumes } from './storage-volumes.ts';

const context = quietContext();
const rounds = 9;

export const bench: Bench = {
  name: 'storage',
  about:
    'volumes of 32 GiB through the plugins beside qemu-img and btrfs by hand, medians of alternating rounds; a copy between storages; the list of 20 storages while one hangs (FUSE that never answers)',
  async whyNot() {
    if (process.getuid?.() !== 0) return 'needs root';
    return existsSync('/dev/fuse') ? undefined : 'needs /dev/fuse';
  },
  async run(note) {
    const rows: Row[] = [];
    const measured = async (what: string, work: () => Promise<Row[]>) => {
      const began = performance.now();
      rows.push(...(await work()));
      note(`${what}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
    };
    await withFolders(async (folders) => {
      const plugin = (type: string): StoragePlugin => {
        const found = builtInPlugins(exec).find(({ declaration }) => declaration.type === type);
        if (!found) throw new Error(`there is no plugin of type '${type}'`);
        return found;
      };
      const open = async (type: string, path: string) => {
        const storage = plugin(type).open('bench', { path });
        await storage.activate(context);
        return storage;
      };
      const dir = await open('dir', folders.dir);
      const btrfs = await open('btrfs', folders.btrfs);
      await measured('dir', () =>
        measureVolumes({
          ...{ name: 'dir', storage: dir, kind: 'qcow2', format: 'qcow2', rounds },
          declaration: plugin('dir').declaration,
        }),
      );
      await measured('btrfs', () =>
        measureVolumes({
          ...{ name: 'btrfs', storage: btrfs, kind: 'btrfs', format: 'raw', rounds },
          declaration: plugin('btrfs').declaration,
        }),
      );
      const other = await open('dir', folders.other);
      await measured('copies', async () => [
        ...(await measureCopy('dir to dir, qcow2', dir, other, 'qcow2')),
        ...(await measureCopy('dir to btrfs', dir, btrfs, 'raw')),
      ]);
    });
    await measured('one of 20 dead', measureDead);
    return rows;
  },
};

interface Folders {
  readonly dir: string;
  readonly other: string;
  readonly btrfs: string;
}

/** Two plain folders and one on a btrfs of its own in a loop file; everything is taken away again. */
async function withFolders(work: (folders: Folders) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'croft-bench-'));
  const mount = join(folder, 'mount');
  try {
    await writeFile(join(folder, 'image'), '');
    // Sparse. What was removed is free only when the file system has come to it: room for all copies at once.
    await truncate(join(folder, 'image'), 16 * gibibyte);
    await exec('mkfs.btrfs', ['-q', join(folder, 'image')]);
    await exec('mkdir', [mount]);
    await exec('mount', ['-o', 'loop', join(folder, 'image'), mount]);
    try {
      await work({ dir: join(folder, 'dir'), other: join(folder, 'other'), btrfs: join(mount, 'storage') });
    } finally {
      await exec('umount', [mount]);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}
