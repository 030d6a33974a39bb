// How long a guest stands while a snapshot of it is taken, seen from inside it, beside libvirt's own snapshot of the same guest.
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { kibibyte } from '../server/core/units.ts';
import { countingDisk } from '../test/host/counting-guest.ts';
import { fillTables } from '../test/host/full-image.ts';
import { beside, median, percentile, type Row } from './bench.ts';
import type { VmBench } from './vm-host.ts';

const rounds = 5;
const vmid = 400;
/** Enough that saving it takes its time. */
const memory = 512;

export async function measureSnapshot(bench: VmBench): Promise<Row[]> {
  const imports = join(bench.daemon.storagePath, 'import');
  mkdirSync(imports, { recursive: true });
  writeFileSync(join(imports, 'counting.raw'), countingDisk());
  await bench.task('POST', '', {
    ...{ vmid, memory, serial0: 'socket', boot: 'order=virtio0' },
    virtio0: 'local:0,import-from=local:import/counting.raw,format=qcow2',
  });
  await bench.task('POST', `/${vmid}/status/start`);
  const twin = await bench.twinOf(vmid, true);
  await bench.virsh('create', twin.file);
  const ours = await Heartbeat.of(join(bench.runFolder(vmid), 'serial0.sock'));
  const theirs = await Heartbeat.of(join(twin.folder, 'serial0.sock'));
  const seen = { memory: [] as number[], disks: [] as number[], virsh: [] as number[] };
  try {
    for (let round = 0; round < rounds; round += 1) {
      const snapname = `s${round}`;
      const take = (params: object) => bench.task('POST', `/${vmid}/snapshot`, { snapname, ...params });
      const drop = () => bench.task('DELETE', `/${vmid}/snapshot/${snapname}`);
      seen.memory.push(await ours.standing(() => take({ vmstate: 1 })));
      await drop();
      seen.disks.push(await ours.standing(() => take({})));
      await drop();
      seen.virsh.push(
        await theirs.standing(async () => {
          await bench.virsh('snapshot-create-as', twin.name, snapname);
        }),
      );
      await bench.virsh('snapshot-delete', twin.name, snapname);
    }
  } finally {
    ours.close();
    theirs.close();
  }
  await bench.virsh('destroy', twin.name);
  await bench.task('POST', `/${vmid}/status/stop`);
  const peer = { name: 'virsh snapshot-create-as', value: median(seen.virsh) };
  const row = (measure: string, times: number[]): Row => ({
    ...{ measure, value: median(times), unit: 'ms', peer },
    goal: { of: 'value', atMost: 1000 },
  });
  return [
    row(`guest stands for a snapshot with its ${memory} MiB of memory`, seen.memory),
    row('guest stands for a snapshot of its disks', seen.disks),
    ...(await measureLargeDisk(bench)),
  ];
}

/** The same beside a large disk all of whose clusters are in use: as we make it, and with the clusters that qemu-img makes of itself. */
async function measureLargeDisk(bench: VmBench): Promise<Row[]> {
  const large = vmid + 1;
  const gigabytes = 256;
  await bench.task('POST', '', {
    ...{ vmid: large, memory: 64, serial0: 'socket', boot: 'order=virtio0', virtio1: `local:${gigabytes}` },
    virtio0: 'local:0,import-from=local:import/counting.raw,format=qcow2',
  });
  const config = `/nodes/testnode/qemu/${large}/config`;
  const { virtio1 = '' } = await bench.daemon.ok<{ virtio1?: string }>('GET', config);
  const file = join(bench.daemon.storagePath, 'images', /^local:([^,]+)/.exec(virtio1)?.[1] ?? '');
  const measured = async (clusters: Parameters<typeof fillTables>[1]) => {
    const image = await fillTables(file, clusters);
    await bench.task('POST', `/${large}/status/start`);
    const heart = await Heartbeat.of(join(bench.runFolder(large), 'serial0.sock'));
    const taken: number[] = [];
    const removed: number[] = [];
    try {
      for (let round = 0; round < rounds; round += 1) {
        taken.push(
          await heart.standing(() => bench.task('POST', `/${large}/snapshot`, { snapname: 'full' })),
        );
        removed.push(await heart.standing(() => bench.task('DELETE', `/${large}/snapshot/full`)));
      }
    } finally {
      heart.close();
    }
    await bench.task('POST', `/${large}/status/stop`);
    return { ...image, taken, removed };
  };
  const ours = await measured('as-it-is');
  const plain = await measured('small');
  const disk = `a snapshot of a full disk of ${gigabytes} GiB, ${ours.clusters} clusters`;
  const peer = `${plain.clusters} clusters of ${plain.clusterBytes / kibibyte} KiB`;
  const row = (part: 'taken' | 'removed'): Row => ({
    ...beside(`guest stands while ${disk}, is ${part}`, ours[part], peer, plain[part]),
    goal: { of: 'value', atMost: 1000 },
  });
  return [row('taken'), row('removed')];
}

/** A guest that writes nine lines a second on its serial port: what is between two of them beyond that is time that it stood. */
class Heartbeat {
  readonly #socket: ReturnType<typeof connect>;
  #beats: number[] = [];

  private constructor(path: string) {
    this.#socket = connect(path);
    this.#socket.on('data', (data) => {
      if (data.includes(0x0a)) this.#beats.push(performance.now());
    });
  }

  static async of(path: string): Promise<Heartbeat> {
    const heart = new Heartbeat(path);
    const until = performance.now() + 30_000;
    while (heart.#beats.length < 5) {
      if (performance.now() > until) throw new Error('the guest does not count');
      await delay(50);
    }
    return heart;
  }

  /** Milliseconds of the longest pause beyond the usual one, from shortly before the work until shortly after it. */
  async standing(work: () => Promise<void>): Promise<number> {
    const settle = 1200;
    this.#beats = [];
    await delay(settle);
    const quiet = this.#gaps();
    await work();
    await delay(settle);
    return Math.max(0, Math.max(...this.#gaps()) - percentile(quiet, 0.5));
  }

  close(): void {
    this.#socket.destroy();
  }

  #gaps(): number[] {
    return this.#beats.slice(1).map((beat, index) => beat - (this.#beats[index] ?? beat));
  }
}
