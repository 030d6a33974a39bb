// How the files of a container come to stand still for a backup: decided before anything is done, as plain data that survives a crash.
import { AppError, invalidInput } from '../../core/errors.ts';
import type { WorkContext } from '../../core/work-context.ts';
import { activeConfig } from '../../guests/config/guest-document.ts';
import { readCtConfig } from '../../guests/ct/config/read-ct-config.ts';
import { ctIdMap } from '../../guests/ct/ct-driver.ts';
import type { CtMount } from '../../guests/ct/ct-model.ts';
import type { CtTaskParts } from '../../guests/ct/ct-task-parts.ts';
import { readGuest } from '../../guests/guest-documents.ts';
import { canDo } from '../../guests/volume-features.ts';
import { splitVolume } from '../../guests/volume-names.ts';
import { checkExcludes } from './exclude-patterns.ts';
import type { TreeIdMap, TreeText } from './tar-orders.ts';

export type TreeParts = Pick<CtTaskParts, 'store' | 'states' | 'driver' | 'storages'>;

/** The API's modes of backups. */
export type TreeMode = 'snapshot' | 'suspend' | 'stop';

/**
 * `snapshot`: snapshots of all volumes are packed. `copy`: a copy, made while it runs and brought up to date while it is frozen.
 * `stopped`: the volumes themselves; the container must not run until `endTree`.
 */
export type TreeWay = 'snapshot' | 'copy' | 'stopped';

export interface TreeWish {
  readonly mode: TreeMode;
  /** A folder of the host, on a local disk, that is root's or sticky: where copies are made. */
  readonly scratch: string;
  readonly exclude: readonly string[];
  readonly standardExcludes: boolean;
}

/** Type alias, not interface: it is kept in a task's state. */
export type TreePlan = {
  readonly vmid: number;
  readonly idMap: TreeIdMap | undefined;
  readonly way: TreeWay;
  /** The root first, then mount points that are backed up, parents before children. */
  readonly volumes: readonly { readonly key: string; readonly volume: string; readonly target: string }[];
  /** It runs, and nobody had frozen it: it is frozen for a moment. */
  readonly freezes: boolean;
  readonly scratch: string;
  readonly exclude: readonly string[];
  readonly standardExcludes: boolean;
};

/** What the task's log should say of a plan: why not the mode that was asked for, which mount points are not in the backup. */
export interface PlannedTree {
  readonly plan: TreePlan;
  readonly remarks: readonly string[];
}

/**
 * Decides, and changes nothing. Volumes that cannot have a snapshot while the container runs turn `snapshot` into a copy, as the API's
 * peers do. Mode `stop` is planned before the container is stopped: with the way `snapshot` it may run again once `beginTree` is done.
 * Locks are the caller's matter. `not-found`, `invalid-input`, `unsupported` for a root that is no volume.
 */
export async function planTree(
  parts: TreeParts,
  context: WorkContext,
  vmid: number,
  { mode, scratch, exclude, standardExcludes }: TreeWish,
): Promise<PlannedTree> {
  checkExcludes(exclude);
  if (!scratch.startsWith('/')) throw invalidInput({ tmpdir: 'an absolute path is needed' });
  const document = readGuest(parts.store, vmid, 'lxc');
  const state = parts.states.stateOf(vmid);
  const runs = state !== 'stopped';
  const model = readCtConfig({ vmid, config: runs ? activeConfig(document) : document.config });
  if (model.root.kind !== 'volume')
    throw new AppError('unsupported', `CT ${vmid}: its root is no volume of a storage`);
  const remarks: string[] = [];
  const chosen = [model.root, ...model.mounts].filter((mount) => {
    const why = mount.key === 'rootfs' ? undefined : whyNot(mount);
    if (why !== undefined) remarks.push(`${mount.key} (${mount.target}) is not in the backup: ${why}`);
    return why === undefined;
  });
  const volumes = chosen.map(({ key, source, target }) => ({ key, volume: source, target }));
  const cannot: string[] = [];
  for (const { volume } of volumes) {
    const { storage, name } = splitVolume(volume);
    const { format } = await parts.storages.storage(storage).info(context, name);
    const can = canDo(parts.storages, storage, 'snapshot', format, 'current');
    if (!can.possible || !can.live) cannot.push(`${volume} cannot have a snapshot while the container runs`);
  }
  const way = wayOf(mode, runs, cannot.length === 0);
  if (mode === 'snapshot' && way === 'copy') remarks.push(...cannot, "mode 'suspend' is used instead");
  const plan: TreePlan = {
    ...{ vmid, way, volumes, scratch, standardExcludes, exclude: [...exclude] },
    idMap: model.unprivileged ? { ...ctIdMap } : undefined,
    freezes: state === 'running' && mode !== 'stop',
  };
  return { plan, remarks };
}

function wayOf(mode: TreeMode, runs: boolean, snapshots: boolean): TreeWay {
  if (!runs) return 'stopped';
  if (mode === 'suspend') return 'copy';
  if (snapshots) return 'snapshot';
  return mode === 'stop' ? 'stopped' : 'copy';
}

function whyNot({ kind, backup }: CtMount): string | undefined {
  if (kind !== 'volume') return `it is a ${kind === 'bind' ? 'folder' : 'device'} of the host`;
  return backup ? undefined : "it has no 'backup=1'";
}

/** The texts of an archive from what the API's peers would have as its files. */
export function treeTexts(conf: string, firewall?: string): TreeText[] {
  return [
    { name: 'pct.conf', text: conf },
    ...(firewall === undefined ? [] : [{ name: 'pct.fw', text: firewall } as const]),
  ];
}
