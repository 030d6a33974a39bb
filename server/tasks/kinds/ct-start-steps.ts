// The steps that bring a container up, shared by starting, rebooting, rolling back and creating with a start.

import type { Attachment } from '../../../storage-plugins/plugin.ts';
import type { VmConfig } from '../../guests/config/config-keys.ts';
import { readCtConfig } from '../../guests/ct/config/read-ct-config.ts';
import type { CtStart } from '../../guests/ct/ct-driver.ts';
import type { CtStartParams } from '../../guests/ct/ct-params.ts';
import { isRunning } from '../../guests/ct/ct-state-rules.ts';
import type { CtTaskParts } from '../../guests/ct/ct-task-parts.ts';
import { mountedVolumes } from '../../guests/ct/volume-keys.ts';
import { changeGuest, findGuest, forgetRunning, readGuest } from '../../guests/guest-documents.ts';
import { attachVolume, detachVolume } from '../../guests/guest-volumes.ts';
import type { TaskContext, TaskStep } from '../task.ts';

export interface CtStartState {
  /** Volumes that were attached for this start, by their key. */
  attachments: Record<string, Attachment>;
  /** What it was started with. */
  config: VmConfig;
}

/** Attach the volumes, mount them, write what the system inside needs to know, start it, note what it runs with. */
export function ctStartSteps<P extends CtStartParams>(parts: CtTaskParts): TaskStep<P, CtStartState>[] {
  const rendered = ({ vmid, debug = false }: P, state: Readonly<Partial<CtStartState>>): CtStart => {
    const { config = {}, attachments = {} } = state;
    const start = parts.renderStart(vmid, config, new Map(Object.entries(attachments)));
    return { ...start, debug: start.debug || debug };
  };
  return [
    {
      name: 'attach-volumes',
      async run(context, { vmid }) {
        await parts.ends.settle(vmid);
        const { config } = readGuest(parts.store, vmid, 'lxc');
        return { config, attachments: await attachAll(parts, context, config) };
      },
      async undo(context, { vmid }) {
        const document = findGuest(parts.store, vmid);
        if (!document || isRunning(parts, vmid)) return;
        for (const { volume } of mountedVolumes(document.config))
          await detachVolume(parts.storages, context, volume);
      },
    },
    {
      name: 'mount',
      async run(context, params, state) {
        if (isRunning(parts, params.vmid)) return;
        const { mounts, unprivileged } = rendered(params, state);
        await parts.driver.mount(context, params.vmid, mounts, unprivileged);
      },
      async undo(_context, { vmid }) {
        if (!isRunning(parts, vmid)) await parts.driver.unmount(vmid);
      },
    },
    {
      name: 'set-up',
      async run(context, params, state) {
        if (isRunning(parts, params.vmid)) return;
        const { mounts, unprivileged } = rendered(params, state);
        // Mounted already: asked again for its path, so that nobody has to trust a stored one.
        const root = await parts.driver.mount(context, params.vmid, mounts, unprivileged);
        const model = readCtConfig({ vmid: params.vmid, config: state.config ?? {} });
        await parts.setup.apply(context, root, model, await parts.facts());
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
        await parts.ends.settle(vmid);
      },
    },
  ];
}

/** Steps that only some tasks of a kind take, by their parameters; the others neither do nor undo them. */
export function onlyWhen<P, S>(
  wanted: (params: P) => boolean,
  steps: readonly TaskStep<P, S>[],
): TaskStep<P, S>[] {
  return steps.map((step) => ({
    name: step.name,
    run: async (context, params, state) => (wanted(params) ? step.run(context, params, state) : undefined),
    ...(step.undo
      ? {
          undo: async (context: TaskContext, params: P, state: Readonly<Partial<S>>) => {
            if (wanted(params)) await step.undo?.(context, params, state);
          },
        }
      : {}),
  }));
}

/** Attaches every volume that the configuration mounts; the error names the one that is missing. */
async function attachAll(parts: CtTaskParts, context: TaskContext, config: VmConfig) {
  const attachments: Record<string, Attachment> = {};
  for (const { key, volume } of mountedVolumes(config))
    attachments[key] = await attachVolume(parts.storages, context, volume);
  return attachments;
}
