// The steps that bring a container up, shared by starting, rebooting, rolling back and creating with a start.
import { readCtConfig } from '../../guests/ct/config/read-ct-config.ts';
import type { CtStart } from '../../guests/ct/ct-driver.ts';
import type { CtStartParams } from '../../guests/ct/ct-params.ts';
import { isRunning } from '../../guests/ct/ct-state-rules.ts';
import type { CtTaskParts } from '../../guests/ct/ct-task-parts.ts';
import { mountedVolumes } from '../../guests/ct/volume-keys.ts';
import type { TaskStep } from '../task.ts';
import { afterStartSteps, beforeStartSteps, type GuestStartState, undoStart } from './guest-start-steps.ts';

/** Attach the volumes, mount them, write what the system inside needs to know, start it, note what it runs with. */
export function ctStartSteps<P extends CtStartParams>(parts: CtTaskParts): TaskStep<P, GuestStartState>[] {
  const rendered = ({ vmid, debug = false }: P, state: Readonly<Partial<GuestStartState>>): CtStart => {
    const { config = {}, attachments = {} } = state;
    const start = parts.renderStart(vmid, config, new Map(Object.entries(attachments)));
    return { ...start, debug: start.debug || debug };
  };
  return [
    ...beforeStartSteps<P>(parts, 'lxc', (_vmid, config) => mountedVolumes(config)),
    {
      // With what the system inside needs to know, written into the root: there is nothing to undo of that.
      name: 'mount',
      async run(context, params, state) {
        if (isRunning(parts, params.vmid)) return;
        const { mounts, unprivileged } = rendered(params, state);
        const root = await parts.driver.mount(context, params.vmid, mounts, unprivileged);
        const model = readCtConfig({ vmid: params.vmid, config: state.config ?? {} });
        await parts.setup.apply(context, root, model, await parts.facts());
      },
      async undo(_context, { vmid }) {
        if (!isRunning(parts, vmid)) await parts.driver.unmount(vmid);
      },
    },
    {
      name: 'start',
      async run(context, params, state) {
        for (const warning of parts.driver.warnings()) context.log(`this host: ${warning}`);
        const start = rendered(params, state);
        // Mounted already, unless the daemon ended in between: at its start it takes away what is mounted for nobody.
        if (!isRunning(parts, params.vmid))
          await parts.driver.mount(context, params.vmid, start.mounts, start.unprivileged);
        await parts.driver.start(context, start);
        await parts.states.refresh();
      },
      undo: (context, { vmid }) => undoStart(parts, context, vmid),
    },
    ...afterStartSteps<P>(parts),
  ];
}
