// Applies changes to a running container: limits, cards, addresses, host name, one more mount point.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../../core/errors.ts';
import { withRoot } from '../../../core/root-files.ts';
import type { WorkContext } from '../../../core/work-context.ts';
import type { CtChange, CtMountPlan, CtNicPlan } from '../ct-driver.ts';
import { ctCgroups } from '../ct-paths.ts';
import { applyLimit } from './cgroup-limits.ts';
import { isMountedUnprivileged, mountOne, recordMount } from './ct-mounts.ts';
import type { SweepParts } from './ct-sweep.ts';
import { createNic, removeNic, setAddresses, setHostname } from './guest-network.ts';
import { hostPlugFacts, plugNic, readNics, readSwapped, unplugNic, writePlugFiles } from './nic-host.ts';

export interface HotPlugParts extends SweepParts {
  readonly hooksFolder: string;
}

/** False: this one needs a restart. */
export async function applyChange(
  parts: HotPlugParts,
  context: WorkContext,
  vmid: number,
  pid: number,
  change: CtChange,
): Promise<boolean> {
  const { exec, base, cgroups, prefix } = parts;
  switch (change.action) {
    case 'cpu-limit':
    case 'cpu-weight':
    case 'cpu-cores':
    case 'memory':
      await applyLimit(cgroups, ctCgroups(prefix, vmid).payload, vmid, change);
      return true;
    case 'attach-nic':
      await attachNic(parts, vmid, pid, change.nic);
      return true;
    case 'detach-nic':
      await unplugNic(exec, change.nic, hostPlugFacts());
      await removeNic(exec, change.nic);
      await rememberNics(base, vmid, change.nic, 'gone');
      return true;
    case 'update-nic':
      await plugNic(exec, change.nic, hostPlugFacts());
      await rememberNics(base, vmid, change.nic, 'changed');
      return true;
    case 'set-addresses':
      return setAddresses(exec, pid, change);
    case 'hostname':
      await setHostname(exec, pid, change.hostname);
      return true;
    case 'attach-mount':
      await attachMount(parts, context, vmid, pid, change.mount);
      return true;
  }
}

async function attachNic(
  { exec, base }: HotPlugParts,
  vmid: number,
  pid: number,
  nic: CtNicPlan,
): Promise<void> {
  const facts = hostPlugFacts();
  await createNic(exec, pid, nic);
  try {
    await plugNic(exec, nic, facts);
    await rememberNics(base, vmid, nic, 'new');
  } catch (error) {
    await unplugNic(exec, nic, facts).catch(() => {});
    await removeNic(exec, nic);
    throw error;
  }
}

/** For the hooks: a reboot from inside plugs what is plugged now. */
async function rememberNics(
  base: string,
  vmid: number,
  nic: CtNicPlan,
  how: 'new' | 'gone' | 'changed',
): Promise<void> {
  const others = (await readNics(base, vmid)).filter((each) => each.key !== nic.key);
  const before = await readSwapped(base, vmid);
  const swapped = how === 'changed' ? before : [...new Set([...before, nic.hostName])];
  writePlugFiles(base, vmid, how === 'gone' ? others : [...others, nic], hostPlugFacts(), swapped);
}

/** In the host's view first (there it is found again after a reboot from inside), then in the container's own mount namespace. */
async function attachMount(
  parts: HotPlugParts,
  context: WorkContext,
  vmid: number,
  pid: number,
  plan: CtMountPlan,
): Promise<void> {
  const { exec, base, hooksFolder } = parts;
  const source = await mountOne(parts, context, vmid, plan, isMountedUnprivileged(base, vmid));
  await withRoot(`/proc/${pid}/root`, (root) => root.makeFolders(plan.target));
  // On hosts with shared mounts what is bound in the host's view shows inside as well.
  if (!plan.idmapped && (await isThereAlready(pid, source, plan.target)))
    return recordMount(base, vmid, plan);
  const script = join(hooksFolder, 'mount-into.pl');
  const args = [script, String(pid), source, plan.target, plan.idmapped ? 'idmapped' : 'plain'];
  await exec('perl', args, { signal: context.signal, intention: `mount ${plan.key}` }).catch(
    (error: unknown) => {
      throw new AppError('command-failed', `${plan.key} cannot be mounted while the container runs`, {
        cause: error,
      });
    },
  );
  recordMount(base, vmid, plan);
}

async function isThereAlready(pid: number, source: string, target: string): Promise<boolean> {
  const wanted = await stat(source);
  return withRoot(`/proc/${pid}/root`, async (root) => {
    const place = await root.hold(target);
    try {
      const { dev, ino } = await stat(place.path);
      return dev === wanted.dev && ino === wanted.ino;
    } finally {
      await place.close();
    }
  }).catch(() => false);
}
