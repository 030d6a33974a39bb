// The steps that bring a VM up, shared by starting, rebooting and creating with a start.

import type { Attachment } from '../../../storage-plugins/plugin.ts';
import type { VmConfig } from '../../guests/config/config-keys.ts';
import { readVmConfig } from '../../guests/config/read-vm-config.ts';
import {
  changeGuest,
  findGuest,
  forgetRunning,
  readGuest,
  withoutRunning,
} from '../../guests/guest-documents.ts';
import { attachVolume, detachVolume } from '../../guests/guest-volumes.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import type { TaskContext, TaskStep } from '../task.ts';

export interface VmParams {
  readonly vmid: number;
}

export interface StartState {
  /** Volumes that were attached for this start, by the drive's key. */
  attachments: Record<string, Attachment>;
  /** What it was started with. */
  config: VmConfig;
}

/** Attach the volumes, start the domain, note what it runs with. */
export function startSteps<P extends VmParams>(parts: VmParts): TaskStep<P, StartState>[] {
  return [
    {
      name: 'attach-volumes',
      async run(context, { vmid }) {
        const { config } = readGuest(parts.store, vmid);
        return { config, ...(await attachAll(parts, context, vmid, config)) };
      },
      async undo(context, { vmid }) {
        const document = findGuest(parts.store, vmid);
        if (!document || parts.states.stateOf(vmid) !== 'stopped') return;
        for (const { volume } of volumesOf(vmid, document.config))
          await detachVolume(parts.storages, context, volume);
      },
    },
    {
      name: 'start-domain',
      async run(context, { vmid }, { config = {}, attachments = {} }) {
        const start = parts.renderStart(vmid, config, new Map(Object.entries(attachments)));
        await parts.driver.start(context, start);
        await parts.states.refresh();
        const observed = parts.states.observed(vmid);
        if (observed?.accelerated === false) {
          context.log('runs without hardware acceleration: slow');
        }
        return undefined;
      },
      async undo(context, { vmid }) {
        await parts.driver.stop(context, vmid);
        await parts.states.refresh();
        // After the note of the next step was written, too: that step has nothing else to undo.
        await forgetRunning(parts.store, vmid);
      },
    },
    {
      name: 'note-running',
      async run(_context, { vmid }, { config = {} }) {
        await changeGuest(parts.store, vmid, (document) => ({ ...document, running: config }));
        // It may have ended by itself before this was written; then nobody else would take the note away.
        if (parts.states.stateOf(vmid) === 'stopped') await changeGuest(parts.store, vmid, withoutRunning);
        return undefined;
      },
    },
  ];
}

/** Attaches every volume that the configuration names; which volume is missing is said. */
async function attachAll(parts: VmParts, context: TaskContext, vmid: number, config: VmConfig) {
  const attachments: Record<string, Attachment> = {};
  for (const { key, volume } of volumesOf(vmid, config)) {
    attachments[key] = await attachVolume(parts.storages, context, volume);
  }
  return { attachments };
}

/** What a start opens, by the drive's key. */
function volumesOf(vmid: number, config: VmConfig): { key: string; volume: string }[] {
  const model = readVmConfig({ vmid, config });
  const volumes = model.drives.flatMap(({ key, volume }) => (volume === undefined ? [] : [{ key, volume }]));
  return model.efiDisk ? [...volumes, { key: 'efidisk0', volume: model.efiDisk.volume }] : volumes;
}
