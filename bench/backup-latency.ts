// What a guest feels of its own backup to a slow target: how long its writes take, seen from inside it.
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { mebibyte } from '../server/core/units.ts';
import type { BackupBench } from './backup-host.ts';
import { percentile, type Row } from './bench.ts';
import { writeSampleDisk } from './sample-disk.ts';
import { SerialLines } from './serial-lines.ts';
import { withSlowTarget } from './slow-target.ts';
import { readStamp, type StampedWrite, stampingSector } from './stamping-guest.ts';

const vmid = 530;
const storage = 'slow';
const diskMiB = 384;
/** What the guest writes to, from the first MiB on: all of it is stored already, and has to be kept for the backup. */
const writtenMiB = 128;
const targetBytesPerSecond = 12 * mebibyte;
const idleMs = 15_000;
const settleMs = 3000;

export async function measureLatency(bench: BackupBench, note: (line: string) => void): Promise<Row[]> {
  const { vm } = bench;
  const sample = bench.importFile('stamping.raw');
  await writeSampleDisk(sample, diskMiB * mebibyte);
  const file = openSync(sample, 'r+');
  writeSync(file, stampingSector(mebibyte, writtenMiB * mebibyte), 0, undefined, 0);
  closeSync(file);
  await vm.task('POST', '', {
    ...{ vmid, memory: 64, serial0: 'socket', boot: 'order=virtio0' },
    virtio0: 'local:0,import-from=local:import/stamping.raw,format=qcow2',
  });
  rmSync(sample);
  await vm.task('POST', `/${vmid}/status/start`);
  const serial = await SerialLines.of(join(vm.runFolder(vmid), 'serial0.sock'));
  try {
    await serial.first;
    await delay(settleMs);
    const size = { sizeBytes: 4 * diskMiB * mebibyte, bytesPerSecond: targetBytesPerSecond };
    return await withSlowTarget(vm.daemon.folder, size, async (folder) => {
      await bench.addTarget(storage, join(folder, 'backups'));
      const phase = async (work: () => Promise<unknown>) => {
        const from = serial.lines.length;
        const began = performance.now();
        await work();
        return { seconds: (performance.now() - began) / 1000, lines: serial.lines.slice(from) };
      };
      const before = await phase(() => delay(idleMs));
      const during = await phase(() => bench.backUp(vmid, storage));
      await delay(settleMs);
      const after = await phase(() => delay(idleMs));
      await vm.daemon.ok('DELETE', `/storage/${storage}`);
      const perMs = unitsPerMs(serial);
      const latencies = (lines: typeof before.lines) =>
        lines.flatMap(({ text }) => (readStamp(text) ? [readStamp(text)!.took / perMs] : []));
      const idle = latencies([...before.lines, ...after.lines]);
      const busy = latencies(during.lines);
      const tell = (name: string, values: readonly number[], seconds: number) => {
        const at = (part: number) => percentile(values, part).toFixed(2);
        note(
          `${name}: ${values.length} writes in ${seconds.toFixed(0)} s; median ${at(0.5)}, p99 ${at(0.99)}, p99.9 ${at(0.999)}, longest ${at(1)} ms`,
        );
      };
      tell('guest idle otherwise, before', latencies(before.lines), before.seconds);
      tell('guest during its backup', busy, during.seconds);
      tell('guest idle otherwise, after', latencies(after.lines), after.seconds);
      const row = (name: string, part: number): Row => ({
        ...{ measure: `a guest's write during its backup to a slow target, ${name}`, unit: 'ms' },
        value: percentile(busy, part),
        peer: { name: 'without a backup', value: percentile(idle, part) },
      });
      return [row('median', 0.5), { ...row('p99', 0.99), goal: { of: 'ratio', atMost: 2 } }];
    });
  } finally {
    serial.close();
    await vm.task('POST', `/${vmid}/status/stop`);
    await vm.task('DELETE', `/${vmid}`);
  }
}

/** How fast the guest's clock goes, by when its first and its last line came. */
function unitsPerMs({ lines }: SerialLines): number {
  const stamped = lines.flatMap(({ atMs, text }) => {
    const stamp: StampedWrite | undefined = readStamp(text);
    return stamp ? [{ atMs, done: stamp.done }] : [];
  });
  const [first, last] = [stamped[0], stamped.at(-1)];
  if (!first || !last) throw new Error('the guest has said nothing');
  const units = (last.done - first.done + 2 ** 32) % 2 ** 32;
  return units / (last.atMs - first.atMs);
}
