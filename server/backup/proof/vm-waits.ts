// Waits for a VM that is tried: for its agent, its screen, or that it runs on; and takes the last picture of its screen.
import { AppError, asAppError } from '../../core/errors.ts';
import { mebibyte } from '../../core/units.ts';
import type { WorkContext } from '../../core/work-context.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import { ScreenJudge } from './screen-judge.ts';
import { type Picture, readPicture, renderPng } from './screen-picture.ts';
import type { CameUp, Seen, Trial } from './trial.ts';

export type VmWaitParts = Pick<VmParts, 'driver' | 'states' | 'clock'>;

/** Milliseconds between two looks. */
const lookMs = 2000;
/** Seconds that the agent has for an answer. */
const agentSeconds = 5;
/** Milliseconds for which a VM is to run on. */
const runsOnMs = 60_000;
/** A system that boots reads as much of its disks. */
const leastReadBytes = 4 * mebibyte;
/** A guest that was reset so often starts over and over. */
const mostResets = 3;
/** Characters of the guest's own words. */
const longestWord = 80;

interface Look {
  /** Of this look; what came, when it is up. */
  readonly came?: string | undefined;
  /** What is still missing, for the time that it does not come. */
  readonly missing: string;
}

/** Rejects only when it is broken off, or nobody can say what the guest does. */
export async function vmComesUp(parts: VmWaitParts, context: WorkContext, trial: Trial): Promise<Seen> {
  const { driver, states, clock } = parts;
  const { vmid, timeoutSeconds } = trial;
  const begunMs = clock.now();
  let resets = 0;
  const stop = states.watch((observation) => {
    if (observation.vmid === vmid && observation.reason === 'reset') resets += 1;
  });
  const accelerated = states.observed(vmid)?.accelerated;
  const accelerator = accelerated === undefined ? undefined : accelerated ? 'kvm' : 'tcg';
  const eyes = new Eyes(parts, vmid, accelerator ?? 'tcg');
  const end = async (outcome: Pick<CameUp, 'came' | 'problem'>): Promise<Seen> => ({
    up: {
      ...outcome,
      seconds: Math.round((clock.now() - begunMs) / 100) / 10,
      readBytes: eyes.readBytes,
      ...(accelerator ? { accelerator } : {}),
    },
    picture: await eyes.picture(),
  });
  try {
    for (;;) {
      context.signal.throwIfAborted();
      const trouble = troubleOf(parts, vmid, resets);
      if (trouble !== undefined) return await end({ problem: trouble });
      const { came, missing } = await lookAt(parts, trial, eyes, begunMs);
      if (came !== undefined) return await end({ came });
      const passedMs = clock.now() - begunMs;
      if (passedMs >= timeoutSeconds * 1000)
        return await end({ problem: `${missing} (waited ${timeoutSeconds} s)` });
      context.progress(passedMs / 1000 / timeoutSeconds);
      await clock.sleep(lookMs, context.signal);
    }
  } finally {
    stop();
  }

  function lookAt(all: VmWaitParts, { wait }: Trial, seeing: Eyes, sinceMs: number): Promise<Look> {
    if (wait === 'agent') return agentAnswers(driver, seeing, vmid);
    return wait === 'screen' ? seeing.screen() : runsOn(all, seeing, sinceMs);
  }
}

function troubleOf({ states }: VmWaitParts, vmid: number, resets: number): string | undefined {
  const halted = states.observed(vmid)?.halted;
  if (states.stateOf(vmid) === 'stopped') return 'it ended by itself';
  if (halted === 'crashed') return 'its system crashed';
  if (halted === 'io-error') return 'it stands: reading or writing one of its disks failed';
  return resets >= mostResets ? `it starts over and over: ${resets} times` : undefined;
}

async function agentAnswers(driver: VmWaitParts['driver'], eyes: Eyes, vmid: number): Promise<Look> {
  try {
    await driver.agentCommand(vmid, JSON.stringify({ execute: 'guest-ping' }), agentSeconds);
  } catch {
    await eyes.measure();
    return { missing: 'its agent does not answer' };
  }
  await eyes.measure();
  const name = await driver
    .agentCommand(vmid, JSON.stringify({ execute: 'guest-get-osinfo' }), agentSeconds)
    .then((text) =>
      String((JSON.parse(text) as { return?: Record<string, unknown> }).return?.['pretty-name'] ?? ''),
    )
    .catch(() => '');
  const clean = name
    .replaceAll(/[\p{C}()\s]+/gu, ' ')
    .trim()
    .slice(0, longestWord)
    .toWellFormed();
  return { missing: '', came: clean === '' ? 'its agent answers' : `its agent answers (${clean})` };
}

async function runsOn({ clock }: VmWaitParts, eyes: Eyes, begunMs: number): Promise<Look> {
  await eyes.measure();
  const isRead = eyes.readBytes >= leastReadBytes;
  if (isRead && clock.now() - begunMs >= runsOnMs)
    return {
      missing: '',
      came: `it runs, and has read ${Math.round(eyes.readBytes / mebibyte)} MiB of its disks`,
    };
  return { missing: isRead ? 'it did not run long enough' : 'it reads nothing of its disks' };
}

/** Looks at the guest from outside. What cannot be seen now is no reason to give up. */
class Eyes {
  readonly #parts: VmWaitParts;
  readonly #vmid: number;
  readonly #judge: ScreenJudge;
  #last: Picture | undefined;
  readBytes = 0;
  #cpuTimeNs = 0;

  constructor(parts: VmWaitParts, vmid: number, accelerator: 'kvm' | 'tcg') {
    this.#parts = parts;
    this.#vmid = vmid;
    this.#judge = new ScreenJudge(accelerator);
  }

  async measure(): Promise<void> {
    const all = await this.#parts.driver.stats().catch(() => []);
    const found = all.find(({ vmid }) => vmid === this.#vmid);
    // Counters begin anew when a guest is reset.
    this.readBytes = Math.max(this.readBytes, found?.diskReadBytes ?? 0);
    this.#cpuTimeNs = found?.cpuTimeNs ?? this.#cpuTimeNs;
  }

  async screen(): Promise<Look> {
    await this.measure();
    const problem = await this.#look();
    if (problem !== undefined || !this.#last) return { missing: `its screen cannot be seen: ${problem}` };
    const { readBytes } = this;
    const sight = { at: this.#parts.clock.now(), picture: this.#last, readBytes, cpuTimeNs: this.#cpuTimeNs };
    const stoodMs = this.#judge.see(sight);
    if (stoodMs === undefined)
      return { missing: this.#judge.whyNot(sight) ?? 'its screen does not stand still' };
    const size = `${this.#last.width}x${this.#last.height}`;
    const still = `its screen (${size}) has stood still for ${Math.round(stoodMs / 1000)} s`;
    return { missing: '', came: `${still}, with ${Math.round(readBytes / mebibyte)} MiB of its disks read` };
  }

  /** The newest picture that could be taken. */
  async picture(): Promise<Uint8Array | undefined> {
    await this.#look();
    return this.#last && (await renderPng(this.#last));
  }

  async #look(): Promise<string | undefined> {
    try {
      const { data } = await this.#parts.driver.screenshot(this.#vmid);
      this.#last = await readPicture(data);
      return undefined;
    } catch (error) {
      return error instanceof AppError ? asAppError(error).message : 'no picture came';
    }
  }
}
