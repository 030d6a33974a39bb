// Starts a container with lxc-start, or leaves nothing of it.
import { accessSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { AppError, hasCode } from '../../../core/errors.ts';
import type { WorkContext } from '../../../core/work-context.ts';
import type { CtStart } from '../ct-driver.ts';
import { ctName, ctPaths } from '../ct-paths.ts';
import { isMountedAs, makeRunFolder } from './ct-mounts.ts';
import { isWatched, type SweepParts, sweepContainer, waitForMonitor } from './ct-sweep.ts';
import { makeDeviceNodes } from './device-nodes.ts';
import { readStartFailure, startArguments, startPath } from './lxc-commands.ts';
import { hostPlugFacts, writePlugFiles } from './nic-host.ts';
import { readNow } from './read-now.ts';
import { readRunState } from './run-state.ts';

export interface StartParts extends SweepParts {
  readonly reaper: readonly string[];
}

/** LXC answers when init runs: seconds at most, but the host may be very busy. */
const startTimeoutMs = 120_000;
/**
 * How long lxc-start may go on once the start hook has run: it only has to be told by its own monitor that init runs. Once, on LXC 5.0
 * under tini on a busy machine, it went on waiting beside a container that ran; thousands of starts since, up to twenty at once, did
 * not show it again, so its cause is not known. The task's log gets what each of its processes waited for.
 */
const noticeMs = 10_000;
const lookEveryMs = 250;

export async function startContainer(parts: StartParts, context: WorkContext, spec: CtStart): Promise<void> {
  const { base, exec, reaper } = parts;
  const { vmid } = spec;
  if (context.signal.aborted) throw new AppError('cancelled', `start container ${vmid}: cancelled`);
  const state = readRunState(parts, vmid)?.state;
  if (state === 'running' || state === 'paused') return;
  if (!isMountedAs(base, vmid, spec.mounts, spec.unprivileged))
    throw new AppError('wrong-state', `start container ${vmid}: its file systems are not mounted`);
  const paths = ctPaths(base, vmid);
  try {
    await waitForMonitor(parts, vmid);
    makeRunFolder(base, vmid, spec.unprivileged);
    rmSync(paths.log, { force: true });
    writeFileSync(paths.config, spec.lxcConfig, { mode: 0o600 });
    await makeDeviceNodes(exec, base, vmid, spec.devices);
    writePlugFiles(base, vmid, spec.nics, hostPlugFacts());
    const [file = '', ...args] = [...reaper, 'lxc-start', ...startArguments(parts, vmid, spec.debug)];
    const noticed = new AbortController();
    const done = new AbortController();
    const runs = endWhenRunning(parts, vmid, noticed, done.signal);
    try {
      await exec(
        programOf(file),
        args.map((arg) => (arg === 'lxc-start' ? programOf(arg) : arg)),
        {
          signal: AbortSignal.any([context.signal, noticed.signal]),
          timeoutMs: startTimeoutMs,
          intention: `start container ${vmid}`,
          env: { PATH: startPath },
          // Its log says what there is to say.
          noOutput: true,
        },
      );
    } catch (error) {
      // Its monitor is a process of its own and goes on.
      if (!noticed.signal.aborted || context.signal.aborted) throw error;
      context.log(`lxc-start did not notice that container ${vmid} runs: ${String(noticed.signal.reason)}`);
    } finally {
      done.abort();
      await runs;
    }
    context.log(`container ${vmid} (${spec.name}) runs`);
  } catch (error) {
    throw await takeBack(parts, spec, error);
  }
}

/** Aborts `noticed` when the container has been running for a while and lxc-start still waits. Ends with `done`; never rejects. */
async function endWhenRunning(
  parts: StartParts,
  vmid: number,
  noticed: AbortController,
  done: AbortSignal,
): Promise<void> {
  for (let runsMs = 0; runsMs < noticeMs; ) {
    const ended = await parts.clock.sleep(lookEveryMs, done).then(
      () => done.aborted,
      () => true,
    );
    if (ended) return;
    const state = readRunState(parts, vmid);
    runsMs = state === undefined ? 0 : runsMs + lookEveryMs;
  }
  noticed.abort(waitingPrograms(ctName(parts.prefix, vmid)));
}

/** What the programs that start the container wait for, as the kernel calls it: `tini S do_sigtimedwait, lxc-start S unix_stream_read_generic`. */
function waitingPrograms(name: string): string {
  const found = readdirSync('/proc').flatMap((pid) => {
    // Only of programs of ours: what another's arguments are can take long to be told, when it does not wish it.
    const isOurs = /^\d+$/.test(pid) && /^(tini|lxc-start|\[lxc)/.test(readNow(`/proc/${pid}/comm`) ?? '');
    const words = isOurs ? (readNow(`/proc/${pid}/cmdline`) ?? '').split('\0') : [];
    if (!words.includes(name) || !words.includes('-d')) return [];
    const state = /^State:\s+(\S)/m.exec(readNow(`/proc/${pid}/status`) ?? '')?.[1] ?? '?';
    return `${basename(words[0] ?? '')} ${state} ${readNow(`/proc/${pid}/wchan`) || '?'}`;
  });
  return found.join(', ') || 'none of its processes is left';
}

/** The search path that LXC gets lacks its own programs. */
function programOf(name: string): string {
  if (name.includes('/')) return name;
  for (const folder of (process.env.PATH ?? '').split(':').concat('/usr/bin', '/usr/sbin')) {
    const path = join(folder, name);
    try {
      accessSync(path);
      return path;
    } catch {
      // In the next one, then.
    }
  }
  throw new AppError('unavailable', `${name} is not installed`);
}

/** Waits until LXC itself took back what it could, then takes the rest, and says why it failed. */
async function takeBack(parts: StartParts, spec: CtStart, error: unknown): Promise<unknown> {
  const { base, clock } = parts;
  const { vmid } = spec;
  const { log, folder } = ctPaths(base, vmid);
  for (let tries = 0; tries < 100 && (await isWatched(parts, vmid)); tries++) await clock.sleep(20);
  const text = readNow(log) ?? '';
  const plugged = (readNow(join(folder, 'plug.log')) ?? '').trim();
  await sweepContainer(parts, vmid);
  await waitForMonitor(parts, vmid);
  if (!hasCode(error, 'command-failed')) return error;
  const network = plugged.split('\n').at(-1)?.slice(0, 300);
  const reason = network
    ? `its network: ${network}`
    : (readStartFailure(text, base) ?? 'LXC gives no reason');
  return new AppError('command-failed', `start container ${vmid}: ${reason}`, {
    detail: `${plugged}\n${text.slice(-8000)}`,
    cause: error,
  });
}
