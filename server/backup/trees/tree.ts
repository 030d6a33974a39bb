// The files of a container made to stand still, and let go of again: what the task of a backup calls before and after its worker.
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { Exec } from '../../core/exec.ts';
import { quietContext, type WorkContext } from '../../core/work-context.ts';
import { isRunning } from '../../guests/ct/ct-state-rules.ts';
import { splitVolume } from '../../guests/volume-names.ts';
import { copyTree, removeCopy } from './copy-tree.ts';
import type { TarSource, TreePart, TreeText } from './tar-orders.ts';
import { allTried, freeVolumes, placeVolumes } from './tree-places.ts';
import type { TreeParts, TreePlan } from './tree-plan.ts';

/** The API's peers call it so, too; people cannot take one of this name. */
export const treeSnapshot = 'vzdump';

export interface TreeWorkParts extends TreeParts {
  readonly exec: Exec;
  readonly clock: Clock;
}

/**
 * Makes the files stand still as planned, and answers what a worker's order needs. Repeatable: what an interrupted try left is taken away
 * first. When it fails nothing is left either (as far as that can be done: `endTree` tries again). With the way `stopped`: `wrong-state` for
 * a container that runs, or runs again. A container is frozen for the snapshots, or for the second pass of a copy, and let go on after.
 */
export async function beginTree(
  parts: TreeWorkParts,
  context: WorkContext,
  plan: TreePlan,
  texts: readonly TreeText[],
): Promise<TarSource> {
  await endTree(parts, context, plan);
  try {
    const still = await standStill(parts, context, plan);
    const { idMap, exclude, standardExcludes } = plan;
    return {
      ...{ idMap, exclude, standardExcludes, texts, parts: still },
      estimatedBytes: await usedBytes(parts, context, plan),
    };
  } catch (error) {
    await endTree(parts, context, plan).catch((more: unknown) =>
      context.log(`${more instanceof AppError ? more.message : 'what is left'}: to be taken away later`),
    );
    throw error;
  }
}

/**
 * Takes away all that `beginTree` made, whatever became of it: the container goes on if it was frozen for this, mounts, snapshots and copies
 * are removed. Repeatable; also after a crash, in a new process. A worker that still reads the files is to be ended before. Everything is
 * tried before the first error is thrown.
 */
export async function endTree(
  parts: TreeWorkParts,
  context: Pick<WorkContext, 'log'>,
  plan: TreePlan,
): Promise<void> {
  const { vmid, way, volumes } = plan;
  const unhurried = { ...quietContext(), log: (line: string) => context.log(line) };
  await allTried([
    async () => {
      if (plan.freezes) await letGoOn(parts, vmid);
    },
    // What it has open stays its own.
    () =>
      freeVolumes(parts, context, vmid, volumes, { detach: way === 'stopped' && !isRunning(parts, vmid) }),
    async () => {
      if (way === 'snapshot')
        await allTried(
          volumes.map(
            ({ volume }) =>
              () =>
                dropSnapshot(parts, unhurried, volume),
          ),
        );
      if (way === 'copy') await removeCopy(parts.exec, plan);
    },
  ]);
}

async function standStill(parts: TreeWorkParts, context: WorkContext, plan: TreePlan): Promise<TreePart[]> {
  const { vmid, way, volumes, idMap } = plan;
  const how = { unprivileged: idMap !== undefined, readOnly: true };
  const frozen = async (work: () => Promise<void>) => {
    if (!plan.freezes) return await work();
    const started = performance.now();
    try {
      await parts.driver.pause(vmid);
      await work();
    } finally {
      await letGoOn(parts, vmid);
    }
    context.log(`the container was frozen for ${((performance.now() - started) / 1000).toFixed(2)} s`);
  };
  if (way === 'stopped') {
    await parts.states.refresh();
    if (isRunning(parts, vmid))
      throw new AppError('wrong-state', `CT ${vmid} runs: its volumes cannot be read meanwhile`, {
        data: { expected: 'stopped', actual: parts.states.stateOf(vmid) },
      });
    return placeVolumes(parts, context, vmid, volumes, how);
  }
  if (way === 'snapshot') {
    await frozen(async () => {
      for (const { volume } of volumes) {
        const { storage, name } = splitVolume(volume);
        await parts.storages.storage(storage).snapshot(context, name, treeSnapshot);
      }
    });
    return placeVolumes(parts, context, vmid, volumes, { ...how, snapshot: treeSnapshot });
  }
  const seen = await parts.driver.mountPoints(vmid);
  const live = volumes.map(({ key, target }) => {
    const path = seen.get(key);
    if (path === undefined)
      throw new AppError(
        'wrong-state',
        `CT ${vmid}: ${key} is not mounted: restart it, or back it up stopped`,
      );
    return { key, path, target };
  });
  const { exec, clock } = parts;
  return copyTree(context, { exec, plan, parts: live, frozen, now: () => clock.now() });
}

/** Whoever froze it: the plan says that nobody else had. One that does not run any more is none to let go on. */
async function letGoOn({ driver, states }: TreeWorkParts, vmid: number): Promise<void> {
  await states.refresh();
  if (states.stateOf(vmid) !== 'paused') return;
  await driver.resume(vmid);
  await states.refresh();
}

async function dropSnapshot(
  { storages }: TreeWorkParts,
  context: WorkContext,
  volume: string,
): Promise<void> {
  const { storage, name } = splitVolume(volume);
  const there = storages.storage(storage);
  if ((await there.listSnapshots(context, name)).includes(treeSnapshot))
    await there.removeSnapshot(context, name, treeSnapshot);
}

async function usedBytes(
  { storages }: TreeWorkParts,
  context: WorkContext,
  { volumes }: TreePlan,
): Promise<number> {
  let sum = 0;
  for (const { volume } of volumes) {
    const { storage, name } = splitVolume(volume);
    sum += (await storages.storage(storage).info(context, name)).usedBytes;
  }
  return sum;
}
