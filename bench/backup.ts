// Backups and restores of VMs beside QEMU's and libnbd's tools, and what the guest and the daemon feel of them.
import { cpus, loadavg, release } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { exec } from '../server/core/exec.ts';
import { whyNoLibvirtd } from '../test/host/libvirtd.ts';
import { withBackupBench, zstdThreads } from './backup-host.ts';
import { measureLatency } from './backup-latency.ts';
import { measureLive } from './backup-live.ts';
import { measureSpeed } from './backup-speed.ts';
import { BackupWatch, idleMs } from './backup-watch.ts';
import type { Bench, Row } from './bench.ts';
import { nbdcopyInPath } from './libnbd.ts';

/** Of the disk that is backed up and restored; another by CROFT_BENCH_BACKUP_MIB. */
const usualMiB = 2048;
/** 300 MB. */
const workerMiB = 286;
const loopMs = 50;

export const bench: Bench = {
  name: 'backup',
  about: `backups (VMA, zstd with ${zstdThreads} threads) and restores of VMs through the API of the daemon as it is shipped, whole tasks, medians of alternating rounds, beside the same disk by hand with the same zstd, all of it synced; live restores; a guest's writes during its backup`,
  whyNot: async () => (await whyNoLibvirtd()) ?? (await whyNoTools()),
  async run(note) {
    await tellEnvironment(note);
    const wanted = (process.env['CROFT_BENCH_BACKUP_PARTS'] ?? 'speed,live,latency').split(',');
    const sizeMiB = Number(process.env['CROFT_BENCH_BACKUP_MIB'] ?? usualMiB);
    const watch = new BackupWatch();
    try {
      return await withBackupBench(watch, async (host) => {
        const rows: Row[] = [];
        const measured = async (part: string, work: () => Promise<Row[]>) => {
          if (!wanted.includes(part)) return;
          const began = performance.now();
          rows.push(...(await work()));
          const load = loadavg()[0] ?? 0;
          note(
            `${part}: ${((performance.now() - began) / 1000).toFixed(1)} s, load at its end ${load.toFixed(2)}`,
          );
        };
        await delay(idleMs);
        await measured('live', () => measureLive(host, note));
        await measured('latency', () => measureLatency(host, note));
        await measured('speed', () => measureSpeed(host, sizeMiB, note));
        return [...rows, ...costs(watch, note)];
      });
    } finally {
      watch.close();
    }
  },
};

function costs(watch: BackupWatch, note: (line: string) => void): Row[] {
  const { idle, working } = watch.loopDelays();
  note(
    `the daemon's thread worked ${working.busyMs.toFixed(0)} ms of 100 at most, ${idle.busyMs.toFixed(0)} ms while it had nothing to do`,
  );
  return [
    {
      ...{ measure: "a worker's memory at its highest", value: watch.workerPeakMiB, unit: 'MiB' },
      goal: { of: 'value', atMost: workerMiB },
    },
    {
      ...{ measure: "longest delay of the daemon's event loop", value: working.longestMs, unit: 'ms' },
      peer: { name: 'with nothing to do', value: idle.longestMs },
      goal: { of: 'value', atMost: loopMs },
    },
  ];
}

async function whyNoTools(): Promise<string | undefined> {
  const packages = { zstd: 'zstd', 'qemu-storage-daemon': 'qemu-system-common' };
  for (const [program, name] of Object.entries(packages)) {
    try {
      await exec(program, ['--version']);
    } catch {
      return `needs ${program} (package ${name})`;
    }
  }
  return nbdcopyInPath().then(
    () => undefined,
    () => 'needs nbdcopy (package libnbd-bin), which could not be fetched',
  );
}

async function tellEnvironment(note: (line: string) => void): Promise<void> {
  note(
    `${cpus().length} processors (${cpus()[0]?.model.trim()}), Linux ${release()}, Node ${process.version}`,
  );
  for (const program of ['qemu-img', 'nbdcopy', 'zstd']) {
    const { stdout } = await exec('bash', ['-c', `${await nbdcopyInPath()}${program} --version`]);
    note(stdout.split('\n')[0] ?? '');
  }
  note(
    `load average: ${loadavg()
      .map((value) => value.toFixed(2))
      .join(', ')}`,
  );
}
