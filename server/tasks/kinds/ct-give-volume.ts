// Task `move_volume` of a container's volume to another container of this node: it gets another name and owner, nothing is copied.

import { checkDigest } from '../../core/config-digest.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import { quietContext, type WorkContext } from '../../core/work-context.ts';
import type { VmConfig } from '../../guests/config/config-keys.ts';
import { isCtMountKey, splitCtKey } from '../../guests/ct/config/ct-keys.ts';
import { readCtConfig } from '../../guests/ct/config/read-ct-config.ts';
import { renderCtMount } from '../../guests/ct/config/read-ct-devices.ts';
import type { CtGiveParams } from '../../guests/ct/ct-params.ts';
import { assertStopped, readUnlocked } from '../../guests/ct/ct-state-rules.ts';
import type { CtTaskParts } from '../../guests/ct/ct-task-parts.ts';
import { findPlanned, takenNames } from '../../guests/ct/ct-volumes.ts';
import { type KeyedVolume, withoutKey } from '../../guests/ct/volume-keys.ts';
import { changeGuest } from '../../guests/guest-documents.ts';
import { linkedClonesOf } from '../../guests/linked-clones.ts';
import { bareName, freeName, splitVolume } from '../../guests/volume-names.ts';
import type { TaskKind } from '../task.ts';
import { keyedVolume, refuseWithSnapshots } from './ct-move-volume.ts';
import { guestLock, onContainer } from './guest-task-names.ts';

interface CtGiveState {
  storage: string;
  /** Without folder and extension. */
  oldName: string;
  newName: string;
  /** As the source had it at its key. */
  before: string | number;
  /** Volume id that it has now. */
  volume: string;
}

export function ctGiveVolumeKind(parts: CtTaskParts): TaskKind<CtGiveParams, CtGiveState> {
  return {
    ...onContainer('move_volume', 'Move Volume'),
    describe: ({ vmid, key, targetVmid, targetKey }) =>
      `CT ${vmid} - Move ${key} to ${targetKey} of CT ${targetVmid}`,
    locks: ({ vmid, targetVmid }) => [guestLock(vmid), guestLock(targetVmid)],
    async check(params) {
      const { vmid, key, targetVmid, targetKey } = params;
      const [source, target] = [readUnlocked(parts, vmid), readUnlocked(parts, targetVmid)];
      checkDigest(source.config, params.digest);
      checkDigest(target.config, params.targetDigest);
      if (vmid === targetVmid) throw invalidInput({ 'target-vmid': 'is the same container' });
      if (key === 'rootfs' || targetKey === 'rootfs')
        throw invalidInput({ volume: 'a root stays with its container' });
      assertStopped(parts, vmid, 'give a volume away');
      assertStopped(parts, targetVmid, 'give it a volume');
      if ((source.config['unprivileged'] ?? 0) !== (target.config['unprivileged'] ?? 0))
        throw invalidInput({
          'target-vmid': 'only one of both is unprivileged: owners of files would be wrong',
        });
      if (target.config[targetKey] !== undefined)
        throw invalidInput({ 'target-volume': `CT ${targetVmid} has '${targetKey}' already` });
      const moved = keyedVolume(source, key);
      readCtConfig({
        vmid: targetVmid,
        config: { ...target.config, [targetKey]: textAt(targetKey, moved, moved.volume) },
      });
      refuseWithSnapshots(source, moved.volume, 'clone it');
      const clones = await linkedClonesOf(parts.storages, quietContext(), [moved.volume]);
      if (clones.size > 0)
        throw new AppError(
          'busy',
          `${moved.volume} has linked clones: CT ${[...clones.keys()].join(', CT ')}`,
        );
    },
    steps: [
      {
        name: 'plan-name',
        async run(context, { vmid, key, targetVmid }) {
          const { config } = readUnlocked(parts, vmid);
          const { storage, name } = splitVolume(keyedVolume(readUnlocked(parts, vmid), key).volume);
          const taken = await takenNames(parts.storages.storage(storage), context, targetVmid);
          const { format } = await parts.storages.storage(storage).info(context, name);
          const newName = freeName(targetVmid, format, taken);
          return { storage, oldName: bareName(name), newName, before: config[key] ?? '' };
        },
      },
      {
        name: 'reassign',
        async run(context, { vmid, targetVmid }, { storage, oldName, newName }) {
          if (storage === undefined || oldName === undefined || newName === undefined) return undefined;
          await hand(parts, context, storage, { vmid, name: oldName }, { vmid: targetVmid, name: newName });
          const now = await findPlanned(parts.storages, context, targetVmid, { storage, name: newName });
          return { volume: `${storage}:${now?.name ?? newName}` };
        },
        async undo(context, { vmid, targetVmid }, { storage, oldName, newName }) {
          if (storage === undefined || oldName === undefined || newName === undefined) return;
          await hand(parts, context, storage, { vmid: targetVmid, name: newName }, { vmid, name: oldName });
        },
      },
      {
        name: 'write-target',
        async run(_context, { vmid, key, targetVmid, targetKey }, { volume = '' }) {
          const moved = keyedVolume(readUnlocked(parts, vmid), key);
          const text = textAt(targetKey, moved, volume);
          await changeConfig(targetVmid, (config) => ({ ...config, [targetKey]: text }));
        },
        async undo(_context, { targetVmid, targetKey }, { volume }) {
          if (volume !== undefined) await changeConfig(targetVmid, (config) => withoutKey(config, targetKey));
        },
      },
      {
        name: 'write-source',
        run: (_context, { vmid, key }) => changeConfig(vmid, (config) => withoutKey(config, key)),
        async undo(_context, { vmid, key }, { before }) {
          if (before !== undefined) await changeConfig(vmid, (config) => ({ ...config, [key]: before }));
        },
      },
    ],
    afterCrash: 'unwind',
    cancellable: true,
  };

  async function changeConfig(vmid: number, change: (config: VmConfig) => VmConfig): Promise<void> {
    await changeGuest(parts.store, vmid, (document) => ({ ...document, config: change(document.config) }));
  }
}

/** What the target has at its key. A volume that was unused and is to be mounted does not say where. */
function textAt(targetKey: string, { mount }: KeyedVolume, volume: string): string {
  if (splitCtKey(targetKey)?.base === 'unused') return volume;
  if (!isCtMountKey(targetKey)) throw invalidInput({ 'target-volume': `there is no option '${targetKey}'` });
  if (!mount)
    throw invalidInput({ 'target-volume': 'an unused volume has no mount path: move it to an unused key' });
  return renderCtMount({ ...mount, key: targetKey, source: volume });
}

/** Gives the volume from one to the other, when it is still there. Repeatable. */
async function hand(
  parts: CtTaskParts,
  context: WorkContext,
  storageId: string,
  from: { readonly vmid: number; readonly name: string },
  to: { readonly vmid: number; readonly name: string },
): Promise<void> {
  const there = await findPlanned(parts.storages, context, from.vmid, {
    storage: storageId,
    name: from.name,
  });
  if (!there) return;
  const storage = parts.storages.storage(storageId);
  await storage.detach(context, there.name);
  await storage.reassign(context, there.name, to.vmid, to.name);
}
