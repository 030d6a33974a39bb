// Waits for a container that is tried: for its system's own word that it is up, or for a port that something listens on.
import { readFile } from 'node:fs/promises';
import type { WorkContext } from '../../core/work-context.ts';
import type { CtParts } from '../../guests/ct-parts.ts';
import { listeningPorts } from './listening-ports.ts';
import type { CameUp, Seen, Trial } from './trial.ts';

export interface CtWaitParts extends Pick<CtParts, 'driver' | 'states' | 'clock'> {
  /** Reads a file of /proc; for tests. */
  readonly readProc?: (path: string) => Promise<string>;
}

/** Milliseconds between two looks. */
const lookMs = 1000;
/** Milliseconds for which an init that says nothing of itself is to run on. */
const runsOnMs = 10_000;
/** Milliseconds for one question inside. */
const questionMs = 15_000;
/** Names of units that failed, and characters of each, that are told. */
const mostUnits = 5;
const longestUnit = 60;

interface Look {
  readonly came?: string | undefined;
  readonly missing: string;
}

/** Rejects only when it is broken off. */
export async function ctComesUp(parts: CtWaitParts, context: WorkContext, trial: Trial): Promise<Seen> {
  const { states, clock } = parts;
  const { vmid, timeoutSeconds, wait } = trial;
  const begunMs = clock.now();
  const end = (outcome: Pick<CameUp, 'came' | 'problem'>): Seen => ({
    up: { ...outcome, seconds: Math.round((clock.now() - begunMs) / 100) / 10 },
  });
  for (;;) {
    context.signal.throwIfAborted();
    const pid = states.observed(vmid)?.pid;
    if (states.stateOf(vmid) === 'stopped') return end({ problem: 'it ended by itself' });
    const { came, missing } = await (wait === 'port'
      ? listens(parts, pid, trial.port ?? 0)
      : isUp(parts, context, vmid, pid, clock.now() - begunMs));
    if (came !== undefined) return end({ came });
    const passedMs = clock.now() - begunMs;
    if (passedMs >= timeoutSeconds * 1000) return end({ problem: `${missing} (waited ${timeoutSeconds} s)` });
    context.progress(passedMs / 1000 / timeoutSeconds);
    await clock.sleep(lookMs, context.signal);
  }
}

const read = (path: string) => readFile(path, 'utf8');

async function listens(
  { readProc = read }: CtWaitParts,
  pid: number | undefined,
  port: number,
): Promise<Look> {
  const missing = `nothing listens on port ${port}`;
  if (pid === undefined) return { missing };
  const texts = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readProc(`/proc/${pid}/net/${name}`).catch(() => '')),
  );
  const isThere = texts.some((text) => listeningPorts(text).has(port));
  return isThere ? { missing, came: `it listens on port ${port}` } : { missing };
}

async function isUp(
  { driver, readProc = read }: CtWaitParts,
  context: WorkContext,
  vmid: number,
  pid: number | undefined,
  passedMs: number,
): Promise<Look> {
  if (pid === undefined) return { missing: 'it does not run yet' };
  const init = (await readProc(`/proc/${pid}/comm`).catch(() => '')).trim();
  if (init !== 'systemd') {
    if (passedMs < runsOnMs) return { missing: 'it did not run long enough' };
    return { missing: '', came: `its init (${shortWord(init)}) runs` };
  }
  const ask = async (...argv: string[]) => {
    const answer = await driver.exec(context, vmid, argv, { timeoutMs: questionMs }).catch(() => undefined);
    context.signal.throwIfAborted();
    return answer?.stdout ?? '';
  };
  const state = (await ask('systemctl', 'is-system-running')).trim();
  if (state === 'running') return { missing: '', came: 'its systemd says that it is running' };
  if (state !== 'degraded')
    return { missing: `its systemd says ${state === '' ? 'nothing' : `'${shortWord(state)}'`}` };
  const failed = (await ask('systemctl', 'list-units', '--failed', '--plain', '--no-legend'))
    .split('\n')
    .map((line) => shortWord(line.trim().split(/\s/)[0] ?? ''))
    .filter((unit) => unit !== '');
  const told = failed.slice(0, mostUnits).join(', ');
  const more = failed.length > mostUnits ? `, and ${failed.length - mostUnits} more` : '';
  return { missing: '', came: `its systemd says that it is running, without ${told || 'all'}${more}` };
}

/** The container's words. */
function shortWord(text: string): string {
  return text.replaceAll(/\p{C}/gu, ' ').slice(0, longestUnit).toWellFormed();
}
