// Task `imageswitch`: the other slot boots once, on trial: an update that was written, or the previous version.
import type { BootChoices } from '../../appliance/boot-choice.ts';
import type { RebootSoon } from '../../appliance/reboot-soon.ts';
import type { SlotFiles } from '../../appliance/slot-files.ts';
import { readSlot, verifySlot } from '../../appliance/slots.ts';
import type { Baseline, UpdateRecords } from '../../appliance/update-records.ts';
import type { SlotWriter } from '../../appliance/write-slot.ts';
import type { Slot } from '../../core/appliance-layout.ts';
import { otherSlot } from '../../core/appliance-layout.ts';
import { type Clock, epochSeconds } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { TaskKind } from '../task.ts';
import { slotsLock } from './image-update.ts';

export interface ImageSwitchParts {
  readonly files: SlotFiles;
  readonly boot: BootChoices;
  readonly records: UpdateRecords;
  readonly writer: Pick<SlotWriter, 'target'>;
  readonly runningVersion: string;
  /** Of the state as it is now; undefined without a state. */
  readonly stateSchema: () => number | undefined;
  readonly baseline: () => Promise<Baseline>;
  readonly reboot: RebootSoon;
  /** Of this boot. */
  readonly bootId: string;
  readonly clock: Clock;
  /** What boots next has changed. */
  readonly changed: () => void;
}

interface SwitchState {
  readonly slot: Slot;
  readonly version: string;
}

/** Undone as long as the machine has not rebooted; from then on the trial decides. */
export function imageSwitchKind(parts: ImageSwitchParts): TaskKind<object, SwitchState> {
  const { files, boot, records } = parts;

  /** The slot that would boot. Throws when it cannot, or must not. */
  async function target(): Promise<Slot> {
    const slot = await parts.writer.target();
    const { manifest, problem } = await readSlot(files, slot);
    if (!manifest || problem !== undefined)
      throw new AppError('wrong-state', `slot ${slot} cannot boot: ${problem}`);
    const schema = parts.stateSchema();
    if (schema !== undefined && manifest.stateSchema < schema)
      throw new AppError(
        'unsupported',
        `version ${manifest.version} in slot ${slot} cannot read this machine's state: it knows layout ${manifest.stateSchema}, the state has ${schema}`,
      );
    return slot;
  }

  /** Recovery after a reboot is too late to take anything back: the trial has begun, or is over. */
  const stillOurs = () => {
    const pending = records.pending();
    return pending === undefined || pending.bootId === parts.bootId;
  };

  return {
    type: 'imageswitch',
    describe: () => 'System - Boot the other slot',
    objectId: () => '',
    locks: () => slotsLock,
    check: async () => void (await target()),
    steps: [
      {
        name: 'verify',
        async run(context) {
          const slot = await target();
          context.log(`reading slot ${slot}`);
          const { version } = await verifySlot(files, slot, context);
          context.log(`slot ${slot} holds version ${version}, all files are as they were written`);
          return { slot, version };
        },
      },
      {
        name: 'note',
        async run(context, _params, { slot, version }) {
          const to = known(slot, version);
          const baseline = await parts.baseline();
          records.removeSick();
          records.writePending({
            from: { slot: otherSlot(to.slot), version: parts.runningVersion },
            to,
            at: epochSeconds(parts.clock),
            bootId: parts.bootId,
            baseline,
          });
          context.log(
            `well now, and asked for on trial: ${[
              'the daemon',
              ...(baseline.addressUp ? ['a network address'] : []),
              ...baseline.storages.map((id) => `storage ${id}`),
              ...baseline.guests.map((vmid) => `guest ${vmid}`),
            ].join(', ')}`,
          );
        },
        async undo() {
          if (stillOurs()) records.removePending();
          parts.changed();
        },
      },
      {
        name: 'try',
        async run(context, _params, { slot, version }) {
          const to = known(slot, version);
          for (const problem of await boot.write({ try: to.slot }, { rebuild: false })) context.warn(problem);
          parts.changed();
        },
        async undo() {
          if (stillOurs()) await boot.write({ try: undefined }, { rebuild: false });
        },
      },
      {
        name: 'reboot',
        async run(context, _params, { slot }) {
          parts.reboot.ask();
          context.log(`rebooting into slot ${slot}, on trial`);
        },
        async undo() {
          parts.reboot.cancel();
        },
      },
    ],
    afterCrash: 'unwind',
    cancellable: true,
  };
}

function known(slot: Slot | undefined, version: string | undefined): SwitchState {
  if (slot === undefined || version === undefined)
    throw new AppError('internal', 'the slot to boot was not chosen');
  return { slot, version };
}
