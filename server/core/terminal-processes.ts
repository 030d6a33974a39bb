// The processes on one terminal: found in /proc, told that it was hung up, and ended when they do not hear.
import { readdir, readFile, readlink } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

export interface ProcessLine {
  readonly pid: number;
  /** Device number of its controlling terminal; 0 for none. */
  readonly tty: number;
  /** Clock ticks after the start of the machine: with the pid, which process it is. */
  readonly begun: string;
}

const graceMs = 3_000;

/** A line of /proc/PID/stat (proc_pid_stat(5)); the program's name, in brackets, may hold anything. */
export function readStat(text: string): ProcessLine | undefined {
  const open = text.indexOf(' (');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [pid, tty, begun] = [Number(text.slice(0, open)), Number(fields[4]), fields[19]];
  if (open < 0 || !Number.isInteger(pid) || !Number.isInteger(tty) || begun === undefined) return undefined;
  return { pid, tty, begun };
}

async function processOf(pid: number | string): Promise<ProcessLine | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : readStat(text);
}

/** pid_namespaces(7): `pid:[4026531836]`; undefined when the process is gone. */
function pidNamespaceOf(pid: number): Promise<string | undefined> {
  return readlink(`/proc/${pid}/ns/pid`).catch(() => undefined);
}

/** Does it ignore the hang-up, as nohup(1) makes a program do on purpose? */
async function ignoresHangUp(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const ignored = /^SigIgn:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0';
  return (BigInt(`0x${ignored}`) & 1n) === 1n;
}

/**
 * Hangs up on everything that has the terminal of process `leader`: the kernel itself would tell only the foreground. What is
 * still there after three seconds is killed, but for what was started to go on (nohup; tmux and screen have terminals of their own).
 */
export async function hangUp(leader: number): Promise<void> {
  const first = await processOf(leader);
  if (!first || first.tty === 0) return;
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const all = await Promise.all(names.map(processOf));
  const here = await pidNamespaceOf(leader);
  const told: ProcessLine[] = [];
  // Containers number their terminals from 0 too: theirs are other terminals with the same device number (devpts instances).
  for (const one of all)
    if (one?.tty === first.tty && (await pidNamespaceOf(one.pid)) === here) told.push(one);
  for (const { pid } of told) send(pid, 'SIGHUP');
  for (const { pid } of told) send(pid, 'SIGCONT');
  await delay(graceMs, undefined, { ref: false });
  for (const { pid, begun } of told) {
    const now = await processOf(pid);
    if (now?.begun === begun && !(await ignoresHangUp(pid))) send(pid, 'SIGKILL');
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended a moment ago.
  }
}
