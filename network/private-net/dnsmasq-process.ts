// Starts, finds, reloads and stops the dnsmasq of one private network. It outlives the daemon, so that guests keep their leases.
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../server/core/errors.ts';
import { commandIn } from '../netns.ts';

/** A dnsmasq of ours that runs. */
export interface RunningDnsmasq {
  readonly pid: number;
  /** Fingerprint of the configuration it was started with: it is part of the file's name. */
  readonly conf: string;
}

/** What `apply` needs to know and do about the process; replaced in unit tests. */
export interface DnsmasqControl {
  /** All dnsmasq of this folder that run; one, unless something went badly wrong. */
  find(folder: string): Promise<RunningDnsmasq[]>;
  /** Starts it and returns once it serves. Rejects with `unavailable` or `command-failed`. */
  start(options: StartOptions): Promise<number>;
  /** Makes it read reservations and names again. */
  reload(running: RunningDnsmasq, folder: string): Promise<void>;
  /** Ends it and returns once it is gone. */
  stop(running: RunningDnsmasq, folder: string): Promise<void>;
}

export interface StartOptions {
  readonly confFile: string;
  readonly pidFile: string;
  /** Its complaints go here. */
  readonly errorFile: string;
  readonly netns?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const startLimitMs = 10_000;
const stopLimitMs = 5_000;

/** Where the configuration with this fingerprint stands. */
export function confFileOf(folder: string, fingerprint: string): string {
  return `${folder}/dnsmasq.${fingerprint}.conf`;
}

/**
 * The fingerprint in a command line (`/proc/PID/cmdline`) if it is that of a dnsmasq of this folder. A process that
 * ended but was not yet waited for has an empty command line, so it does not count as running.
 */
export function readDnsmasqCommand(cmdline: string, folder: string): string | undefined {
  const argv = cmdline.split('\0');
  if (!argv[0]?.endsWith('dnsmasq')) return undefined;
  const prefix = `--conf-file=${folder}/dnsmasq.`;
  const conf = argv.find((arg) => arg.startsWith(prefix))?.slice(prefix.length);
  return conf?.endsWith('.conf') ? conf.slice(0, -'.conf'.length) : undefined;
}

export const realDnsmasq: DnsmasqControl = {
  async find(folder) {
    // All processes are looked at, not only the one in the pid file: that file may be lost or stale after a crash.
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
    const found = await Promise.all(pids.map(async (pid) => ({ pid, conf: await confOf(pid, folder) })));
    return found.flatMap(({ pid, conf }) => (conf === undefined ? [] : [{ pid, conf }]));
  },

  async start({ confFile, pidFile, errorFile, netns, signal }) {
    const [file, ...args] = commandIn(netns, 'dnsmasq', ['--keep-in-foreground', `--conf-file=${confFile}`]);
    const errors = openSync(errorFile, 'w', 0o640);
    // Detached with its output in a file: neither the end of the daemon nor a closed pipe may take it along.
    const child = spawn(file as string, args, {
      detached: true,
      stdio: ['ignore', errors, errors],
      env: { PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
    });
    closeSync(errors);
    let failure: Error | undefined;
    child.once('error', (error) => {
      failure = error;
    });
    child.once('exit', (code) => {
      failure ??= new Error(`exit code ${code}`);
    });
    child.unref();
    const deadline = Date.now() + startLimitMs;
    // It writes its pid once its sockets are bound: then it serves.
    while (!failure && (await readPid(pidFile)) !== child.pid) {
      if (Date.now() > deadline) failure = new Error('not ready in time');
      else if (signal?.aborted) failure = new AppError('cancelled', 'start DHCP and DNS: cancelled');
      else await delay(20);
    }
    if (failure) {
      if (child.exitCode === null && child.pid !== undefined) child.kill('SIGKILL');
      throw await startFailure(failure, errorFile);
    }
    return child.pid as number;
  },

  async reload(running, folder) {
    if ((await confOf(running.pid, folder)) === running.conf) process.kill(running.pid, 'SIGHUP');
  },

  async stop(running, folder) {
    const deadline = Date.now() + stopLimitMs;
    let signal: NodeJS.Signals = 'SIGTERM';
    // Looked at anew before each signal: the number may meanwhile belong to another process.
    while ((await confOf(running.pid, folder)) !== undefined) {
      if (signal === 'SIGTERM' || Date.now() > deadline) {
        try {
          process.kill(running.pid, signal);
        } catch (error) {
          if (!isMissing(error)) throw error;
        }
        if (Date.now() > deadline + stopLimitMs)
          throw new AppError('timeout', 'stop DHCP and DNS: the program does not end');
        signal = 'SIGKILL';
      }
      await delay(20);
    }
  },
};

async function confOf(pid: number, folder: string): Promise<string | undefined> {
  const cmdline = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return readDnsmasqCommand(cmdline, folder);
}

async function readPid(file: string): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return /^\d+\s*$/.test(text) ? Number(text) : undefined;
}

async function startFailure(failure: Error, errorFile: string): Promise<AppError> {
  if (failure instanceof AppError) return failure;
  if (isMissing(failure)) return new AppError('unavailable', 'start DHCP and DNS: dnsmasq is not installed');
  const complaint = (await readFile(errorFile, 'utf8').catch(() => '')).trim();
  const lastLine =
    complaint
      .split('\n')
      .at(-1)
      ?.replace(/^dnsmasq: /, '') || failure.message;
  const hint = /address already in use/i.test(complaint)
    ? ' (another name server on this host holds port 53 of all addresses: bind it to its own interfaces)'
    : '';
  return new AppError('command-failed', `start DHCP and DNS: ${lastLine}${hint}`, {
    detail: complaint,
    cause: failure,
  });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH');
}
