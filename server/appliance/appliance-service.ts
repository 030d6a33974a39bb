// The appliance as the API shows it: mode, slots, outcome of updates, warnings; and keeping the slot that runs.
import { rmSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import type { ApplianceStatus } from '../contract/appliance.ts';
import { flag } from '../contract/reply.ts';
import { appliancePaths, type Slot } from '../core/appliance-layout.ts';
import { type Clock, epochSeconds } from '../core/clock.ts';
import { AppError, asAppError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import type { BootChoice, BootChoices } from './boot-choice.ts';
import {
  type AppliancePaths,
  type BootFacts,
  isOnTrial,
  readBootFacts,
  readBootId,
  readStateSchema,
  requireSlot,
} from './boot-facts.ts';
import { mirrorWarnings } from './mirrors.ts';
import type { SlotFiles } from './slot-files.ts';
import { imageBytes, readSlots, type SlotContent } from './slots.ts';
import { keepSlot, settleTrial } from './trial.ts';
import type { UpdateRecords } from './update-records.ts';
import type { SlotWriter } from './write-slot.ts';

export interface ApplianceServiceParts {
  readonly boot: BootChoices;
  readonly files: SlotFiles;
  readonly records: UpdateRecords;
  readonly writer: Pick<SlotWriter, 'sweep'>;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  /** Shown where the image does not tell its own. */
  readonly version: string;
  /** After something of it changed. */
  readonly onChange?: () => void;
  readonly paths?: AppliancePaths;
  readonly facts?: BootFacts;
}

export interface ApplianceService {
  readonly facts: BootFacts;
  /** For the daemon's start, before tasks are recovered: left-overs go, a trial is settled. Never rejects. */
  open(): Promise<void>;
  /** From memory; what lies on disks is read again only after a change. Never rejects. */
  status(): Promise<ApplianceStatus>;
  /** Something on the disks changed: the next status reads again. */
  changed(): void;
  /** The running slot boots by default from now on. `unsupported` where there are no slots. */
  keep(): Promise<void>;
}

/** What is read from the disks by programs: kept until something changes. */
interface Reading {
  readonly slots: readonly SlotContent[];
  readonly choice: BootChoice | undefined;
  readonly problems: readonly string[];
}

const nearlyFull = 0.9;
const retryMs = 60_000;

export function createApplianceService(parts: ApplianceServiceParts): ApplianceService {
  const { boot, files, records, clock, log } = parts;
  const paths = parts.paths ?? appliancePaths;
  const facts = parts.facts ?? readBootFacts(paths);
  const version = facts.image?.version ?? parts.version;
  let reading: Promise<Reading> | undefined;
  let known = '';
  /** When a reading that failed is tried again. */
  let staleAt = Number.POSITIVE_INFINITY;

  /** The trial is confirmed by another process: seen by the files that it writes. */
  const fingerprint = () => `${records.fingerprint()} ${isOnTrial(paths)}`;

  async function read(): Promise<Reading> {
    const problems: string[] = [];
    const tell = (error: unknown) => {
      problems.push(asAppError(error).message);
      return undefined;
    };
    const choice = await boot.read().catch(tell);
    const slots = (await readSlots(files).catch(tell)) ?? [];
    if (problems.length > 0) staleAt = clock.now() + retryMs;
    return { slots, choice, problems: [...problems, ...(choice?.problems ?? [])] };
  }

  function current(): Promise<Reading> {
    const now = fingerprint();
    if (reading === undefined || now !== known || clock.now() >= staleAt) {
      known = now;
      staleAt = Number.POSITIVE_INFINITY;
      reading = read();
    }
    return reading;
  }

  function changed(): void {
    reading = undefined;
    parts.onChange?.();
  }

  /** A switch that was asked for, else what came of the newest update, as long as it still lies there. */
  function lastOutcome(slots: readonly SlotContent[]): ApplianceStatus['last'] {
    const pending = records.pending();
    if (pending)
      return { at: pending.at, outcome: 'pending', from: pending.from.version, to: pending.to.version };
    const last = records.last();
    const isThere = slots.some(({ manifest }) => manifest?.version === last?.to);
    return last?.outcome === 'pending' && !isThere ? undefined : last;
  }

  async function stateUsage(): Promise<ApplianceStatus['state']> {
    const schema = readStateSchema(paths);
    if (schema === undefined) return undefined;
    const { blocks, bavail, bsize } = await statfs(paths.state);
    return { schema, totalBytes: blocks * bsize, freeBytes: bavail * bsize };
  }

  async function installedStatus(running: Slot) {
    const { slots, choice, problems } = await current();
    const onTrial = isOnTrial(paths);
    const warnings = [...problems, ...slotWarnings(running, onTrial, slots, choice)];
    return {
      slot: running,
      slots: slots.map(({ name, manifest }) => ({
        name,
        ...(manifest
          ? { version: manifest.version, built: manifest.built, bytes: imageBytes(manifest) }
          : {}),
        running: flag(name === running),
        default: flag(name === choice?.slot),
      })),
      trial: flag(onTrial),
      last: lastOutcome(slots),
      warnings,
    };
  }

  return {
    facts,
    changed,

    async open() {
      if (facts.slot === undefined) return;
      try {
        for (const line of await parts.writer.sweep()) log.info(`system partition: ${line}`);
      } catch (error) {
        log.warn(`the system partition could not be tidied: ${asAppError(error).message}`);
      }
      try {
        const outcome = await settleTrial(
          { records, boot },
          {
            ...{ running: facts.slot, version, onTrial: isOnTrial(paths) },
            ...{ bootId: readBootId(), now: epochSeconds(clock) },
          },
        );
        if (outcome) log.info({ outcome }, 'what came of the update');
      } catch (error) {
        log.warn(`what came of the update could not be told: ${asAppError(error).message}`);
      }
      changed();
    },

    async status() {
      const state = facts.mode === 'installed' ? await stateUsage().catch(() => undefined) : undefined;
      const installed =
        facts.slot === undefined
          ? { slots: [], trial: flag(false), warnings: [], last: undefined }
          : await installedStatus(facts.slot);
      const { last, warnings, ...rest } = installed;
      return {
        ...{ mode: facts.mode, version, firmware: facts.firmware },
        ...(facts.image ? { built: facts.image.built } : {}),
        ...rest,
        ...(last ? { last } : {}),
        ...(state ? { state } : {}),
        warnings: [...warnings, ...mirrorWarnings(paths.sysBlock), ...stateWarnings(facts, state)],
      };
    },

    async keep() {
      const running = requireSlot(facts);
      const problems = await keepSlot({ records, boot }, { running, version, now: epochSeconds(clock) });
      rmSync(paths.trial, { force: true });
      changed();
      if (problems.length > 0)
        throw new AppError(
          'unavailable',
          `slot ${running} is kept, but not on every disk: ${problems.join('; ')}`,
        );
    },
  };
}

function slotWarnings(
  running: Slot,
  onTrial: boolean,
  slots: readonly SlotContent[],
  choice: BootChoice | undefined,
): string[] {
  const warnings: string[] = [];
  for (const { name, manifest, problem } of slots)
    if (problem !== undefined && (manifest || name === running))
      warnings.push(`Slot ${name} cannot boot: ${problem}`);
  if (!choice || onTrial) return warnings;
  if (choice.slot !== running)
    warnings.push(
      choice.slot === undefined
        ? 'No slot is set to boot by default'
        : `Slot ${running} runs, but ${choice.slot} boots by default`,
    );
  if (choice.try !== undefined) warnings.push(`Slot ${choice.try} boots on trial at the next start`);
  return warnings;
}

function stateWarnings(facts: BootFacts, state: ApplianceStatus['state']): string[] {
  if (facts.mode !== 'installed') return [];
  if (!state) return ['There is no state partition: what is changed now is lost at the next start'];
  const warnings: string[] = [];
  if (facts.image && state.schema > facts.image.stateSchema)
    warnings.push('The state was written by a newer version: this one does not use it');
  const used = 1 - state.freeBytes / state.totalBytes;
  if (used > nearlyFull) warnings.push(`State partition is ${Math.floor(used * 100)}% full`);
  return warnings;
}
