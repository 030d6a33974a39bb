// Where the volumes of a container are mounted for a backup or a restore: each at a place of its own, so that no path leads through its files.
import type { Attachment } from '../../../storage-plugins/plugin.ts';
import type { WorkContext } from '../../core/work-context.ts';
import { quietContext } from '../../core/work-context.ts';
import { freePlace } from '../../guests/ct/ct-mounts.ts';
import { detachVolume } from '../../guests/guest-volumes.ts';
import { splitVolume } from '../../guests/volume-names.ts';
import type { TreePart } from './tar-orders.ts';
import type { TreeParts } from './tree-plan.ts';

export type PlaceParts = Pick<TreeParts, 'driver' | 'storages'>;

export interface PlacedVolume {
  readonly key: string;
  readonly volume: string;
  readonly target: string;
}

/** Above the numbers of guests and their second places (`secondPlace`); one for each volume. */
export function treePlace(vmid: number, index: number): number {
  return (2 + index) * 1_000_000_000 + vmid;
}

/** Attaches and mounts them all. What a failed try leaves is taken away by `freeVolumes`. Repeatable. */
export async function placeVolumes(
  { driver, storages }: PlaceParts,
  context: WorkContext,
  vmid: number,
  volumes: readonly PlacedVolume[],
  how: { readonly unprivileged: boolean; readonly readOnly: boolean; readonly snapshot?: string | undefined },
): Promise<TreePart[]> {
  const placed: TreePart[] = [];
  for (const [index, { key, volume, target }] of volumes.entries()) {
    const { storage, name } = splitVolume(volume);
    const attachment: Attachment = await storages.storage(storage).attach(context, name, how.snapshot);
    const plan = { attachment, target: '/', readOnly: how.readOnly, options: [], idmapped: false };
    const place = treePlace(vmid, index);
    const path = await driver.mount(context, place, [{ ...plan, key: 'rootfs' }], how.unprivileged);
    placed.push({ key, path, target });
  }
  return placed;
}

/** Unmounts them, and lets go of those that nobody has open (`detach`). Repeatable; all are tried before the first error is thrown. */
export async function freeVolumes(
  { driver, storages }: PlaceParts,
  context: Pick<WorkContext, 'log'>,
  vmid: number,
  volumes: readonly PlacedVolume[],
  { detach }: { readonly detach: boolean },
): Promise<void> {
  // What was cancelled is let go of all the same.
  const unhurried = { ...quietContext(), log: (line: string) => context.log(line) };
  await allTried(
    volumes.map(({ volume }, index) => async () => {
      await freePlace({ driver }, treePlace(vmid, index));
      if (detach) await detachVolume(storages, unhurried, volume);
    }),
  );
}

/** One after the other, all of them; then the first error is thrown. */
export async function allTried(works: readonly (() => Promise<unknown>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const work of works) {
    try {
      await work();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}
