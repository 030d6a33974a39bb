// The steps of a start that VMs and containers have alike: the hook script's, the volumes, the note of what it runs with, the way back.
import type { Attachment } from '../../../storage-plugins/plugin.ts';
import type { VmConfig } from '../../guests/config/config-keys.ts';
import type { GuestKind } from '../../guests/config/guest-document.ts';
import { type SavedRun, startConfig } from '../../guests/config/saved-run.ts';
import { changeGuest, findGuest, readGuest } from '../../guests/guest-documents.ts';
import type { GuestRunParts } from '../../guests/guest-run-parts.ts';
import { attachVolume, detachVolume } from '../../guests/guest-volumes.ts';
import type { TaskContext, TaskStep } from '../task.ts';
import type { GuestTarget } from './guest-task-names.ts';

export interface GuestStartState {
  /** Volumes that were attached for this start, by their key. */
  attachments: Record<string, Attachment>;
  /** What it was started with. */
  config: VmConfig;
  /** The run that it goes on with, whose memory was on a disk. */
  saved: SavedRun | null;
  /** It did: its disks are past that memory. */
  wentOn: boolean;
}

/** A volume that a start opens, by its key in the configuration. */
export interface OpenedVolume {
  readonly key: string;
  readonly volume: string;
}

type Steps<P extends GuestTarget> = TaskStep<P, GuestStartState>[];

/**
 * What comes first: the last run's end is waited for, the hook script is asked, then `volumesOf` are attached. A script that fails keeps
 * the guest from starting; nothing has been done then.
 */
export function beforeStartSteps<P extends GuestTarget>(
  parts: GuestRunParts,
  kind: GuestKind,
  volumesOf: (vmid: number, config: VmConfig) => readonly OpenedVolume[],
): Steps<P> {
  return [
    {
      name: 'pre-start',
      lossy: true,
      async run(context, { vmid }) {
        await parts.ends.settle(vmid, context);
        // It runs when this step is tried again after a crash that a later one survived.
        if (runs(parts, vmid)) return;
        await parts.hooks.run(context, vmid, 'pre-start', startConfig(readGuest(parts.store, vmid, kind)));
      },
    },
    {
      name: 'attach-volumes',
      async run(context, { vmid }) {
        const document = readGuest(parts.store, vmid, kind);
        const config = startConfig(document);
        const attachments: Record<string, Attachment> = {};
        for (const { key, volume } of volumesOf(vmid, config))
          attachments[key] = await attachVolume(parts.storages, context, volume);
        return { config, attachments, saved: document.suspended ?? null };
      },
      async undo(context, { vmid }) {
        const document = findGuest(parts.store, vmid);
        if (!document || runs(parts, vmid)) return;
        for (const { volume } of volumesOf(vmid, startConfig(document)))
          await detachVolume(parts.storages, context, volume);
      },
    },
  ];
}

/** What comes when it runs: that is noted, and the hook script told. */
export function afterStartSteps<P extends GuestTarget>(parts: GuestRunParts): Steps<P> {
  return [
    {
      name: 'note-running',
      lossy: true,
      async run(context, { vmid }, { config = {} }) {
        await changeGuest(parts.store, vmid, (document) => ({ ...document, running: config }));
        // It may have ended by itself before this was written; then nobody else would take the note away.
        await parts.ends.settle(vmid, context);
      },
    },
    {
      name: 'post-start',
      lossy: true,
      async run(context, { vmid }, { config = {} }) {
        if (runs(parts, vmid)) await parts.hooks.run(context, vmid, 'post-start', config);
      },
    },
  ];
}

/** The way back of the step that starts it: it is stopped, and that end is one like every other. */
export async function undoStart(parts: GuestRunParts, context: TaskContext, vmid: number): Promise<void> {
  // By this note its end is known as one, also where it was not written yet.
  if (runs(parts, vmid))
    await changeGuest(parts.store, vmid, (document) => ({ running: startConfig(document), ...document }));
  await parts.ends.telling(vmid, context, async () => {
    await parts.driver.stop(context, vmid);
    await parts.states.refresh();
    await parts.ends.settle(vmid);
  });
}

function runs({ states }: GuestRunParts, vmid: number): boolean {
  return states.stateOf(vmid) !== 'stopped';
}

/** Steps that only some tasks of a kind take, by their parameters; the others neither do nor undo them. */
export function onlyWhen<P, S>(
  wanted: (params: P) => boolean,
  steps: readonly TaskStep<P, S>[],
): TaskStep<P, S>[] {
  return steps.map((step) => ({
    ...step,
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
