// Rules between the keys of a container's configuration, and what this version does not do yet.
import { AppError, invalidInput } from '../../../core/errors.ts';
import { ctIdMap } from '../ct-driver.ts';
import type { CtModel } from '../ct-model.ts';
import { checkCtMounts } from './check-ct-mounts.ts';
import { checkCtNics } from './check-ct-nics.ts';

/** By key: the rule that it breaks. */
export type Complaints = Record<string, string>;

/** Names that LXC itself makes below /dev of every container, and folders of them. */
const ownDevices =
  /^\/dev\/(null|zero|full|random|urandom|tty\d*|console|ptmx|(pts|shm|mqueue|\.lxc)(\/.*)?)$/;
const mountableFileSystems = new Set(['nfs', 'cifs']);
/** Bytes must stay whole numbers of JavaScript. */
const mostMib = 2 ** 32;

/**
 * Throws `invalid-input` naming every key that contradicts another, else `unsupported` naming every key whose value this
 * version cannot run.
 */
export function checkCtModel(model: CtModel): void {
  const wrong: Complaints = {};
  checkHostname(model, wrong);
  checkResources(model, wrong);
  checkCtMounts(model, wrong);
  checkCtNics(model.nics, wrong);
  checkDevices(model, wrong);
  checkFirstProgram(model, wrong);
  checkFeatures(model, wrong);
  if (Object.keys(wrong).length > 0) throw invalidInput(wrong);
  refuseUnsupported(model);
}

/** What is allowed and probably not meant, in sentences for the task's log. */
export function ctWarnings(model: CtModel): string[] {
  const warnings: string[] = [];
  if (!model.unprivileged)
    warnings.push('unprivileged: is off, so root inside has the rights of root on the node');
  if (model.unprivileged && model.features.mount.length > 0)
    warnings.push('features: the kernel lets no unprivileged container mount nfs or cifs itself');
  if (!model.console && model.consoleMode === 'console')
    warnings.push('cmode: console has no effect with console=0');
  for (const mount of model.mounts) {
    if (mount.kind !== 'volume' && mount.backup)
      warnings.push(`${mount.key}: only volumes are backed up, this one is a path of the node`);
    if (/^\/(run|tmp)(\/|$)/.test(mount.target))
      warnings.push(`${mount.key}: many systems mount something of their own over ${mount.target}`);
  }
  return warnings;
}

function checkHostname({ hostname }: CtModel, wrong: Complaints): void {
  // __NEW_UTS_LEN of Linux.
  if (hostname.length > 64) wrong['hostname'] = 'must not be longer than 64 characters';
  else if (/^localhost(\.|$)/i.test(hostname)) wrong['hostname'] = "must not be 'localhost'";
}

function checkResources(model: CtModel, wrong: Complaints): void {
  if (model.memoryMib > mostMib) wrong['memory'] = `must not be larger than ${mostMib} MiB`;
  if (model.swapMib > mostMib) wrong['swap'] = `must not be larger than ${mostMib} MiB`;
  if (model.cores !== undefined && model.cpuLimit > model.cores)
    wrong['cpulimit'] = `must not be larger than the number of cores, ${model.cores}`;
}

function checkDevices(model: CtModel, wrong: Complaints): void {
  const seen = new Map<string, string>();
  for (const { key, path, uid, gid } of model.devices) {
    const other = seen.get(path);
    seen.set(path, key);
    if (other !== undefined) wrong[key] = `${path} is ${other} already`;
    else if (ownDevices.test(path)) wrong[key] = `every container has a ${path} of its own`;
    else if (model.unprivileged && Math.max(uid, gid) >= ctIdMap.count)
      wrong[key] = `uid and gid must be below ${ctIdMap.count} in an unprivileged container`;
  }
}

function checkFirstProgram({ entrypoint, env }: CtModel, wrong: Complaints): void {
  // LXC cuts blanks at both ends of a value, and splits the command at blanks.
  if (entrypoint !== undefined && lineComplaint(entrypoint) !== undefined)
    wrong['entrypoint'] = lineComplaint(entrypoint)!;
  const names = new Set<string>();
  for (const { name, value } of env) {
    const complaint = value === '' ? undefined : lineComplaint(value);
    if (complaint !== undefined) wrong['env'] = `${name}: ${complaint}`;
    else if (names.has(name)) wrong['env'] = `${name} is given twice`;
    names.add(name);
  }
}

function lineComplaint(text: string): string | undefined {
  if (/[\n\r\0]/.test(text)) return 'must not hold line ends or NUL';
  return text.trim() === text ? undefined : 'must not begin or end with a blank';
}

function checkFeatures({ features, unprivileged }: CtModel, wrong: Complaints): void {
  const unknown = features.mount.filter((name) => !mountableFileSystems.has(name));
  if (features.keyctl && !unprivileged) wrong['features'] = 'keyctl is for unprivileged containers';
  else if (features.forceRwSys && !unprivileged)
    wrong['features'] = 'force_rw_sys is for unprivileged containers';
  else if (unknown.length > 0) wrong['features'] = `mount: '${unknown[0]}' is not allowed: nfs or cifs`;
}

function refuseUnsupported(model: CtModel): void {
  const refused: Complaints = {};
  if (model.features.mknod && model.unprivileged)
    refused['features'] = 'mknod is not supported yet in unprivileged containers';
  for (const mount of [model.root, ...model.mounts]) {
    if (mount.quota) refused[mount.key] = 'quota (disk quotas inside) is not supported yet';
  }
  const [first] = Object.entries(refused);
  if (first) throw new AppError('unsupported', `${first[0]}: ${first[1]}`, { fields: refused });
}
