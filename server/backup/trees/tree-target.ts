// The volumes that a container is restored into: mounted for the worker, and let go of again.
import type { WorkContext } from '../../core/work-context.ts';
import { ctIdMap } from '../../guests/ct/ct-driver.ts';
import { type TarTarget, usualMostEntries } from './tar-orders.ts';
import { freeVolumes, type PlacedVolume, type PlaceParts, placeVolumes } from './tree-places.ts';

export interface TreeTargetPlan {
  readonly vmid: number;
  readonly unprivileged: boolean;
  /** New and empty; the root first, parents before children. Nobody has them open. */
  readonly volumes: readonly PlacedVolume[];
  /** The sizes of the volumes together; 0: of trees without limits. */
  readonly mostBytes: number;
}

/** Mounts them; what it answers is for a worker's order. To be followed by `endTarget`, whatever becomes of it. */
export async function beginTarget(
  parts: PlaceParts,
  context: WorkContext,
  { vmid, unprivileged, volumes, mostBytes }: TreeTargetPlan,
): Promise<TarTarget> {
  return {
    idMap: unprivileged ? ctIdMap : undefined,
    parts: await placeVolumes(parts, context, vmid, volumes, { unprivileged, readOnly: false }),
    limits: {
      mostEntries: usualMostEntries,
      mostBytes: mostBytes === 0 ? Number.MAX_SAFE_INTEGER : mostBytes,
    },
  };
}

/** Repeatable, also after a crash: nothing of it stays mounted or attached. The volumes are the caller's. */
export async function endTarget(
  parts: PlaceParts,
  context: Pick<WorkContext, 'log'>,
  { vmid, volumes }: Pick<TreeTargetPlan, 'vmid' | 'volumes'>,
): Promise<void> {
  await freeVolumes(parts, context, vmid, volumes, { detach: true });
}
