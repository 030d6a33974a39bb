// A guest's QEMU process: its number, and since when it runs.
import { readFile } from 'node:fs/promises';

export interface QemuProcess {
  readonly pid: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

/** Ticks of the kernel's process times (USER_HZ); 100 on every Linux architecture Croft runs on. */
const ticksPerSecond = 100;

/** Reads libvirt's pid file of a domain and what the kernel says; undefined when there is no such process (any more). */
export async function readQemuProcess(
  libvirtStateDir: string,
  domainName: string,
): Promise<QemuProcess | undefined> {
  try {
    const pid = Number(await readFile(`${libvirtStateDir}/qemu/${domainName}.pid`, 'utf8'));
    const [processStat, kernelStat] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile('/proc/stat', 'utf8'),
    ]);
    return { pid, startedAt: readStartTime(processStat, kernelStat) };
  } catch {
    return undefined;
  }
}

/** Start of a process in milliseconds since the epoch, from /proc/PID/stat and /proc/stat (see proc(5)). */
export function readStartTime(processStat: string, kernelStat: string): number {
  // The program's name may hold anything, so fields count from the last parenthesis; starttime is the 22nd of all.
  const fields = processStat.slice(processStat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[19]);
  const bootSeconds = Number(/^btime (\d+)$/m.exec(kernelStat)?.[1]);
  return Math.round((bootSeconds + ticks / ticksPerSecond) * 1000);
}
