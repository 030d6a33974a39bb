// What the tasks on containers stand on besides the walls: storages of containers, secrets by memory, template bases, ends of runs.
import type { CtParts } from '../ct-parts.ts';
import type { GuestRunParts } from '../guest-run-parts.ts';
import type { CtSecrets } from './ct-secrets.ts';
import type { CtStorages } from './ct-storages.ts';
import type { TemplateBases } from './template-bases.ts';

export interface CtTaskParts extends CtParts, Pick<GuestRunParts, 'hooks' | 'ends' | 'pools'> {
  readonly storages: CtStorages;
  readonly secrets: CtSecrets;
  readonly bases: TemplateBases;
  /** Gives the root folder of a mounted, empty tree to the container's root: `giveRootFolder`. */
  giveRoot(path: string, uid: number): Promise<void>;
}
