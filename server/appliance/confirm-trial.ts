// `croft image confirm --trial`: watches the health of a slot on trial, keeps it when it is well, says why when it is not.
import { rmSync } from 'node:fs';
import { appliancePaths } from '../core/appliance-layout.ts';
import { type Clock, epochSeconds, systemClock } from '../core/clock.ts';
import { AppError, asAppError } from '../core/errors.ts';
import { type Exec, exec } from '../core/exec.ts';
import { reachableAddresses } from '../core/reachable-addresses.ts';
import { type BootChoices, createBootChoices } from './boot-choice.ts';
import { type AppliancePaths, isOnTrial, readBootFacts, requireSlot } from './boot-facts.ts';
import { createEspPartitions } from './esp-partitions.ts';
import { createLocalGet } from './local-get.ts';
import { keepSlot } from './trial.ts';
import { type TrialCheck, type TrialProbe, trialChecks } from './trial-checks.ts';
import { type Baseline, createUpdateRecords, type UpdateRecords } from './update-records.ts';

export interface HealthWatch {
  readonly checks: readonly TrialCheck[];
  readonly probe: TrialProbe;
  readonly baseline: Baseline;
  readonly clock: Clock;
  /** Told of each check when its result changes. */
  readonly say: (line: string) => void;
  /** Milliseconds: until it must be healthy, how long it must stay so, the pause between two looks. */
  readonly limitMs: number;
  readonly steadyMs: number;
  readonly pauseMs: number;
  /** Why waiting longer is of no use, when something is missing; undefined while it may still come. */
  readonly hopeless?: (() => Promise<string | undefined>) | undefined;
}

/** What is still missing when time is up; empty when all was well for `steadyMs` in a row. Never rejects. */
async function watchHealth(watch: HealthWatch): Promise<readonly string[]> {
  const { clock, say } = watch;
  const deadline = clock.now() + watch.limitMs;
  const known = new Map<string, string>();
  let wellSince: number | undefined;
  for (;;) {
    const missing: string[] = [];
    for (const { name, check } of watch.checks) {
      const result = await check(watch.probe, watch.baseline).catch((error: unknown) =>
        error instanceof AppError ? error.message : 'it answers something unexpected',
      );
      if (known.get(name) !== (result ?? ''))
        say(result === undefined ? `${name}: well` : `${name}: waiting: ${result}`);
      known.set(name, result ?? '');
      if (result !== undefined) missing.push(`${name}: ${result}`);
    }
    const now = clock.now();
    wellSince = missing.length > 0 ? undefined : (wellSince ?? now);
    if (wellSince !== undefined && now - wellSince >= watch.steadyMs) return [];
    if (missing.length > 0) {
      const why = await watch.hopeless?.().catch(() => undefined);
      if (why !== undefined) return [...missing, why];
    }
    // One that is well when time is up may show that it stays so.
    if (now >= deadline && missing.length > 0) return missing;
    await clock.sleep(watch.pauseMs);
  }
}

export interface ConfirmTrialParts {
  readonly paths: AppliancePaths;
  readonly records: UpdateRecords;
  readonly boot: BootChoices;
  readonly probe: TrialProbe;
  readonly clock: Clock;
  readonly checks?: readonly TrialCheck[];
  readonly hopeless?: HealthWatch['hopeless'];
  readonly times?: Partial<Pick<HealthWatch, 'limitMs' | 'steadyMs' | 'pauseMs'>>;
}

const nothingBefore: Baseline = { addressUp: false, storages: [], guests: [] };

/**
 * True when the slot is kept, or was none on trial. False when it must not be: the reason is in the records then, and
 * whoever called is to reboot into the default slot. Rejects only when it could not even write that down.
 */
export async function confirmTrial(parts: ConfirmTrialParts, say: (line: string) => void): Promise<boolean> {
  const { paths, records, clock } = parts;
  const facts = readBootFacts(paths);
  const running = requireSlot(facts);
  const version = facts.image?.version ?? '';
  if (!isOnTrial(paths)) {
    say(`slot ${running} is not on trial: there is nothing to confirm`);
    return true;
  }
  const baseline = records.pending()?.baseline;
  if (!baseline) say('what was well before is not known: only the daemon is asked for');
  const missing = await watchHealth({
    ...{ limitMs: 8 * 60_000, steadyMs: 20_000, pauseMs: 2_000, ...parts.times },
    checks: parts.checks ?? trialChecks,
    probe: parts.probe,
    baseline: baseline ?? nothingBefore,
    hopeless: parts.hopeless,
    clock,
    say,
  });
  const reasons = missing.length > 0 ? missing : await keep();
  if (reasons.length === 0) return true;
  for (const reason of reasons) say(`not kept: ${reason}`);
  records.writeSick({ at: epochSeconds(clock), reasons: [...reasons] });
  return false;

  async function keep(): Promise<string[]> {
    try {
      for (const problem of await keepSlot(parts, { running, version, now: epochSeconds(clock) }))
        say(`warning: ${problem}`);
    } catch (error) {
      return [`healthy, but it could not be kept: ${asAppError(error).message}`];
    }
    rmSync(paths.trial, { force: true });
    say(`slot ${running} is kept: it boots by default from now on`);
    return [];
  }
}

export interface TrialOfThisMachine {
  /** The daemon's local socket. */
  readonly socketPath: string;
  /** Interfaces whose addresses do not count: the private bridge has one on every machine. */
  readonly exceptInterfaces: readonly string[];
}

const mostRestarts = 5;

/** systemd starts the daemon anew whenever it ends: one that ends that often within a trial will not get better. */
export async function crashesAgainAndAgain(run: Exec): Promise<string | undefined> {
  const { stdout } = await run('systemctl', ['show', '--property=NRestarts', '--value', 'croft.service'], {
    intention: 'ask how often the daemon was restarted',
  });
  const restarts = Number(stdout.trim());
  return restarts >= mostRestarts ? `the daemon ended ${restarts} times` : undefined;
}

/** `confirmTrial` with the real parts. */
export async function confirmTrialHere(
  { socketPath, exceptInterfaces }: TrialOfThisMachine,
  say: (line: string) => void,
): Promise<boolean> {
  const parts: ConfirmTrialParts = {
    paths: appliancePaths,
    records: createUpdateRecords(appliancePaths.state),
    boot: createBootChoices(createEspPartitions({ exec })),
    probe: { get: createLocalGet(socketPath), addresses: () => reachableAddresses(exceptInterfaces) },
    hopeless: () => crashesAgainAndAgain(exec),
    clock: systemClock,
  };
  return await confirmTrial(parts, say);
}
