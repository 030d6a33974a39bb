// The slots' parts put together for the daemon: what its routes and task kinds need of this folder, in one object.
import { appliancePaths } from '../core/appliance-layout.ts';
import type { Clock } from '../core/clock.ts';
import { asAppError } from '../core/errors.ts';
import type { Exec } from '../core/exec.ts';
import type { Logger } from '../core/log.ts';
import { readUpdate } from '../core/update-reader.ts';
import { type ApplianceService, createApplianceService } from './appliance-service.ts';
import { type BootChoices, createBootChoices } from './boot-choice.ts';
import { isOnTrial, readBootFacts, readBootId, readStateSchema, requireSlot } from './boot-facts.ts';
import { createEspPartitions } from './esp-partitions.ts';
import type { Power } from './power.ts';
import { createRebootSoon, type RebootSoon } from './reboot-soon.ts';
import { createSlotFiles, type SlotFiles } from './slot-files.ts';
import { readUpdateKeys } from './update-keys.ts';
import { type Baseline, createUpdateRecords, type UpdateRecords } from './update-records.ts';
import { createUploadOffers, type UploadOffers } from './upload-offers.ts';
import { createSlotWriter, type SlotWriter } from './write-slot.ts';

export interface ApplianceParts {
  readonly exec: Exec;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly power: Power;
  /** Croft's own, shown where the image does not tell one. */
  readonly version: string;
  readonly baseline: () => Promise<Baseline>;
  /** After something that the status shows has changed. */
  readonly onChange: () => void;
}

export interface Appliance {
  readonly service: ApplianceService;
  readonly uploads: UploadOffers;
  readonly files: SlotFiles;
  readonly boot: BootChoices;
  readonly records: UpdateRecords;
  readonly writer: SlotWriter;
  readonly reboot: RebootSoon;
  readonly runningVersion: string;
  readonly bootId: string;
  readonly clock: Clock;
  readonly stateSchema: () => number | undefined;
  readonly baseline: () => Promise<Baseline>;
  readonly changed: () => void;
  /** Takes back a reboot that has not begun. */
  close(): void;
}

/** Touches nothing until `service.open` is called; on a machine without the image it refuses everything, saying why. */
export function createAppliance(parts: ApplianceParts): Appliance {
  const { exec, clock, log, baseline } = parts;
  const paths = appliancePaths;
  const facts = readBootFacts(paths);
  const files = createSlotFiles(paths.system, exec, clock);
  const boot = createBootChoices(createEspPartitions({ exec, clock }));
  const records = createUpdateRecords(paths.state);
  const stateSchema = () => readStateSchema(paths);
  const writer = createSlotWriter({
    ...{ files, boot, stateSchema, readUpdate },
    runningSlot: () => requireSlot(facts),
    onTrial: () => isOnTrial(paths),
    publicKeys: () => readUpdateKeys(paths.updateKeys),
  });
  const { version, onChange } = parts;
  const service = createApplianceService({
    ...{ boot, files, records, writer, clock, log, version, onChange, paths, facts },
  });
  const reboot = createRebootSoon(clock, parts.power, (error) =>
    log.warn(`the reboot did not begin: ${asAppError(error).message}`),
  );
  return {
    ...{ service, files, boot, records, writer, reboot, clock, stateSchema, baseline },
    uploads: createUploadOffers(),
    runningVersion: facts.image?.version ?? version,
    bootId: readBootId(),
    changed: service.changed,
    close: reboot.cancel,
  };
}
