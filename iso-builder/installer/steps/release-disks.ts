// Takes the disks from whoever holds them: swap, volume groups, arrays. Never what is mounted.
import { z } from 'zod';
import { volumeGroup } from '../../../server/core/appliance-layout.ts';
import { AppError } from '../../../server/core/errors.ts';
import type { BlockNode } from '../observe-lsblk.ts';
import { blockNodes } from './block-tree.ts';
import type { StepTools } from './step.ts';

type Tools = Pick<StepTools, 'exec'>;

/** Layers of arrays and volume groups that are peeled off at most. */
const mostLayers = 8;
const swapPoint = '[SWAP]';

/**
 * Stops swap, deactivates volume groups and stops arrays on the disks, from the top down. Repeatable. `busy` naming what
 * is mounted or opened, before anything is changed in that layer.
 */
export async function releaseDisks(
  tools: Tools,
  disks: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  for (let layer = 0; layer < mostLayers; layer++) {
    const nodes = await blockNodes(tools, disks);
    requireUnused(nodes);
    const swaps = nodes.filter((node) => node.mountpoints.includes(swapPoint));
    for (const { path } of swaps) await tools.exec('swapoff', [path], { signal, timeoutMs: 120_000 });
    if (nodes.some((node) => node.type === 'lvm')) await deactivateGroups(tools, nodes, signal);
    else {
      const arrays = new Set(
        nodes.filter((node) => isArray(node) && node.children.length === 0).map((n) => n.path),
      );
      if (arrays.size === 0) return;
      for (const path of arrays)
        await tools.exec('mdadm', ['--stop', path], { signal, intention: `stop the array ${path}` });
    }
  }
  throw new AppError('busy', `${disks.join(', ')}: something takes the disk again and again`);
}

/** `busy` when something is mounted or held by what an installer cannot take away. Changes nothing. */
export async function requireReleasable(tools: Tools, disks: readonly string[]): Promise<void> {
  requireUnused(await blockNodes(tools, disks));
}

function requireUnused(nodes: readonly BlockNode[]): void {
  for (const { path, type, mountpoints } of nodes) {
    const mounted = mountpoints.find((point) => point !== swapPoint);
    if (mounted !== undefined)
      throw new AppError('busy', `${path} is mounted at ${mounted}: it must not be in use`);
    if (!['disk', 'part', 'loop', 'lvm'].includes(type) && !isArray({ type }))
      throw new AppError('busy', `${path} (${type}) is open on the disk: close it first`);
  }
}

function isArray({ type }: Pick<BlockNode, 'type'>): boolean {
  return /^(raid\d*|linear|md)$/.test(type);
}

/** Every PV of the machine with its volume group; a group has several lines. */
const pvsSchema = z.object({
  report: z.array(
    z.object({ pv: z.array(z.object({ pv_name: z.string(), vg_name: z.string(), vg_uuid: z.string() })) }),
  ),
});

async function physicalVolumes(tools: Tools) {
  const { stdout } = await tools.exec(
    'pvs',
    ['--reportformat', 'json', '--options', 'pv_name,vg_name,vg_uuid'],
    { intention: 'look at the volume groups' },
  );
  return pvsSchema.parse(JSON.parse(stdout)).report.flatMap((part) => part.pv);
}

/** By UUID: two disks may hold groups of the same name. */
async function deactivateGroups(
  tools: Tools,
  nodes: readonly BlockNode[],
  signal?: AbortSignal,
): Promise<void> {
  const paths = new Set(nodes.map((node) => node.path));
  const volumes = (await physicalVolumes(tools)).filter(
    (volume) => paths.has(volume.pv_name) && volume.vg_uuid !== '',
  );
  const groups = new Map(volumes.map((volume) => [volume.vg_uuid, volume.vg_name]));
  if (groups.size === 0)
    throw new AppError('busy', 'volumes of LVM are active on the disk, but their volume group is not known');
  for (const [uuid, name] of groups)
    await tools.exec('vgchange', ['--activate', 'n', '--select', `vg_uuid=${uuid}`], {
      signal,
      intention: `deactivate the volume group ${name}`,
    });
}

/** `wrong-state` when a volume group of our name is on a disk that stays: there cannot be two. */
export async function requireGroupNameFree(tools: Tools, disks: readonly string[]): Promise<void> {
  const ours = new Set((await blockNodes(tools, disks)).map((node) => node.path));
  const other = (await physicalVolumes(tools)).find(
    (volume) => volume.vg_name === volumeGroup && !ours.has(volume.pv_name),
  );
  if (other)
    throw new AppError(
      'wrong-state',
      `the disk of ${other.pv_name} holds a volume group '${volumeGroup}' already: remove that disk, or install on it`,
    );
}
