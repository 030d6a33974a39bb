// Task `vztemplate`: a container becomes a template: its volumes bases, read-only, to be cloned from.

import { AppError } from '../../core/errors.ts';
import { quietContext } from '../../core/work-context.ts';
import type { CtTarget } from '../../guests/ct/ct-params.ts';
import { assertStopped, readUnlocked } from '../../guests/ct/ct-state-rules.ts';
import { assertVolumesCan } from '../../guests/ct/ct-storages.ts';
import type { CtTaskParts } from '../../guests/ct/ct-task-parts.ts';
import { findPlanned } from '../../guests/ct/ct-volumes.ts';
import { mountedVolumes, withVolumeAt } from '../../guests/ct/volume-keys.ts';
import { changeGuest } from '../../guests/guest-documents.ts';
import { bareName, splitVolume } from '../../guests/volume-names.ts';
import type { TaskKind } from '../task.ts';
import { onContainer } from './guest-task-names.ts';

interface CtTemplateState {
  volumes: readonly { readonly key: string; readonly volume: string }[];
}

export function ctTemplateKind(parts: CtTaskParts): TaskKind<CtTarget, CtTemplateState> {
  return {
    ...onContainer('vztemplate', 'Convert to template'),
    async check({ vmid }) {
      const { config, snapshots = {} } = readUnlocked(parts, vmid);
      if (config['template'] === 1) throw new AppError('wrong-state', `CT ${vmid} is a template already`);
      assertStopped(parts, vmid, 'make it a template');
      const names = Object.keys(snapshots).sort();
      if (names.length > 0)
        throw new AppError(
          'wrong-state',
          `a template has no snapshots: remove those of CT ${vmid} first (${names.join(', ')})`,
        );
      const volumes: string[] = [];
      for (const { volume } of mountedVolumes(config))
        if (!(await isBaseAlready(parts, vmid, volume))) volumes.push(volume);
      await assertVolumesCan(parts.storages, quietContext(), volumes, 'template', 'current', false);
    },
    steps: [
      {
        name: 'list-volumes',
        async run(_context, { vmid }) {
          const { config } = readUnlocked(parts, vmid);
          return { volumes: mountedVolumes(config).map(({ key, volume }) => ({ key, volume })) };
        },
      },
      {
        name: 'make-bases',
        async run(context, { vmid }, { volumes = [] }) {
          for (const { key, volume } of volumes) {
            const { storage: id, name } = splitVolume(volume);
            const storage = parts.storages.storage(id);
            await storage.detach(context, name);
            const base = await storage.makeBase(context, name);
            context.log(`${key}: ${id}:${base.name}`);
            // Each at once: a crash between two must not leave a configuration that names what is not there.
            await changeGuest(parts.store, vmid, (document) => ({
              ...document,
              config: withVolumeAt(document.config, key, { volume: `${id}:${base.name}` }),
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
    // A base is never made an ordinary volume again: what was begun is finished.
    afterCrash: 'resume',
    cancellable: false,
  };
}

/** A try that was broken between storage and document left a base that the configuration knows by its old name: it is finished. */
async function isBaseAlready(parts: CtTaskParts, vmid: number, volume: string): Promise<boolean> {
  const { storage, name } = splitVolume(volume);
  const bare = bareName(name);
  const find = (stem: string) => findPlanned(parts.storages, quietContext(), vmid, { storage, name: stem });
  return (
    (await find(bare)) === undefined && (await find(bare.replace(/^(vm|subvol)-/, 'base-'))) !== undefined
  );
}
