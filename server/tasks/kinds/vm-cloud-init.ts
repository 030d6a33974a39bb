// Task `qmcloudinit`: the image of a VM's cloud-init drive is made anew; a running guest sees the disc change.
import { asAppError } from '../../core/errors.ts';
import { cloudInitDrive, fillCloudInitDrive } from '../../guests/cloud-init/cloud-init-drive.ts';
import { isCloudInitKey } from '../../guests/config/cloud-init-keys.ts';
import type { VmConfig } from '../../guests/config/config-keys.ts';
import { settleKeys } from '../../guests/config/pending-changes.ts';
import { readVmConfig } from '../../guests/config/read-vm-config.ts';
import { changeGuest, readGuest } from '../../guests/guest-documents.ts';
import { attachVolume, detachVolume } from '../../guests/guest-volumes.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import { readUnlockedVm } from '../../guests/vm-state-rules.ts';
import type { TaskContext, TaskKind } from '../task.ts';
import type { GuestTarget } from './guest-task-names.ts';

export function vmCloudInitKind(parts: VmParts): TaskKind<GuestTarget, object> {
  return {
    type: 'qmcloudinit',
    describe: ({ vmid }) => `VM ${vmid} - Cloud-init`,
    objectId: ({ vmid }) => String(vmid),
    locks: ({ vmid }) => [{ scope: 'guest', id: String(vmid) }],
    // One whose memory is saved has the disc open as it is.
    check: async ({ vmid }) => void readUnlockedVm(parts, vmid),
    steps: [
      {
        name: 'make-image',
        async run(context, { vmid }) {
          await refreshCloudInit(parts, context, vmid);
          return undefined;
        },
      },
    ],
    // Half an image is of no use to anybody, and there is none to go back to.
    afterCrash: 'resume',
    cancellable: false,
  };
}

/**
 * Makes the image of the wanted configuration and notes it as what the guest runs with. The running guest's disc is taken out and put
 * in again, which tells it; where it holds the tray, it reads the new image when it looks again. Repeatable.
 */
export async function refreshCloudInit(parts: VmParts, context: TaskContext, vmid: number): Promise<void> {
  const { config, running } = readGuest(parts.store, vmid);
  const isOn = running !== undefined && parts.states.stateOf(vmid) !== 'stopped';
  // The drive that it runs with, told what is wanted.
  const keys = Object.keys({ ...config, ...running }).filter(isCloudInitKey);
  const told = isOn ? settleKeys(running, config, keys) : config;
  const drive = cloudInitDrive(readVmConfig({ vmid, config: told }));
  if (drive?.volume === undefined) return;
  const attachments = { [drive.key]: await attachVolume(parts.storages, context, drive.volume) };
  try {
    await fillCloudInitDrive(parts, context, vmid, { ...told, ...named(config) }, attachments);
    if (!isOn) return;
    await changeDisc(parts, context, vmid, drive.key, running, new Map(Object.entries(attachments)));
    await changeGuest(parts.store, vmid, (document) =>
      document.running === undefined
        ? undefined
        : { ...document, running: settleKeys(document.running, document.config, keys) },
    );
  } finally {
    if (!isOn) await detachVolume(parts.storages, context, drive.volume);
  }
}

/** The name is in force at once, and is told. */
function named(config: VmConfig): VmConfig {
  return config['name'] === undefined ? {} : { name: config['name'] };
}

async function changeDisc(
  parts: VmParts,
  context: TaskContext,
  vmid: number,
  key: string,
  running: VmConfig,
  attachments: Parameters<VmParts['renderChange']>[4],
): Promise<void> {
  const action = 'change-media' as const;
  const empty = { ...running, [key]: 'none,media=cdrom' };
  try {
    const out = parts.renderChange(vmid, { key, action }, running, empty, new Map());
    const back = parts.renderChange(vmid, { key, action }, empty, running, attachments);
    const changes = [out, back].flatMap((change) => change ?? []);
    const refused = await parts.driver.hotPlug(context, vmid, changes);
    if (refused.length > 0) context.warn(`${key}: the guest does not let go of its disc`);
  } catch (error) {
    if (context.signal.aborted) throw error;
    context.warn(`${key}: ${asAppError(error).message}; the guest was not told of its new disc`);
  }
}
