// Task `qmmove` of a VM's disk to another VM of this node: it gets another name and owner, nothing is copied.

import { checkDigest } from '../../core/config-digest.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import type { WorkContext } from '../../core/work-context.ts';
import { checkVmModel } from '../../guests/config/check-vm-model.ts';
import { splitDriveKey, type VmConfig } from '../../guests/config/config-keys.ts';
import { readDrive, renderDrive } from '../../guests/config/read-devices.ts';
import { readVmConfig } from '../../guests/config/read-vm-config.ts';
import { isUnusedKey } from '../../guests/config/unused-volumes.ts';
import { type VmDisk, withDiskAt, withoutDisk } from '../../guests/config/vm-disks.ts';
import { changeGuest } from '../../guests/guest-documents.ts';
import { namesOn } from '../../guests/guest-volumes.ts';
import { findDisk } from '../../guests/vm-disk-copies.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import { assertVmStopped, readUnlockedVm, refuseDiskOfSnapshots } from '../../guests/vm-state-rules.ts';
import { bareName, freeName, splitVolume } from '../../guests/volume-names.ts';
import type { TaskKind } from '../task.ts';
import { guestLock, onGuest } from './guest-task-names.ts';
import { keyedDisk, refuseLinked } from './vm-move-disk.ts';

export interface VmGiveParams {
  readonly vmid: number;
  /** `scsi0`, `unused0`. */
  readonly key: string;
  readonly targetVmid: number;
  readonly targetKey: string;
  readonly digest: string | undefined;
  readonly targetDigest: string | undefined;
}

interface VmGiveState {
  storage: string;
  /** Without folder and extension. */
  oldName: string;
  newName: string;
  /** The source's configuration before, for the way back: its boot order may name the disk. */
  before: VmConfig;
  /** Volume id that it has now. */
  volume: string;
}

export function vmGiveDiskKind(parts: VmParts): TaskKind<VmGiveParams, VmGiveState> {
  return {
    ...onGuest('qemu', 'qmmove', 'Move disk'),
    describe: ({ vmid, key, targetVmid, targetKey }) =>
      `VM ${vmid} - Move ${key} to ${targetKey} of VM ${targetVmid}`,
    locks: ({ vmid, targetVmid }) => [guestLock(vmid), guestLock(targetVmid)],
    async check(params) {
      const { vmid, key, targetVmid, targetKey } = params;
      if (vmid === targetVmid) throw invalidInput({ 'target-vmid': 'is the same VM' });
      const [source, target] = [readUnlockedVm(parts, vmid), readUnlockedVm(parts, targetVmid)];
      checkDigest(source.config, params.digest);
      checkDigest(target.config, params.targetDigest);
      for (const { vmid: id, config } of [source, target])
        if (config['template'] === 1)
          throw new AppError('wrong-state', `VM ${id} is a template: its disks stay as they are`);
      assertVmStopped(parts, vmid, 'give a disk away');
      assertVmStopped(parts, targetVmid, 'give it a disk');
      if (target.config[targetKey] !== undefined)
        throw invalidInput({ 'target-disk': `VM ${targetVmid} has '${targetKey}' already` });
      const moved = keyedDisk(source, key);
      const text = textAt(source.config, moved, targetKey, moved.volume);
      checkVmModel(readVmConfig({ vmid: targetVmid, config: { ...target.config, [targetKey]: text } }));
      refuseDiskOfSnapshots(source, moved.volume, 'clone it');
      await refuseLinked(parts, vmid, moved.volume);
    },
    steps: [
      {
        name: 'plan-name',
        async run(context, { vmid, key, targetVmid }) {
          const document = readUnlockedVm(parts, vmid);
          const { storage, name } = splitVolume(keyedDisk(document, key).volume);
          const taken = await namesOn(parts.storages.storage(storage), context, targetVmid);
          const newName = freeName(targetVmid, 'raw', taken);
          return { storage, oldName: bareName(name), newName, before: document.config };
        },
      },
      {
        name: 'reassign',
        async run(context, { vmid, targetVmid }, { storage, oldName, newName }) {
          if (storage === undefined || oldName === undefined || newName === undefined) return undefined;
          await hand(parts, context, storage, { vmid, name: oldName }, { vmid: targetVmid, name: newName });
          const now = await findDisk(parts.storages, context, targetVmid, { storage, name: newName });
          return { volume: `${storage}:${now?.name ?? newName}` };
        },
        async undo(context, { vmid, targetVmid }, { storage, oldName, newName }) {
          if (storage === undefined || oldName === undefined || newName === undefined) return;
          await hand(parts, context, storage, { vmid: targetVmid, name: newName }, { vmid, name: oldName });
        },
      },
      {
        name: 'write-target',
        async run(_context, { vmid, key, targetVmid, targetKey }, { volume = '', before = {} }) {
          const text = textAt(before, keyedDisk(readUnlockedVm(parts, vmid), key), targetKey, volume);
          await changeConfig(targetVmid, (config) => ({ ...config, [targetKey]: text }));
        },
        async undo(_context, { targetVmid, targetKey }, { volume }) {
          if (volume !== undefined)
            await changeConfig(targetVmid, (config) => withoutDisk(config, targetKey));
        },
      },
      {
        name: 'write-source',
        run: (_context, { vmid, key }) => changeConfig(vmid, (config) => withoutDisk(config, key)),
        async undo(_context, { vmid }, { before }) {
          if (before !== undefined) await changeConfig(vmid, () => before);
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

/** What the target has at its key: the drive with its options, as far as the other bus has them. */
function textAt(config: VmConfig, { key, kind, volume }: VmDisk, targetKey: string, now: string): string {
  if (isUnusedKey(targetKey)) return now;
  const wrong = (why: string) => invalidInput({ 'target-disk': why });
  if (kind === 'firmware' ? key !== targetKey : targetKey === 'efidisk0' || targetKey === 'tpmstate0')
    throw wrong(
      'variables of UEFI go to efidisk0, the state of a TPM to tpmstate0, or to an unused disk; nothing else goes there',
    );
  if (kind === 'firmware') return String(withDiskAt(config, key, { volume: now })[key]);
  const at = splitDriveKey(targetKey);
  if (!at) throw wrong(`there is no disk '${targetKey}'`);
  if (kind === 'unused') return renderDrive(readDrive(targetKey, now));
  const drive = readDrive(key, String(config[key] ?? volume));
  return renderDrive(readDrive(targetKey, renderDrive({ ...drive, ...at, key: targetKey, volume: now })));
}

/** Gives the volume from one to the other, when it is still there. Repeatable. */
async function hand(
  parts: VmParts,
  context: WorkContext,
  storageId: string,
  from: { readonly vmid: number; readonly name: string },
  to: { readonly vmid: number; readonly name: string },
): Promise<void> {
  const there = await findDisk(parts.storages, context, from.vmid, { storage: storageId, name: from.name });
  if (!there) return;
  await parts.storages.storage(storageId).reassign(context, there.name, to.vmid, to.name);
}
