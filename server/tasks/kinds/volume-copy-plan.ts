// What a copy of a volume is to be: its name, format and way, decided before anything is made.
import type { Feature, Storage, VolumeFormat, VolumeInfo } from '../../../storage-plugins/plugin.ts';
import { fileContents, fileVolumeName } from '../../../storage-plugins/volume-names.ts';
import { AppError, hasCode, invalidInput } from '../../core/errors.ts';
import type { WorkContext } from '../../core/work-context.ts';
import { namesOn } from '../../guests/guest-volumes.ts';
import type { DiskCopyPlan } from '../../guests/vm-disk-copies.ts';
import { freeName, ownerOf } from '../../guests/volume-names.ts';
import type { FileCopyPlan } from '../../storage/file-copy.ts';
import type { StorageService } from '../../storage/storage-service.ts';

export interface VolumeCopyParams {
  /** Volume id. */
  readonly source: string;
  /** Where the copy goes. */
  readonly storage: string;
  /** Of a file its name, default the same; of a disk its name without folder and extension, default the guest's next free one. */
  readonly name?: string;
  /** Of a disk: whose it becomes; default: whose the source is. */
  readonly vmid?: number;
  /** Of a disk; default: as it is, where the storage has that. */
  readonly format?: 'raw' | 'qcow2' | 'vmdk';
  /** The source is removed once the copy is whole. */
  readonly remove: boolean;
  /** The asker administers the storage where the copy goes; default: not. */
  readonly administers?: boolean;
  /** KiB per second; 0: no limit. */
  readonly limitKib: number;
  /** Random; by it the task finds again what it had begun. */
  readonly key: string;
}

export interface PlannedCopy {
  /** What is copied, as it is now. */
  readonly info: VolumeInfo;
  /** One of the two. */
  readonly file?: FileCopyPlan;
  readonly disk?: DiskCopyPlan & { readonly vmid: number };
}

/** Decides names and formats; says why not before anything is touched. */
export async function planCopy(
  storages: StorageService,
  context: WorkContext,
  params: VolumeCopyParams,
): Promise<PlannedCopy> {
  const { source, vmid, format } = params;
  const from = storages.resolve(source);
  const info = await from.storage.info(context, from.name);
  const isFile = (fileContents as readonly string[]).includes(info.content);
  if (isFile && (vmid !== undefined || format !== undefined))
    throw invalidInput({ [vmid === undefined ? 'format' : 'vmid']: 'goes with disks only' });
  if (isFile) return { info, file: await planFile(storages, context, params, info) };
  if (info.format === 'subvol')
    throw new AppError('unsupported', `${source} is a tree of a container: move it as a volume of that`);
  storages.requireClosed(source);
  return { info, disk: await planDisk(storages, context, params, info) };
}

async function planFile(
  storages: StorageService,
  context: WorkContext,
  { source, storage, name, limitKib, key }: VolumeCopyParams,
  info: VolumeInfo,
): Promise<FileCopyPlan> {
  const { content } = info;
  const from = storages.resolve(source);
  requireFeature(storages, from.storageId, 'stream-out', info.format);
  storages.requireContent(storage, content);
  requireFeature(storages, storage, 'stream-in', info.format);
  const fileName = name ?? from.name.slice(from.name.lastIndexOf('/') + 1);
  const target = fileVolumeName(content, fileName);
  if (target.format !== info.format)
    throw invalidInput({ name: `must end as that of ${source} does: it stays what it is` });
  if (await isThere(storages.storage(storage), context, target.name))
    throw new AppError('already-exists', `refusing to override existing file '${storage}:${target.name}'`);
  return { source, storage, content, fileName, key, limitKib };
}

async function planDisk(
  storages: StorageService,
  context: WorkContext,
  { source, storage, name, vmid = ownerOf(source), format: wish, limitKib }: VolumeCopyParams,
  info: VolumeInfo,
): Promise<NonNullable<PlannedCopy['disk']>> {
  if (vmid === undefined)
    throw invalidInput({ vmid: `${source} belongs to no guest: say whose the copy is` });
  const format = formatOn(storages, storage, wish, info.format);
  requireFeature(storages, storage, 'copy', format);
  const taken = await namesOn(storages.storage(storage), context, vmid);
  if (name !== undefined && !new RegExp(`^vm-${vmid}-[A-Za-z0-9_.+-]{1,100}$`).test(name))
    throw invalidInput({ name: `a disk of guest ${vmid} is named 'vm-${vmid}-...'` });
  if (name !== undefined && taken.has(name))
    throw new AppError('already-exists', `a disk '${name}' exists already on storage '${storage}'`);
  const chosen = name ?? freeName(vmid, format, taken);
  return {
    ...{ key: 'disk', vmid, storage, name: chosen, format, source, how: 'copy' },
    ...(limitKib > 0 ? { limitKib } : {}),
  };
}

/** As it is, where the storage has that; a wish that it cannot fulfil is `invalid-input`. */
function formatOn(
  storages: StorageService,
  storage: string,
  wish: VolumeFormat | undefined,
  from: VolumeFormat,
): VolumeFormat {
  const wanted = wish ?? (storages.imageFormats(storage).includes(from) ? from : undefined);
  return storages.imageFormat(storage, wanted);
}

/** `unsupported`. */
export function requireFeature(
  storages: StorageService,
  storage: string,
  feature: Feature,
  format: VolumeFormat,
): void {
  const can = storages
    .capabilities(storage)
    .some((row) => row.feature === feature && row.formats.includes(format));
  if (!can)
    throw new AppError(
      'unsupported',
      `storage '${storage}' cannot ${featureWords[feature]} volumes of format '${format}'`,
    );
}

const featureWords: Readonly<Partial<Record<Feature, string>>> = {
  annotate: 'keep notes of',
  copy: 'make copies as',
  'stream-in': 'take in',
  'stream-out': 'give out',
};

export async function isThere(storage: Storage, context: WorkContext, name: string): Promise<boolean> {
  try {
    await storage.info(context, name);
    return true;
  } catch (error) {
    if (hasCode(error, 'not-found')) return false;
    throw error;
  }
}
