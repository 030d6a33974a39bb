// Task `qmtemplate`: a VM becomes a template: its disks bases, read-only, to be cloned from.

import { AppError, invalidInput } from '../../core/errors.ts';
import { quietContext } from '../../core/work-context.ts';
import { usedDisksOf, withDiskAt } from '../../guests/config/vm-disks.ts';
import { changeGuest } from '../../guests/guest-documents.ts';
import { findDisk } from '../../guests/vm-disk-copies.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import { assertVmStopped, readUnlockedVm } from '../../guests/vm-state-rules.ts';
import { canDo } from '../../guests/volume-features.ts';
import { bareName, splitVolume } from '../../guests/volume-names.ts';
import type { TaskKind } from '../task.ts';
import { onGuest } from './guest-task-names.ts';

export interface VmTemplateParams {
  readonly vmid: number;
  /** Only this one's disk becomes a base; all when left out. */
  readonly disk?: string;
}

interface VmTemplateState {
  disks: readonly { readonly key: string; readonly volume: string }[];
}

export function vmTemplateKind(parts: VmParts): TaskKind<VmTemplateParams, VmTemplateState> {
  /** What is generated for cloud-init is each guest's own. */
  const disksFor = ({ vmid, disk }: VmTemplateParams) =>
    usedDisksOf(readUnlockedVm(parts, vmid).config).filter(
      ({ key, kind }) => kind !== 'cloud-init' && (disk === undefined || key === disk),
    );
  return {
    ...onGuest('qemu', 'qmtemplate', 'Convert to template'),
    async check(params) {
      const { vmid, disk } = params;
      const { config, snapshots = {} } = readUnlockedVm(parts, vmid);
      if (config['template'] === 1 && disk === undefined)
        throw new AppError('wrong-state', `VM ${vmid} is a template already`);
      assertVmStopped(parts, vmid, 'make it a template');
      const names = Object.keys(snapshots).sort();
      if (names.length > 0)
        throw new AppError(
          'wrong-state',
          `a template has no snapshots: remove those of VM ${vmid} first (${names.join(', ')})`,
        );
      const disks = disksFor(params);
      if (disk !== undefined && disks.length === 0)
        throw invalidInput({ disk: `VM ${vmid} has no disk '${disk}'` });
      for (const { key, volume } of disks) {
        if (await isBaseAlready(parts, vmid, volume)) continue;
        const { storage, name } = splitVolume(volume);
        const { format } = await parts.storages.storage(storage).info(quietContext(), name);
        if (!canDo(parts.storages, storage, 'template', format, 'current').possible)
          throw new AppError(
            'unsupported',
            `${key}: storage '${storage}': disks of format '${format}' cannot be made templates`,
          );
      }
    },
    steps: [
      {
        name: 'list-disks',
        async run(_context, params) {
          return { disks: disksFor(params).map(({ key, volume }) => ({ key, volume })) };
        },
      },
      {
        name: 'make-bases',
        async run(context, { vmid }, { disks = [] }) {
          for (const { key, volume } of disks) {
            const { storage: id, name } = splitVolume(volume);
            const base = await parts.storages.storage(id).makeBase(context, name);
            context.log(`${key}: ${id}:${base.name}`);
            // Each at once: a crash between two must not leave a configuration that names what is not there.
            await changeGuest(parts.store, vmid, (document) => ({
              ...document,
              config: withDiskAt(document.config, key, { volume: `${id}:${base.name}` }),
            }));
          }
        },
      },
      {
        name: 'write-config',
        async run(_context, { vmid }) {
          await changeGuest(parts.store, vmid, (document) => ({
            ...document,
            config: { ...document.config, template: 1 },
          }));
        },
      },
    ],
    // A base is never made an ordinary disk again: what was begun is finished.
    afterCrash: 'resume',
    cancellable: false,
  };
}

/** A try that was broken between storage and document left a base that the configuration knows by its old name: it is finished. */
async function isBaseAlready(parts: VmParts, vmid: number, volume: string): Promise<boolean> {
  const { storage, name } = splitVolume(volume);
  const bare = bareName(name);
  const find = (stem: string) => findDisk(parts.storages, quietContext(), vmid, { storage, name: stem });
  return (await find(bare)) === undefined && (await find(bare.replace(/^vm-/, 'base-'))) !== undefined;
}
