// Where running machines leave their sockets, logs and pid files, who owns them, and the sweep of what ended owners left.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { workFolder } from './lab-cache.ts';
import type { MachineSpec } from './machine-spec.ts';

/** Short, because a unix socket's path has at most 107 characters (unix(7)). */
export const runRoot = process.env['CROFT_LAB_RUN'] ?? '/run/croft-lab';

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from the host's boot to the process's start: field 22 of proc_pid_stat(5). */
  readonly started: string;
}

/** What a machine's folder says about it: `machine.json`. */
export interface MachineRecord {
  readonly id: string;
  readonly spec: MachineSpec;
  /** The process that the machine must not outlive; none: kept until `lab down`. */
  readonly owner: ProcessIdentity | undefined;
  /** Guest port to loopback port of the host, for each forwarded one. */
  readonly ports: Readonly<Record<string, number>>;
}

/** A process by its number, or undefined when it has ended: a zombie has, once its last thread let go of its files. */
export function identify(pid: number): ProcessIdentity | undefined {
  try {
    // The second field, the name in brackets, may hold blanks.
    const [state, ...fields] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    const ended = state === 'X' || (state === 'Z' && readdirSync(`/proc/${pid}/task`).length <= 1);
    return ended ? undefined : { pid, started: fields[18]! };
  } catch {
    return undefined;
  }
}

export function folderOf(id: string): string {
  return join(runRoot, id);
}

/** Makes the machine's folder, complete from its first moment. Throws when there is one of that name already. */
export function writeRecord(record: MachineRecord): void {
  mkdirSync(runRoot, { recursive: true, mode: 0o700 });
  const making = mkdtempSync(join(runRoot, '.making-'));
  writeFileSync(join(making, 'machine.json'), `${JSON.stringify(record, undefined, 2)}\n`);
  try {
    renameSync(making, folderOf(record.id));
  } catch (error) {
    rmSync(making, { recursive: true });
    throw new Error(`a lab machine '${record.id}' is there already`, { cause: error });
  }
}

/** The machine's record, or undefined when its folder is gone or was never completed. */
export function readRecord(id: string): MachineRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(folderOf(id), 'machine.json'), 'utf8')) as MachineRecord;
  } catch {
    return undefined;
  }
}

/** Ids of all machines that have a folder, running or not. */
export function recordedIds(): string[] {
  if (!existsSync(runRoot)) return [];
  return readdirSync(runRoot, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name);
}

/** The machine's QEMU: the process of its pid file, if that process is the one with this pid file on its command line. */
export function qemuPid(id: string): number | undefined {
  const pidFile = join(folderOf(id), 'qemu.pid');
  try {
    const pid = Number(readFileSync(pidFile, 'utf8').trim());
    const mine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(pidFile);
    return mine && identify(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** Ends QEMU at once, like a power cut, and waits until it is gone. Repeatable. */
export async function killQemu(id: string): Promise<void> {
  const pid = qemuPid(id);
  if (pid === undefined) return;
  process.kill(pid, 'SIGKILL');
  while (identify(pid)) await delay(20);
}

/** Ends the machine, removes its folder and its own disks. Repeatable. */
export async function endAndForget(id: string): Promise<void> {
  await killQemu(id);
  rmSync(workFolder(id), { recursive: true, force: true });
  rmSync(folderOf(id), { recursive: true, force: true });
}

/** Ends and forgets the machines whose owners have ended; kept ones and those of living owners stay. Answers their ids. */
export async function sweep(): Promise<string[]> {
  const swept: string[] = [];
  for (const id of recordedIds()) {
    const record = readRecord(id);
    const orphaned =
      !record || (record.owner && identify(record.owner.pid)?.started !== record.owner.started);
    if (!orphaned) continue;
    await endAndForget(id);
    swept.push(id);
  }
  return swept;
}
