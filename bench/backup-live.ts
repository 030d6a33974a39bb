// How soon a VM runs that is restored while it runs, whatever the size of its disk.
import { join } from 'node:path';
import { exec } from '../server/core/exec.ts';
import { gibibyte } from '../server/core/units.ts';
import type { BackupBench } from './backup-host.ts';
import { median, type Row, timed } from './bench.ts';
import { SerialLines } from './serial-lines.ts';

const sizesGiB = [1, 32, 256];
const rounds = 3;
const firstVmid = 520;
const restoredVmid = 519;
const storage = 'live';
/** Of disks up to this size it is seen how long it takes until all of them is there. */
const waitedForGiB = 32;
/** Of 1 MiB each, over the whole disk. */
const places = 64;
const atMostMs = 1000;

export async function measureLive(bench: BackupBench, note: (line: string) => void): Promise<Row[]> {
  const folder = join(bench.vm.daemon.folder, storage);
  await bench.addTarget(storage, folder);
  const rows: Row[] = [];
  for (const [index, sizeGiB] of sizesGiB.entries()) {
    const vmid = firstVmid + index;
    await bench.createCounting(vmid);
    await bench.vm.task('PUT', `/${vmid}/resize`, { disk: 'virtio0', size: `${sizeGiB}G` });
    await scatter(await bench.imageOf(vmid, 'virtio0'), sizeGiB * gibibyte);
    const backedUp = await timed(() => bench.backUp(vmid, storage));
    const archive = bench.archiveIn(storage, folder);
    const seen = {
      answered: [] as number[],
      running: [] as number[],
      heard: [] as number[],
      started: [] as number[],
    };
    let whole = '';
    // The first round does not count.
    for (let round = -1; round < rounds; round += 1) {
      const live = await toRunning(bench, restoredVmid, () =>
        bench.startRestore(restoredVmid, archive, { 'live-restore': 1 }),
      );
      if (round === rounds - 1 && sizeGiB <= waitedForGiB) {
        await live.ended;
        whole = `, all of it there after ${(live.since() / 1000).toFixed(1)} s`;
      }
      await removeRestored(bench, live);
      const plain = await toRunning(bench, vmid, () =>
        bench.vm.daemon.ok<string>('POST', `/nodes/testnode/qemu/${vmid}/status/start`),
      );
      await plain.ended;
      await bench.vm.task('POST', `/${vmid}/status/stop`);
      if (round < 0) continue;
      seen.answered.push(live.answeredMs);
      seen.running.push(live.runningMs);
      seen.heard.push(live.heardMs);
      seen.started.push(plain.runningMs);
    }
    bench.removeBackups(folder);
    await bench.vm.task('DELETE', `/${vmid}`);
    const at = (times: readonly number[]) => `${median(times).toFixed(0)} ms`;
    note(`${sizeGiB} GiB: backed up in ${(backedUp / 1000).toFixed(1)} s`);
    note(`  live restore: taken after ${at(seen.answered)}, first word after ${at(seen.heard)}${whole}`);
    rows.push({
      measure: `live restore of a sparse disk of ${sizeGiB} GiB, until the guest runs`,
      ...{
        value: median(seen.running),
        unit: 'ms',
        peer: { name: 'its plain start', value: median(seen.started) },
      },
      goal: { of: 'value', atMost: atMostMs },
    });
  }
  return rows;
}

interface Up {
  readonly upid: string;
  /** Until the request was answered: the archive has been looked at. */
  readonly answeredMs: number;
  /** Until the event that it runs. */
  readonly runningMs: number;
  /** Until it said something: its firmware and its own code have read the disk. */
  readonly heardMs: number;
  /** The task's exit status. */
  readonly ended: Promise<string>;
  /** Milliseconds since the request. */
  since(): number;
}

/** From the request on. */
async function toRunning(bench: BackupBench, vmid: number, request: () => Promise<string>): Promise<Up> {
  const { feed, vm } = bench;
  const began = performance.now();
  const since = () => performance.now() - began;
  const runs = feed.runs(vmid).then(since);
  const upid = await request();
  const answeredMs = since();
  const ended = feed.ended(upid);
  const failed = ended.then((status) => {
    if (status !== 'OK') throw new Error(`VM ${vmid}: ${status}`);
    return runs;
  });
  // It is cancelled later.
  failed.catch(() => undefined);
  const runningMs = await Promise.race([runs, failed]);
  const serial = await SerialLines.of(join(vm.runFolder(vmid), 'serial0.sock'));
  await serial.first;
  const heardMs = since();
  serial.close();
  return { upid, answeredMs, runningMs, heardMs, ended, since };
}

/** Whether all of it is there or not: a restore that is cancelled takes its guest along. */
async function removeRestored({ vm }: BackupBench, { upid, ended }: Up): Promise<void> {
  await vm.daemon.call('DELETE', `/nodes/testnode/tasks/${upid}`);
  await ended;
  const { body } = await vm.daemon.call('GET', `/nodes/testnode/qemu/${restoredVmid}/status/current`);
  const left = body.data as { readonly status: string } | null;
  if (left && left.status !== 'stopped') await vm.task('POST', `/${restoredVmid}/status/stop`);
  if (left) await vm.task('DELETE', `/${restoredVmid}`);
}

/** Noise over a whole image. */
async function scatter(image: string, sizeBytes: number): Promise<void> {
  const commands = Array.from({ length: places }, (_, place) => {
    const at = Math.floor((sizeBytes / (places + 1)) * (place + 1));
    return ['-c', `write -q -P ${place + 1} ${at - (at % 65536)} 1M`];
  });
  await exec('qemu-io', ['-f', 'qcow2', ...commands.flat(), image], { timeoutMs: 120_000 });
}
