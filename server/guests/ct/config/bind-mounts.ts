// Which folders of the host may be handed to a container as bind mounts: by a list, and never those of the system itself.
import { normalPath } from '../../../contract/lxc-formats.ts';
import { AppError } from '../../../core/errors.ts';
import { isWithin } from './check-ct-mounts.ts';

export interface BindMountRules {
  /** Folders at and below which bind mounts are allowed: the daemon's setting `bindMountFolders`. */
  readonly allowed: readonly string[];
  /** Folders of Croft's own: data, run-time files, the storages'. */
  readonly own: readonly string[];
}

/** Whoever can write there, or read there in some cases, has the machine: whatever the list says. */
const neverFolders = [
  ...['/bin', '/boot', '/dev', '/etc', '/lib', '/lib32', '/lib64', '/libx32', '/proc', '/root', '/run'],
  ...['/sbin', '/sys', '/usr', '/var/lib/lxc', '/var/lib/lxcfs', '/var/run', '/var/spool/cron'],
];

/**
 * Why a folder may not be bound into a container, or undefined when it may. Goes by the name alone: whoever mounts it opens
 * each part of the path without following links.
 */
export function bindMountComplaint(folder: string, rules: BindMountRules): string | undefined {
  if (normalPath(folder) !== folder || /[\x00-\x1f\x7f]/.test(folder))
    return 'must be an absolute path in its normal form: no . or .., no double or trailing slash';
  const never = [...neverFolders, ...rules.own].find(
    (other) => isWithin(folder, other) || isWithin(other, folder),
  );
  if (never !== undefined) return `must not be or hold ${never}, nor lie in it`;
  // A list that allows everything is taken for what it can mean: everything but the system's own.
  if (rules.allowed.some((prefix) => isWithin(folder, normalPath(prefix) ?? '\0'))) return undefined;
  return rules.allowed.length === 0
    ? 'no folder of this node may be handed to containers (setting bindMountFolders)'
    : `must be in one of the folders that may be handed to containers: ${rules.allowed.join(', ')}`;
}

/** Throws `forbidden` naming the key of each folder that may not be bound, whoever asks. */
export function refuseBindMounts(
  hostPaths: readonly { readonly key: string; readonly kind: 'bind' | 'device'; readonly path: string }[],
  rules: BindMountRules,
): void {
  const wrong: Record<string, string> = {};
  for (const { key, kind, path } of hostPaths) {
    const complaint = kind === 'bind' ? bindMountComplaint(path, rules) : undefined;
    if (complaint !== undefined) wrong[key] = `${path} ${complaint}`;
  }
  const [first] = Object.entries(wrong);
  if (first) throw new AppError('forbidden', `${first[0]}: ${first[1]}`, { fields: wrong });
}
