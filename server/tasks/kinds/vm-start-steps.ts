// The steps that bring a VM up, shared by starting, rebooting and creating with a start.
import type { VmConfig } from '../../guests/config/config-keys.ts';
import { readVmConfig } from '../../guests/config/read-vm-config.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import type { TaskStep } from '../task.ts';
import {
  afterStartSteps,
  beforeStartSteps,
  type GuestStartState,
  type OpenedVolume,
  undoStart,
} from './guest-start-steps.ts';
import type { GuestTarget } from './guest-task-names.ts';

/** Attach the volumes, start the domain, note what it runs with. */
export function startSteps<P extends GuestTarget>(parts: VmParts): TaskStep<P, GuestStartState>[] {
  return [
    ...beforeStartSteps<P>(parts, 'qemu', volumesOf),
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
      },
      undo: (context, { vmid }) => undoStart(parts, context, vmid),
    },
    ...afterStartSteps<P>(parts),
  ];
}

/** What a start opens, by the drive's key. */
function volumesOf(vmid: number, config: VmConfig): OpenedVolume[] {
  const model = readVmConfig({ vmid, config });
  const volumes = model.drives.flatMap(({ key, volume }) => (volume === undefined ? [] : [{ key, volume }]));
  return model.efiDisk ? [...volumes, { key: 'efidisk0', volume: model.efiDisk.volume }] : volumes;
}
