// A guest's cloud-init drive: found in its configuration, and filled with what its guest is to be told.
import type { Attachment } from '../../../storage-plugins/plugin.ts';
import { asAppError, invalidInput } from '../../core/errors.ts';
import { splitVolumeId } from '../../core/ids.ts';
import { mebibyte } from '../../core/units.ts';
import { quietContext, type WorkContext } from '../../core/work-context.ts';
import { isCloudInitVolume } from '../config/cloud-init-keys.ts';
import type { VmConfig } from '../config/config-keys.ts';
import { readVmConfig } from '../config/read-vm-config.ts';
import type { VmDrive, VmModel } from '../config/vm-model.ts';
import { type GuestStorages, volumeInfo } from '../guest-volumes.ts';
import { type CustomFiles, cloudInitFiles } from './cloud-init-files.ts';
import type { WriteCloudInitImage } from './image.ts';
import type { HostDns } from './network-config.ts';

/** What this node does for cloud-init. */
export interface CloudInitHost {
  dns(): Promise<HostDns>;
  hashPassword(password: string): Promise<string>;
  readonly write: WriteCloudInitImage;
}

export interface CloudInitParts {
  readonly storages: GuestStorages;
  readonly cloudInit: CloudInitHost;
}

/** Of one of the user's own files. */
const mostFileBytes = mebibyte;
const checkLimitMs = 20_000;

export function cloudInitDrive({ drives }: Pick<VmModel, 'drives'>): VmDrive | undefined {
  return drives.find(({ volume }) => isCloudInitVolume(volume));
}

/** Fills the drive if there is one among those attached; says so in the log where something changed. Repeatable. */
export async function fillCloudInitDrive(
  parts: CloudInitParts,
  context: WorkContext,
  vmid: number,
  config: VmConfig,
  attachments: Readonly<Record<string, Attachment>>,
): Promise<void> {
  const model = readVmConfig({ vmid, config });
  const drive = cloudInitDrive(model);
  const target = drive && attachments[drive.key];
  if (!target) return;
  const [dns, custom] = await Promise.all([
    parts.cloudInit.dns(),
    readCustomFiles(parts.storages, context, model),
  ]);
  const files = cloudInitFiles(model, dns, custom);
  if (await parts.cloudInit.write(context, vmid, target, files))
    context.log(`made the cloud-init image ${drive.volume}`);
}

async function readCustomFiles(
  storages: GuestStorages,
  context: WorkContext,
  { cloudInit }: VmModel,
): Promise<CustomFiles> {
  const files: Record<string, Uint8Array> = {};
  for (const [kind, volume] of Object.entries(cloudInit.custom))
    if (volume !== undefined) files[kind] = await readSnippet(storages, context, volume);
  return files;
}

async function readSnippet(
  storages: GuestStorages,
  context: WorkContext,
  volume: string,
): Promise<Uint8Array> {
  const { storage, name } = await assertSnippet(storages, context, volume);
  const source = await storages.storage(storage).exportStream(context, name);
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of source) {
    bytes += (part as Uint8Array).length;
    if (bytes > mostFileBytes) throw invalidInput({ cicustom: `'${volume}' is larger than 1 MiB` });
    parts.push(part as Uint8Array);
  }
  return Buffer.concat(parts);
}

async function assertSnippet(storages: GuestStorages, context: WorkContext, volume: string) {
  const at = splitVolumeId(volume);
  if (!at) throw invalidInput({ cicustom: `'${volume}' is not a volume ID: write storage:name` });
  const { content, sizeBytes } = await volumeInfo(storages, context, volume);
  if (content !== 'snippets')
    throw invalidInput({ cicustom: `'${volume}' is not in the snippets directory` });
  if (sizeBytes > mostFileBytes) throw invalidInput({ cicustom: `'${volume}' is larger than 1 MiB` });
  return at;
}

/** `invalid-input` about `cicustom` unless it is as it was, or names files of content `snippets` that are there. */
export async function checkCustomFiles(
  storages: GuestStorages,
  vmid: number,
  change: { readonly config: VmConfig; readonly changedKeys: readonly string[] },
): Promise<void> {
  if (change.config['cicustom'] === undefined || !change.changedKeys.includes('cicustom')) return;
  const { custom } = readVmConfig({ vmid, config: { cicustom: change.config['cicustom'] } }).cloudInit;
  for (const volume of Object.values(custom)) {
    if (volume === undefined) continue;
    try {
      await assertSnippet(storages, quietContext(AbortSignal.timeout(checkLimitMs)), volume);
    } catch (error) {
      const { fields, message, code } = asAppError(error);
      if (fields?.['cicustom'] !== undefined) throw error;
      throw invalidInput({ cicustom: code === 'internal' ? `'${volume}' cannot be read` : message });
    }
  }
}
