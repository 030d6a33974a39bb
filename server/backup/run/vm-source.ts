// How a VM is backed up: by NBD from QEMU while it runs, as of the moment when that began; from its volumes when it is off.
import type { Attachment } from '../../../storage-plugins/plugin.ts';
import { AppError } from '../../core/errors.ts';
import type { VmConfig } from '../../guests/config/config-keys.ts';
import { activeConfig } from '../../guests/config/guest-document.ts';
import { readVmConfig } from '../../guests/config/read-vm-config.ts';
import { readGuest } from '../../guests/guest-documents.ts';
import { attachVolume, detachVolume, volumeInfo } from '../../guests/guest-volumes.ts';
import type { BackupScratch } from '../../guests/vm/backup-types.ts';
import type { VmDriver } from '../../guests/vm/vm-driver.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import { letGoOn } from '../../tasks/kinds/vm-snapshot-parts.ts';
import { startSteps } from '../../tasks/kinds/vm-start-steps.ts';
import type { DiskEnd, WriteVmaOrder } from '../worker/worker-orders.ts';
import type { BackupOptions } from './backup-options.ts';
import { requireUnlocked } from './guest-lock.ts';
import { bringUpAgain, type RestartableGuest, shutDownForBackup, startAgain } from './guest-restart.ts';
import type { GuestSource, OpenedSource, SourceContext, SourcePlan } from './guest-source.ts';
import { sizeText } from './log-texts.ts';
import type { RunOrder } from './run-worker.ts';
import { renderConfText } from './vm-conf-text.ts';
import { type PlannedDisk, planDisks } from './vm-disk-plan.ts';

export interface VmSourceParts {
  readonly vm: Omit<VmParts, 'driver'> & {
    readonly driver: VmParts['driver'] & Pick<VmDriver, 'beginBackup' | 'endBackup' | 'watchBackup'>;
  };
  readonly runOrder: RunOrder;
  /** Where what the guest overwrites is kept; `storage`: of the storage named for it. */
  scratch(storage: string | null): BackupScratch;
  /** As of `RestartableGuest`. */
  readonly downGraceMs?: number;
}

interface DiskFacts extends PlannedDisk {
  readonly format: string;
  readonly sizeBytes: number;
}

export interface VmPlan extends SourcePlan {
  readonly disks: readonly DiskFacts[];
  /** `qemu-server.conf`. */
  readonly conf: string;
}

export interface VmOpened extends OpenedSource {
  readonly disks: readonly { readonly device: string; readonly sizeBytes: number; readonly from: DiskEnd }[];
  /** It is read from the running guest. */
  readonly live: boolean;
}

export function createVmSource(parts: VmSourceParts): GuestSource<VmPlan, VmOpened> {
  const { vm } = parts;
  const configOf = (vmid: number): VmConfig => activeConfig(readGuest(vm.store, vmid));
  const guest: RestartableGuest = {
    ...{ kind: 'qemu', parts: vm, noun: 'virtual guest', downGraceMs: parts.downGraceMs },
    async requestShutdown(vmid) {
      const { agent } = readVmConfig({ vmid, config: configOf(vmid) });
      await vm.driver.requestShutdown(vmid, { agent: agent.enabled });
    },
    startSteps: (standing) =>
      startSteps(
        standing ? { ...vm, renderStart: (...args) => ({ ...vm.renderStart(...args), frozen: true }) } : vm,
      ),
  };

  return {
    kind: 'qemu',
    check: async (vmid) => requireUnlocked(readGuest(vm.store, vmid)),

    async plan(context, vmid, options) {
      const config = configOf(vmid);
      const state = vm.states.stateOf(vmid);
      const name = String(config['name'] ?? '');
      context.log(`status = ${state}`);
      if (name !== '') context.log(`VM Name: ${name}`);
      const planned = planDisks(config);
      const disks: DiskFacts[] = [];
      for (const disk of planned.disks) {
        const { format, sizeBytes } = await volumeInfo(vm.storages, context, disk.volume);
        disks.push({ ...disk, format, sizeBytes });
        context.log(
          `include disk '${disk.key}' '${disk.volume}' ${sizeText(sizeBytes, 0).replace(/ (.).*/, '$1')}`,
        );
      }
      for (const { key, volume, why } of planned.leftOut)
        context.log(
          why === 'unused'
            ? `skip unused drive '${volume}' (not included into backup)`
            : `exclude disk '${key}' '${volume}' (${why})`,
        );
      const { snapshots } = readGuest(vm.store, vmid);
      if (Object.keys(snapshots ?? {}).length > 0) context.log('snapshots found (not included into backup)');
      const mode = state === 'stopped' && options.mode !== 'stop' ? 'stop' : options.mode;
      context.log(`backup mode: ${mode}`);
      if (options.limitKib > 0) context.log(`bandwidth limit: ${options.limitKib} KiB/s`);
      context.log(`ionice priority: ${options.ioPriority}`);
      return {
        guestName: name === '' ? `VM ${vmid}` : name,
        state: state === 'stopped' ? 'stopped' : state === 'running' ? 'running' : 'paused',
        disks,
        conf: renderConfText(config, disks),
      };
    },

    async bringDown(context, vmid, options, plan) {
      if (options.mode === 'stop' && plan.state === 'running')
        await shutDownForBackup(guest, context, vmid, options);
    },

    async bringUp(context, vmid, plan, wasDown) {
      if (plan.state === 'running') await bringUpAgain(guest, context, vmid, wasDown);
    },

    async open(context, vmid, options, plan) {
      const restarts = options.mode === 'stop' && plan.state === 'running';
      // A former try may have started it already.
      if (restarts) await startAgain(guest, context, vmid, { standing: true });
      await vm.states.refresh();
      if (vm.states.stateOf(vmid) === 'stopped')
        return { disks: await openVolumes(context, plan.disks), live: false };
      const { disks } = await openLive(context, vmid, options, plan, restarts);
      // Copies of what is no drive stay readable whatever becomes of the guest.
      const live = plan.disks.some(({ kind }) => kind === 'drive');
      return { disks, live, restarted: restarts };
    },

    async close(context, vmid, plan, opened) {
      await vm.driver.endBackup(context, vmid);
      await vm.states.refresh();
      // Until it was open the guest stood for that; what stands later stands because somebody wants it to.
      if (opened === undefined && plan.state === 'running') await letGoOn(vm as VmParts, vmid);
      if (vm.states.stateOf(vmid) !== 'stopped') return;
      for (const { volume } of plan.disks) await detachVolume(vm.storages, context, volume);
    },

    watch: (vmid, { live }, listener) => (live ? vm.driver.watchBackup(vmid, listener) : () => {}),

    async write(context, { vmid, options, plan, opened, archive, uuid, ctime, onProgress }) {
      const order: WriteVmaOrder = {
        ...{ kind: 'write-vma', archive, uuid, ctime, disks: opened.disks },
        texts: [{ name: 'qemu-server.conf', text: plan.conf }],
        zstdThreads: options.zstdThreads,
        ...(options.limitKib > 0 ? { bytesPerSecond: options.limitKib * 1024 } : {}),
      };
      try {
        return await parts.runOrder(context, order, { ioPriority: options.ioPriority, onProgress });
      } catch (error) {
        // What was read is gone with the guest, and may be missed before anybody has told why.
        if (opened.live && !context.signal.aborted) {
          await vm.states.refresh().catch(() => {});
          if (['stopping', 'stopped'].includes(vm.states.stateOf(vmid)))
            throw new AppError('wrong-state', `VM ${vmid} was ended meanwhile`, { cause: error });
        }
        throw error;
      }
    },
  };

  async function openVolumes(
    context: SourceContext,
    disks: readonly DiskFacts[],
  ): Promise<VmOpened['disks']> {
    const opened: VmOpened['disks'][number][] = [];
    for (const { device, volume, sizeBytes } of disks) {
      const attachment = await attachVolume(vm.storages, context, volume);
      opened.push({ device, sizeBytes, from: { kind: 'image', attachment } });
    }
    return opened;
  }

  async function openLive(
    context: SourceContext,
    vmid: number,
    options: BackupOptions,
    plan: VmPlan,
    restarted: boolean,
  ): Promise<Pick<VmOpened, 'disks'>> {
    const { agent } = readVmConfig({ vmid, config: configOf(vmid) });
    const drives = plan.disks.filter(({ kind }) => kind === 'drive');
    const states = plan.disks.filter(({ kind }) => kind === 'state');
    if (plan.disks.length === 0) return { disks: [] };
    const suspends = options.mode === 'suspend' && vm.states.stateOf(vmid) === 'running';
    // Of a former try.
    await vm.driver.endBackup(context, vmid);
    const copies: { key: string; from: Attachment }[] = [];
    for (const { key, volume } of states)
      copies.push({ key, from: await attachVolume(vm.storages, context, volume) });
    if (suspends) {
      context.log('suspending VM');
      await vm.driver.pause(vmid);
      await vm.states.refresh();
    }
    const stands = vm.states.stateOf(vmid) !== 'running';
    try {
      const view = await vm.driver.beginBackup(context, vmid, {
        ...{ disks: drives.map(({ key }) => key), copies, scratch: parts.scratch(options.scratchStorage) },
        freeze: drives.length > 0 && !stands && agent.enabled && agent.freezeFs,
      });
      const of = <T extends { readonly key: string }>(list: readonly T[], key: string): T => {
        const found = list.find((one) => one.key === key);
        if (!found) throw new AppError('internal', `the backup does not show ${key}`);
        return found;
      };
      return {
        disks: plan.disks.map(({ key, device, kind }) => {
          if (kind === 'drive') {
            const { exportName, sizeBytes } = of(view.disks, key);
            return { device, sizeBytes, from: { kind: 'nbd', socket: view.socket, exportName } };
          }
          const { path, sizeBytes } = of(view.copies, key);
          return {
            device,
            sizeBytes,
            from: { kind: 'image', attachment: { kind: 'file', path, format: 'raw' } },
          };
        }),
      };
    } finally {
      if (suspends || restarted) {
        context.log('resuming VM again');
        await letGoOn(vm as VmParts, vmid);
      }
    }
  }
}
