// Volumes by their ids: content lists as the API has them, allocation, deletion, attaching.
import type {
  Attachment,
  ContentKind,
  Feature,
  Storage,
  VolumeFormat,
  VolumeInfo,
} from '../../storage-plugins/plugin.ts';
import { fileContents } from '../../storage-plugins/volume-names.ts';
import { AppError, invalidInput } from '../core/errors.ts';
import { splitVolumeId } from '../core/ids.ts';
import { gibibyte, kibibyte, mebibyte } from '../core/units.ts';
import type { WorkContext } from '../core/work-context.ts';
import { contentsOf, type StorageConfig } from './storage-config.ts';
import { readBackupVolume } from './stored-backups.ts';

/** One line of a storage's content. Sizes in bytes, `ctime` in seconds. */
export interface ContentItem {
  readonly volid: string;
  readonly content: ContentKind;
  /** Of a backup the kind of guest: `qemu`, `lxc`, `openvz`, or `unknown`. */
  readonly subtype?: string;
  readonly format: VolumeFormat;
  readonly size: number;
  readonly used: number;
  readonly ctime: number;
  readonly vmid?: number;
  readonly parent?: string;
  /** Written by people: hostile to whoever shows it. */
  readonly notes?: string;
  readonly protected?: 1;
}

export interface VolumesParts {
  config(id: string): StorageConfig;
  storage(id: string): Storage;
  /** Formats of new disk images, the default first. */
  imageFormats(config: StorageConfig): readonly VolumeFormat[];
  /** Formats of new volumes of containers, the default first. */
  rootFormats(config: StorageConfig): readonly VolumeFormat[];
  isContainer(vmid: number): boolean;
  /** Who uses the volume: `VM 100`. */
  referencedBy(volid: string): string[];
  /** Does its plugin declare the feature for volumes of the format? */
  can(id: string, feature: Feature, format: VolumeFormat): boolean;
}

export interface ResolvedVolume {
  readonly storageId: string;
  /** The part of the volume id after the colon. */
  readonly name: string;
  readonly storage: Storage;
}

export interface Allocation {
  readonly vmid: number;
  readonly sizeBytes: number;
  /** `vm-100-disk-1` or `vm-100-disk-1.qcow2`; undefined for the next free name. */
  readonly filename?: string | undefined;
  readonly format?: VolumeFormat | undefined;
}

export class Volumes {
  readonly #parts: VolumesParts;

  constructor(parts: VolumesParts) {
    this.#parts = parts;
  }

  /** Splits `storage:name` and finds the storage; `invalid-input`, `not-found`, `unavailable`. */
  resolve(volid: string): ResolvedVolume {
    const parts = splitVolumeId(volid);
    if (!parts) throw invalidInput({ volume: 'not a volume ID: write storage:name' });
    return { storageId: parts.storage, name: parts.name, storage: this.#parts.storage(parts.storage) };
  }

  /** `invalid-input` about `content` when the storage is not configured for the kind. */
  requireContent(id: string, kind: ContentKind): void {
    const kinds = contentsOf(this.#parts.config(id));
    if (!kinds.includes(kind))
      throw invalidInput({ content: `storage '${id}' does not hold content '${kind}'` });
  }

  /** What is on the storage, of the kinds that it is configured for. Images of containers count as `rootdir`. */
  async content(
    context: WorkContext,
    id: string,
    filter: { content?: string | undefined; vmid?: number | undefined } = {},
  ): Promise<ContentItem[]> {
    const configured = this.#shownContents(this.#parts.config(id));
    const storage = this.#parts.storage(id);
    const wanted = configured.filter((kind) => filter.content === undefined || kind === filter.content);
    if (wanted.length === 0) return [];
    const contents: ContentKind[] = [...wanted];
    if (wanted.includes('rootdir') && !wanted.includes('images')) contents.push('images');
    const found = await storage.list(context, {
      contents,
      ...(filter.vmid === undefined ? {} : { vmid: filter.vmid }),
    });
    return found
      .map((info) => renderVolume(id, info, this.#contentOf(info)))
      .filter((item) => wanted.includes(item.content));
  }

  /** LUNs are shown also while guests are not to use them (content `none`): a volume group may be laid on them. */
  #shownContents(config: StorageConfig): ContentKind[] {
    const configured = contentsOf(config);
    const makesNone = this.#parts.imageFormats(config).length === 0;
    return configured.length === 0 && makesNone ? ['images'] : configured;
  }

  #contentOf({ content, vmid }: VolumeInfo): ContentKind {
    return content === 'images' && vmid !== undefined && this.#parts.isContainer(vmid) ? 'rootdir' : content;
  }

  async info(context: WorkContext, volid: string): Promise<VolumeInfo> {
    const { storage, name } = this.resolve(volid);
    return await storage.info(context, name);
  }

  async attach(context: WorkContext, volid: string, snapshot?: string): Promise<Attachment> {
    const { storage, name } = this.resolve(volid);
    return await storage.attach(context, name, snapshot);
  }

  async detach(context: WorkContext, volid: string): Promise<void> {
    const { storage, name } = this.resolve(volid);
    await storage.detach(context, name);
  }

  /** The wished format, or the storage's default. */
  imageFormat(id: string, wish: VolumeFormat | undefined): VolumeFormat {
    const formats = this.#parts.imageFormats(this.#parts.config(id));
    const format = wish ?? formats[0];
    if (format === undefined)
      throw invalidInput({ storage: `storage '${id}' makes no disks: choose a volume that it has` });
    if (!formats.includes(format))
      throw invalidInput({ format: `storage '${id}' has disk images of format ${formats.join(', ')} only` });
    return format;
  }

  /** The wished format of a container's volume, or the storage's default. */
  rootFormat(id: string, wish: VolumeFormat | undefined): VolumeFormat {
    const formats = this.#parts.rootFormats(this.#parts.config(id));
    const format = wish ?? formats[0];
    if (format === undefined)
      throw invalidInput({ storage: `storage '${id}' cannot hold volumes of containers` });
    if (!formats.includes(format))
      throw invalidInput({
        format: `storage '${id}' has volumes of containers of format ${formats.join(', ')} only`,
      });
    return format;
  }

  /** Makes an empty disk or tree; answers its volume id. A tree is asked for by its format, or by the file name's. */
  async allocate(context: WorkContext, id: string, wanted: Allocation): Promise<string> {
    const { stem, format: named } = splitDiskName(wanted.filename);
    if (named !== undefined && wanted.format !== undefined && named !== wanted.format)
      throw invalidInput({ format: `the file name says '${named}'` });
    const wish = named ?? wanted.format;
    const kind = this.#allocatedContent(id, wanted.vmid, wish);
    this.requireContent(id, kind);
    const least = wish === 'subvol' ? 0 : 1;
    if (!Number.isSafeInteger(wanted.sizeBytes) || wanted.sizeBytes < least)
      throw invalidInput({ size: 'a disk has a size of more than none, and of less than 8 PiB' });
    const format = kind === 'rootdir' ? this.rootFormat(id, wish) : this.imageFormat(id, wish);
    const { name } = await this.#parts
      .storage(id)
      .createDisk(context, { vmid: wanted.vmid, sizeBytes: wanted.sizeBytes, format, name: stem });
    return `${id}:${name}`;
  }

  /** A raw image may be either kind: the guest says which, or what the storage is for. */
  #allocatedContent(id: string, vmid: number, wish: VolumeFormat | undefined): ContentKind {
    if (wish === 'subvol') return 'rootdir';
    if (wish !== undefined && wish !== 'raw') return 'images';
    const kinds = contentsOf(this.#parts.config(id));
    if (!kinds.includes('rootdir')) return 'images';
    return this.#parts.isContainer(vmid) || !kinds.includes('images') ? 'rootdir' : 'images';
  }

  /** Notes and protection, as the plugin's `annotate`; `unsupported` before anything is touched. */
  async annotate(
    context: WorkContext,
    volid: string,
    change: { readonly notes?: string | undefined; readonly protected?: boolean | undefined },
  ): Promise<void> {
    const { storage, storageId, name } = this.resolve(volid);
    const { format } = await storage.info(context, name);
    if (!this.#parts.can(storageId, 'annotate', format))
      throw new AppError('unsupported', `storage '${storageId}' keeps no notes and no protection`);
    await storage.annotate(context, name, change);
  }

  /** `busy`, naming who uses it. */
  requireUnused(volid: string): void {
    const holders = this.#parts.referencedBy(volid);
    if (holders.length > 0)
      throw new AppError('busy', `volume '${volid}' is used by ${holders.join(', ')}`, { data: { holders } });
  }

  /** Deletes a volume that nobody uses. What is gone already is no error. */
  async delete(context: WorkContext, volid: string): Promise<void> {
    const { storage, name } = this.resolve(volid);
    this.requireUnused(volid);
    await storage.remove(context, name);
  }
}

function renderVolume(id: string, info: VolumeInfo, content: ContentKind): ContentItem {
  return {
    volid: `${id}:${info.name}`,
    content,
    format: info.format,
    size: info.sizeBytes,
    used: info.usedBytes,
    ctime: info.createdAt,
    ...(content === 'backup' ? { subtype: readBackupVolume(info.name, 'UTC')?.kind ?? 'unknown' } : {}),
    ...(info.vmid === undefined ? {} : { vmid: info.vmid }),
    ...(info.parent === undefined ? {} : { parent: info.parent }),
    ...(info.notes === undefined ? {} : { notes: info.notes }),
    ...(info.protected ? { protected: 1 } : {}),
  };
}

function splitDiskName(filename: string | undefined): { stem?: string; format?: VolumeFormat } {
  if (filename === undefined) return {};
  const match = /^(.+)\.(raw|qcow2|vmdk|subvol)$/.exec(filename);
  return match ? { stem: match[1]!, format: match[2] as VolumeFormat } : { stem: filename };
}

/** Bytes of an allocation's size in the API's notation: a number of KiB, or with `M` or `G`. */
export function readAllocationSize(text: string): number {
  const match = /^(\d+)([MG]?)$/.exec(text);
  if (!match) throw invalidInput({ size: 'write a number of KiB, or with M or G' });
  const factor = match[2] === 'G' ? gibibyte : match[2] === 'M' ? mebibyte : kibibyte;
  return Number(match[1]) * factor;
}

/** Who looks: what of its rights counts here. */
export interface VolumeViewer {
  may(
    path: string,
    privilege:
      | 'Datastore.Audit'
      | 'Datastore.AllocateSpace'
      | 'Datastore.Allocate'
      | 'VM.Backup'
      | 'VM.Config.Disk'
      | 'VM.Audit',
  ): boolean;
}

/**
 * May the viewer see the volume? Backups: who may use the storage's space and back up the guest, if there is one in the name; other files: who may look at the storage or use its space; snippets may hold passwords of
 * guests and are for the storage's administrators; disks: who may look at the storage and configure the guest's disks.
 */
export function maySeeVolume(
  viewer: VolumeViewer,
  id: string,
  volume: { readonly content: ContentKind; readonly vmid?: number | undefined },
): boolean {
  const path = `/storage/${id}`;
  if (viewer.may(path, 'Datastore.Allocate')) return true;
  const looks = viewer.may(path, 'Datastore.Audit') || viewer.may(path, 'Datastore.AllocateSpace');
  if (volume.content === 'snippets') return false;
  if (volume.content === 'backup')
    return (
      volume.vmid !== undefined &&
      viewer.may(path, 'Datastore.AllocateSpace') &&
      viewer.may(`/vms/${volume.vmid}`, 'VM.Backup')
    );
  if ((fileContents as readonly string[]).includes(volume.content)) return looks;
  return looks && volume.vmid !== undefined && viewer.may(`/vms/${volume.vmid}`, 'VM.Config.Disk');
}
