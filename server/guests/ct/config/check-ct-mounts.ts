// Rules for the root and the mount points of a container: sources, targets, who may keep owners.
import type { CtModel, CtMount } from '../ct-model.ts';
import { compareCtKeys } from './ct-keys.ts';

/** What the kernel mounts there is the container's view of the machine: nothing may lie over it. */
const ownTrees = ['/proc', '/sys', '/dev'];

/** Is `path` the folder or below it? Both normal. */
export function isWithin(path: string, folder: string): boolean {
  return folder === '/' || path === folder || path.startsWith(`${folder}/`);
}

/** Adds what is wrong with the mounts, under their keys. */
export function checkCtMounts(model: CtModel, wrong: Record<string, string>): void {
  const complain = (key: string, rule: string | undefined) => {
    if (rule !== undefined) wrong[key] ??= rule;
  };
  if (model.root.kind !== 'volume')
    complain('rootfs', 'must be a volume of a storage: paths of the host are for mount points');
  const targets = new Map<string, string>();
  for (const mount of model.mounts) {
    const other = targets.get(mount.target);
    if (other !== undefined) complain(mount.key, `${mount.target} is where ${other} is mounted`);
    else targets.set(mount.target, mount.key);
    complain(mount.key, targetComplaint(mount, model.mounts) ?? ownersComplaint(mount, model));
  }
  checkVolumes(model, complain);
}

function targetComplaint({ target, key }: CtMount, mounts: readonly CtMount[]): string | undefined {
  if (!target.startsWith('/') || /\/(\.{0,2})(\/|$)/.test(target))
    return 'mp must be an absolute path without . and ..';
  const tree = ownTrees.find((folder) => isWithin(target, folder));
  if (tree !== undefined) return `mp must not be in ${tree}`;
  // LXC mounts it over what the driver mounted below, which would hide this one.
  const over = mounts.find(
    (other) => other.keepOwners && other.key !== key && isWithin(target, other.target),
  );
  return over && `mp must not be below ${over.target}, where ${over.key} keeps its owners`;
}

function ownersComplaint({ keepOwners, kind }: CtMount, { unprivileged }: CtModel): string | undefined {
  if (!keepOwners) return undefined;
  if (kind !== 'bind') return 'keepattrs is for folders of the node';
  return unprivileged
    ? undefined
    : 'keepattrs is for unprivileged containers: in this one owners are the same anyway';
}

function checkVolumes(model: CtModel, complain: (key: string, rule: string) => void): void {
  const owners = new Map<string, string>();
  const mounts = [...model.mounts].sort((a, b) => compareCtKeys(a.key, b.key));
  const held = [model.root, ...mounts]
    .filter(({ kind }) => kind === 'volume')
    .map(({ key, source }) => ({ key, volume: source }));
  for (const { key, volume } of [...held, ...model.unused]) {
    const other = owners.get(volume);
    if (other !== undefined) complain(key, `${volume} is ${other} already`);
    else owners.set(volume, key);
  }
}
