// How fast a full disk is backed up and restored through the API, beside the same by hand with the same compression.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { mebibyte } from '../server/core/units.ts';
import {
  convertThenZstd,
  copyWithNbdcopy,
  nbdcopyThroughZstd,
  pullThroughZstd,
  unpackWithNbdcopy,
} from './backup-by-hand.ts';
import { type BackupBench, zstdThreads } from './backup-host.ts';
import { alternating, beside, type Row } from './bench.ts';
import { writeSampleDisk } from './sample-disk.ts';

const vmid = 500;
const restoredVmid = 501;
const rounds = 3;
const storage = 'vault';
/** As much in a second as 0.9, and 0.8, of the peer. */
const backupGoal = { of: 'ratio', atMost: Math.round(100 / 0.9) / 100 } as const;
const restoreGoal = { of: 'ratio', atMost: Math.round(100 / 0.8) / 100 } as const;

export async function measureSpeed(
  bench: BackupBench,
  sizeMiB: number,
  note: (line: string) => void,
): Promise<Row[]> {
  const sizeBytes = sizeMiB * mebibyte;
  const sample = bench.importFile('sample.raw');
  await writeSampleDisk(sample, sizeBytes);
  await bench.createCounting(vmid, { scsi0: 'local:0,import-from=local:import/sample.raw,format=qcow2' });
  rmSync(sample);
  const image = await bench.imageOf(vmid, 'scsi0');
  const vault = join(bench.vm.daemon.folder, storage);
  await bench.addTarget(storage, vault);
  const byHand = (name: string) => join(bench.folder, name);
  const backUp = async () => {
    bench.removeBackups(vault);
    await bench.backUp(vmid, storage);
  };

  const off = await alternating(rounds, {
    ours: backUp,
    pipe: () => nbdcopyThroughZstd(image, byHand('disk.zst'), zstdThreads),
    convert: () => convertThenZstd(image, byHand('disk.zst'), zstdThreads),
  });
  const archive = bench.archiveIn(storage, vault);
  const restored = await alternating(rounds, {
    ours: () => bench.restore(restoredVmid, archive),
    away: async () => {
      // What ours restored goes first: it is not measured with it.
      await bench.vm.task('DELETE', `/${restoredVmid}`);
    },
    pipe: () => unpackWithNbdcopy(byHand('disk.zst'), byHand('disk.qcow2'), sizeBytes),
    plain: () => copyWithNbdcopy(image, byHand('disk.qcow2'), sizeBytes),
  });
  rmSync(byHand('disk.qcow2'));

  await bench.vm.task('POST', `/${vmid}/status/start`);
  const running = await alternating(rounds, {
    ours: backUp,
    pull: () =>
      pullThroughZstd(bench.vm, { vmid, target: 'sda', to: byHand('disk.zst'), threads: zstdThreads }),
  });
  await bench.vm.task('POST', `/${vmid}/status/stop`);
  bench.removeBackups(vault);
  rmSync(byHand('disk.zst'));

  const speed = (name: string, times: readonly number[]) => {
    const each = times.map((ms) => (sizeBytes / 1e6 / (ms / 1000)).toFixed(0));
    note(`${name}: ${each.join(', ')} MB/s`);
  };
  speed('backup, off', off.ours);
  speed('  nbdcopy | zstd', off.pipe);
  speed('  qemu-img convert, then zstd', off.convert);
  speed('backup, running', running.ours);
  speed('  pull backup, nbdcopy | zstd', running.pull);
  speed('restore', restored.ours);
  speed('  zstd -d | nbdcopy', restored.pipe);
  speed('  nbdcopy', restored.plain);
  const disk = `full disk of ${sizeMiB} MiB`;
  const row = (...words: Parameters<typeof beside>): Row => ({ ...beside(...words), goal: backupGoal });
  return [
    row(`${disk} backed up, guest off`, off.ours, 'qemu-img convert, then zstd', off.convert),
    row(`${disk} backed up, guest off`, off.ours, 'nbdcopy | zstd', off.pipe),
    row(`${disk} backed up, guest runs`, running.ours, 'virsh backup-begin, nbdcopy | zstd', running.pull),
    {
      ...beside(`${disk} restored`, restored.ours, 'zstd -d | nbdcopy', restored.pipe),
      goal: restoreGoal,
    },
    {
      ...beside(`${disk} restored`, restored.ours, 'nbdcopy, nothing compressed', restored.plain),
      goal: restoreGoal,
    },
  ];
}
