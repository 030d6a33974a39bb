// Which volumes a guest of any kind refers to.
import type { GuestDocument } from './config/guest-document.ts';
import { volumesInUse } from './config/pending-changes.ts';
import { ctVolumesInUse } from './ct/config/ct-volumes-in-use.ts';
import { ifReadable, possibleVolumes } from './readable-config.ts';

/** Options that name files of a storage which are read when it starts. */
const snippetKeys = ['hookscript', 'cicustom'] as const;

/** The snippets that it names, wanted, in force or in a snapshot: several guests may name the same. */
export function snippetsOf({ config, running = {}, suspended, snapshots = {} }: GuestDocument): Set<string> {
  const then = Object.values(snapshots).map((snapshot) => snapshot.config);
  const configs = [config, running, suspended?.config ?? {}, ...then];
  return possibleVolumes(
    configs.map((each) => Object.fromEntries(snippetKeys.map((key) => [key, each[key] ?? '']))),
  );
}

/** Every volume that it has wanted, in force or in a snapshot: none of them may be removed or given away. */
export function volumesOf(document: GuestDocument): Set<string> {
  const { config, running = {}, suspended, snapshots = {} } = document;
  const saved = suspended ? [suspended.config, { vmstate: suspended.memory.volume }] : [];
  return (
    ifReadable(() => (document.kind === 'lxc' ? ctVolumesInUse(document) : volumesInUse(document))) ??
    possibleVolumes([
      config,
      running,
      ...saved,
      ...Object.values(snapshots).map((snapshot) => snapshot.config),
    ])
  );
}
