// The dialog that copies or moves a volume: its state as the API's request. Pure.
import type { ImageFormat } from './clone-guest.ts';
import { isVmid } from './plain-rules.ts';

export interface CopyVolumeForm {
  readonly storage: string;
  /** Of a file its name, of a disk `vm-<vmid>-...`; empty: the same, or the next free one. */
  readonly name: string;
  /** Of a disk; empty: as it is. */
  readonly format: ImageFormat | '';
  /** Of a disk; empty: as it is. */
  readonly vmid: string;
  /** KiB per second; empty: as the storages have it. */
  readonly limit: string;
}

export interface CopiedVolume {
  readonly volid: string;
  readonly content?: string | undefined;
}

/** Disks and files are copied in different ways. */
export function isDisk({ content }: CopiedVolume): boolean {
  return content === 'images' || content === 'rootdir';
}

/** What would certainly be refused, as keys of words. */
export function checkCopy(form: CopyVolumeForm, volume: CopiedVolume) {
  const [here, name = ''] = splitAt(volume.volid, ':');
  const fileName = name.slice(name.lastIndexOf('/') + 1);
  const same = form.storage === here && (form.name.trim() === '' || form.name.trim() === fileName);
  return {
    vmid: form.vmid.trim() === '' || isVmid(form.vmid.trim()) ? undefined : ('volume.badGuest' as const),
    limit: /^\d{0,9}$/.test(form.limit.trim()) ? undefined : ('volume.badLimit' as const),
    storage: same && !isDisk(volume) ? ('volume.same' as const) : undefined,
  };
}

/** The parameters without the node, and without what is left at its default. */
export function copyParams(form: CopyVolumeForm, volume: CopiedVolume, remove: boolean) {
  const disk = isDisk(volume);
  const [name, vmid, limit] = [form.name.trim(), form.vmid.trim(), form.limit.trim()];
  return {
    storage: splitAt(volume.volid, ':')[0],
    volume: volume.volid,
    target: form.storage,
    ...(remove ? { delete: true } : {}),
    ...(name === '' ? {} : { name }),
    ...(disk && form.format !== '' ? { format: form.format } : {}),
    ...(disk && vmid !== '' ? { vmid: Number(vmid) } : {}),
    ...(limit === '' ? {} : { bwlimit: Number(limit) }),
  };
}

function splitAt(text: string, sign: string): [string, string] {
  const at = text.indexOf(sign);
  return at < 0 ? ['', text] : [text.slice(0, at), text.slice(at + 1)];
}
