// What tags of logical volumes say: whose they are, how large the image on one is, what name one is to get.
import type { LogicalVolume } from './lvm-report.ts';

const next = 'croft-next=';
const size = 'croft-size=';

/** The tag by which Proxmox VE, too, knows whose a volume is. */
export function ownerTag(vmid: number): string {
  return `pve-vm-${vmid}`;
}

/** Of an image: what a guest sees, in bytes; its volume is larger. */
export function imageSizeTag(sizeBytes: number): string {
  return `${size}${sizeBytes}`;
}

/** What a guest sees of a volume: of an image made elsewhere no more is known than the volume's own size. */
export function guestBytes(lv: Pick<LogicalVolume, 'tags' | 'sizeBytes'>): number {
  const tag = lv.tags.find((each) => each.startsWith(size));
  return Number(tag?.slice(size.length)) || lv.sizeBytes;
}

/** Tags that tell an image's size. */
export function sizeTagsOf(lv: LogicalVolume): string[] {
  return lv.tags.filter((tag) => tag.startsWith(size));
}

/** What others marked it with, and whose it is: what another volume in its place keeps. */
export function othersTags(lv: LogicalVolume): string[] {
  return lv.tags.filter((tag) => !tag.startsWith(size) && !tag.startsWith(next));
}

/** Of a volume in the making: the name that it is to have when nothing has it any more. */
export function nextNameTag(name: string): string {
  return `${next}${name}`;
}

export function nextNameOf(lv: LogicalVolume): string | undefined {
  return lv.tags.find((tag) => tag.startsWith(next))?.slice(next.length);
}
