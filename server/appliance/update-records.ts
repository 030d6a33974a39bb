// The files in `update/` of the state: what is pending, why a trial found itself sick, what came of the newest one.
import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { updateOutcome } from '../contract/appliance.ts';
import { slots } from '../core/appliance-layout.ts';
import { flushToDiskSync } from '../core/flush-to-disk.ts';
import { writePrivateFile } from '../core/private-file.ts';

const slotVersion = z.object({ slot: z.enum(slots), version: z.string() });

/** What was well before the switch; the trial asks for no more than that. */
const baseline = z.object({
  /** Had an interface an address that others can reach? */
  addressUp: z.boolean(),
  /** Ids of the storages that were active. */
  storages: z.array(z.string()),
  /** Guests that ran and start with the machine. */
  guests: z.array(z.number().int()),
});
export type Baseline = z.output<typeof baseline>;

const pendingSwitch = z.object({
  from: slotVersion,
  to: slotVersion,
  /** Seconds since the epoch. */
  at: z.number(),
  /** Of the boot that asked for it: while the machine runs on, nothing has come of it yet. */
  bootId: z.string(),
  baseline,
});
export type PendingSwitch = z.output<typeof pendingSwitch>;

const sickReport = z.object({ at: z.number(), reasons: z.array(z.string()) });
export type SickReport = z.output<typeof sickReport>;

export type UpdateOutcome = z.output<typeof updateOutcome>;

/** Each write replaces its file in one step and is on disk when it returns. Reading a damaged file is as if there were none. */
export interface UpdateRecords {
  pending(): PendingSwitch | undefined;
  writePending(pending: PendingSwitch): void;
  removePending(): void;
  sick(): SickReport | undefined;
  writeSick(report: SickReport): void;
  removeSick(): void;
  last(): UpdateOutcome | undefined;
  writeLast(outcome: UpdateOutcome): void;
  /** Changes when one of the files does; costs three stat calls. */
  fingerprint(): string;
}

/** `stateFolder` is `/state`. The files are small and seldom written: all calls are synchronous. */
export function createUpdateRecords(stateFolder: string): UpdateRecords {
  const folder = join(stateFolder, 'update');
  const files = {
    pending: join(folder, 'pending.json'),
    sick: join(folder, 'sick.json'),
    last: join(folder, 'last.json'),
  };
  const write = (path: string, value: unknown) => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writePrivateFile(path, `${JSON.stringify(value, undefined, 2)}\n`);
    flushToDiskSync(folder);
  };
  const remove = (path: string) => {
    if (modified(path) === undefined) return;
    rmSync(path, { force: true });
    flushToDiskSync(folder);
  };
  return {
    pending: () => read(files.pending, pendingSwitch),
    writePending: (value) => write(files.pending, value),
    removePending: () => remove(files.pending),
    sick: () => read(files.sick, sickReport),
    writeSick: (value) => write(files.sick, value),
    removeSick: () => remove(files.sick),
    last: () => read(files.last, updateOutcome),
    writeLast: (value) => write(files.last, value),
    fingerprint: () => Object.values(files).map(modified).join(),
  };
}

function read<T extends z.ZodType>(path: string, schema: T): z.output<T> | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}

function modified(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}
