// LVM's tools: what groups there are, and making and removing them.
import { hasCode } from '../core/errors.ts';
import type { Exec } from '../core/exec.ts';
import type { DiskDriver, VolumeGroup } from './disk-driver.ts';
import { lvsArgs, pvsArgs, readLvm, vgsArgs } from './lvm-report.ts';

type LvmMethods = Pick<
  DiskDriver,
  'makeGroup' | 'closeGroup' | 'removeGroup' | 'releaseDevice' | 'makePool' | 'removePool'
>;

export interface HostLvm {
  readonly methods: LvmMethods;
  /** No groups where LVM is not installed. */
  report(signal: AbortSignal): Promise<{ groups: readonly VolumeGroup[]; spare: readonly string[] }>;
}

/** Looking at disks; one that fails answers late. */
export const lookMs = 20_000;
const writeMs = 120_000;
/** lvm(8), "ECMD_FAILED": among others, what is asked for does not exist. */
const notThere = 5;

export function createHostLvm(exec: Exec): HostLvm {
  const look = async (program: string, args: readonly string[], signal: AbortSignal) =>
    (
      await exec(program, args, {
        // 5: it complains of one disk and tells of all others.
        ...{ signal, timeoutMs: lookMs, intention: 'list the volume groups', okExitCodes: [0, notThere] },
      })
    ).stdout;

  const report: HostLvm['report'] = async (signal) => {
    try {
      const pvs = await look('pvs', pvsArgs, signal);
      return readLvm(pvs, await look('vgs', vgsArgs, signal), await look('lvs', lvsArgs, signal));
    } catch (error) {
      if (hasCode(error, 'unavailable')) return { groups: [], spare: [] };
      throw error;
    }
  };
  const write = async (program: string, args: readonly string[], intention: string, signal: AbortSignal) => {
    await exec(program, ['--yes', ...args], { signal, timeoutMs: writeMs, intention });
  };
  const find = async (name: string, signal: AbortSignal) =>
    (await report(signal)).groups.find((group) => group.name === name);

  const methods: LvmMethods = {
    async makeGroup(name, device, signal) {
      const { groups, spare } = await report(signal);
      if (groups.some((group) => group.name === name && group.devices.some((one) => one.device === device)))
        return;
      if (!spare.includes(device)) await write('pvcreate', [device], `prepare ${device} for LVM`, signal);
      await write('vgcreate', [name, device], `make the volume group '${name}'`, signal);
    },
    async closeGroup(name, signal) {
      if (await find(name, signal))
        await write('vgchange', ['--activate', 'n', name], `switch off the volume group '${name}'`, signal);
    },
    async removeGroup(name, signal) {
      if (await find(name, signal))
        await write('vgremove', ['--force', name], `remove the volume group '${name}'`, signal);
    },
    async releaseDevice(device, signal) {
      const { spare } = await report(signal);
      if (spare.includes(device)) await write('pvremove', [device], `take ${device} from LVM`, signal);
    },
    async makePool(group, name, sizes, signal) {
      const found = (await find(group, signal))?.volumes.find((volume) => volume.name === name);
      if (found?.type === 'thin-pool') return;
      await write(
        'lvcreate',
        [
          ...['--type', 'thin-pool', '--size', `${sizes.dataBytes}b`],
          ...['--poolmetadatasize', `${sizes.metadataBytes}b`],
          // What a guest reads of a new volume must be nobody else's.
          ...['--zero', 'y', '--name', name, group],
        ],
        `make the thin pool '${name}'`,
        signal,
      );
    },
    async removePool(group, name, signal) {
      const found = (await find(group, signal))?.volumes.some((volume) => volume.name === name);
      if (found)
        await write('lvremove', ['--force', `${group}/${name}`], `remove the thin pool '${name}'`, signal);
    },
  };
  return { methods, report };
}
