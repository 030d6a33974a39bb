// Tasks `vzsnapshot`, `vzdelsnapshot`: a moment of a container is kept to be gone back to, and given up again.

import { AppError, asAppError, invalidInput, notFound } from '../../core/errors.ts';
import { quietContext } from '../../core/work-context.ts';
import type { VmConfig } from '../../guests/config/config-keys.ts';
import { activeConfig } from '../../guests/config/guest-document.ts';
import type { CtDelSnapshotParams, CtSnapshotParams } from '../../guests/ct/ct-params.ts';
import { isRunning, readUnlocked } from '../../guests/ct/ct-state-rules.ts';
import { assertVolumesCan } from '../../guests/ct/ct-storages.ts';
import type { CtTaskParts } from '../../guests/ct/ct-task-parts.ts';
import { mountedVolumes } from '../../guests/ct/volume-keys.ts';
import { changeGuest } from '../../guests/guest-documents.ts';
import { withoutSnapshot, withSnapshot } from '../../guests/guest-snapshots.ts';
import { splitVolume } from '../../guests/volume-names.ts';
import type { TaskContext, TaskKind } from '../task.ts';
import { onContainer } from './guest-task-names.ts';

interface CtSnapshotState {
  volumes: readonly string[];
  config: VmConfig;
  /** It was running, not frozen by somebody else already: then it is frozen for the moment, and let go on. */
  freeze: boolean;
  snaptime: number;
}

export function ctSnapshotKind(parts: CtTaskParts): TaskKind<CtSnapshotParams, CtSnapshotState> {
  const volumesOf = (config: VmConfig) => mountedVolumes(config).map(({ volume }) => volume);
  const unfreeze = async (vmid: number) => {
    await parts.states.refresh();
    if (parts.states.stateOf(vmid) !== 'paused') return;
    await parts.driver.resume(vmid);
    await parts.states.refresh();
  };
  return {
    ...onContainer('vzsnapshot', 'Snapshot'),
    async check({ vmid, name }) {
      const document = readUnlocked(parts, vmid);
      const config = activeConfig(document);
      if (name === 'current') throw invalidInput({ snapname: "'current' means the present state" });
      if (config['template'] === 1)
        throw new AppError('wrong-state', `CT ${vmid} is a template: it does not change`);
      if (document.snapshots?.[name])
        throw new AppError('already-exists', `snapshot name '${name}' already used`);
      const live = isRunning(parts, vmid);
      await assertVolumesCan(parts.storages, quietContext(), volumesOf(config), 'snapshot', 'current', live);
      for (const volume of volumesOf(config)) {
        if ((await snapshotsOf(parts, quietContext(), volume)).includes(name))
          throw new AppError('already-exists', `${volume} has a snapshot '${name}' of its own already`);
      }
    },
    steps: [
      {
        name: 'plan',
        async run(_context, { vmid }) {
          const config = activeConfig(readUnlocked(parts, vmid));
          const freeze = parts.states.stateOf(vmid) === 'running';
          const snaptime = Math.floor(parts.clock.now() / 1000);
          return { config, volumes: volumesOf(config), freeze, snaptime };
        },
      },
      {
        name: 'take',
        async run(context, { vmid, name }, { volumes = [], freeze = false }) {
          if (freeze && parts.states.stateOf(vmid) === 'running') await parts.driver.pause(vmid);
          try {
            for (const volume of volumes) await takeOne(parts, context, volume, name);
          } finally {
            if (freeze) await unfreeze(vmid);
          }
        },
        async undo(context, { vmid, name }, { volumes = [], freeze = false }) {
          if (freeze) await unfreeze(vmid);
          for (const volume of volumes) await removeOne(parts, context, volume, name);
        },
      },
      {
        name: 'write-config',
        async run(_context, { vmid, name, description }, { config = {}, snaptime = 0 }) {
          await changeGuest(parts.store, vmid, (document) =>
            withSnapshot(document, name, { config, snaptime, description }),
          );
        },
        async undo(_context, { vmid, name }) {
          await changeGuest(parts.store, vmid, (document) => withoutSnapshot(document, name));
        },
      },
    ],
    afterCrash: 'unwind',
    cancellable: true,
  };
}

export function ctDelSnapshotKind(parts: CtTaskParts): TaskKind<CtDelSnapshotParams, object> {
  return {
    ...onContainer('vzdelsnapshot', 'Delete snapshot'),
    async check({ vmid, name, force = false }) {
      const found = readUnlocked(parts, vmid).snapshots?.[name];
      if (!found) throw notFound('snapshot', name);
      if (force || !isRunning(parts, vmid)) return;
      const volumes = mountedVolumes(found.config).map(({ volume }) => volume);
      await assertVolumesCan(parts.storages, quietContext(), volumes, 'snapshot', 'current', true);
    },
    steps: [
      {
        name: 'remove-volume-snapshots',
        async run(context, { vmid, name, force = false }) {
          const found = readUnlocked(parts, vmid).snapshots?.[name];
          for (const { volume } of found ? mountedVolumes(found.config) : []) {
            try {
              await removeOne(parts, context, volume, name);
            } catch (error) {
              if (!force || context.signal.aborted) throw error;
              context.warn(`${volume}: ${asAppError(error).message}; its snapshot stays`);
            }
          }
        },
      },
      {
        name: 'forget',
        async run(_context, { vmid, name }) {
          await changeGuest(parts.store, vmid, (document) => withoutSnapshot(document, name));
        },
      },
    ],
    afterCrash: 'resume',
    cancellable: false,
  };
}

async function snapshotsOf(
  parts: CtTaskParts,
  context: Pick<TaskContext, 'signal' | 'log' | 'progress'>,
  volume: string,
): Promise<string[]> {
  const { storage, name } = splitVolume(volume);
  return parts.storages.storage(storage).listSnapshots(context, name);
}

/** One volume's; what an interrupted try left of it is of another moment than the others and is taken again. */
async function takeOne(
  parts: CtTaskParts,
  context: TaskContext,
  volume: string,
  snapshot: string,
): Promise<void> {
  await removeOne(parts, context, volume, snapshot);
  const { storage, name } = splitVolume(volume);
  await parts.storages.storage(storage).snapshot(context, name, snapshot);
  context.log(`snapshot '${snapshot}' of ${volume}`);
}

async function removeOne(
  parts: CtTaskParts,
  context: TaskContext,
  volume: string,
  snapshot: string,
): Promise<void> {
  if (!(await snapshotsOf(parts, context, volume)).includes(snapshot)) return;
  const { storage, name } = splitVolume(volume);
  await parts.storages.storage(storage).removeSnapshot(context, name, snapshot);
}
