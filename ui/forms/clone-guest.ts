// The dialog that clones a guest: its state as the API's request. Pure.
import type { GuestKind } from '../../server/contract/guest-actions.ts';
import { checkName } from './create-guest.ts';
import { isVmid } from './plain-rules.ts';

/** What the disks of a VM can be kept as. */
const imageFormats = ['raw', 'qcow2', 'vmdk'] as const;
export type ImageFormat = (typeof imageFormats)[number];

export interface CloneForm {
  readonly vmid: string;
  /** Of a container its host name. */
  readonly name: string;
  /** Empty: as it is now. */
  readonly snapshot: string;
  readonly wantsFull: boolean;
  /** Of a full clone; empty: where the original is. */
  readonly storage: string;
  /** Of the disks of a VM's full clone; empty: as the original has them. */
  readonly format: ImageFormat | '';
  readonly pool: string;
  readonly description: string;
}

/** Linked, of what is there now. */
export const newClone: CloneForm = {
  ...{ vmid: '', name: '', snapshot: '', wantsFull: false },
  ...{ storage: '', format: '', pool: '', description: '' },
};

/** Only what does not change can be shared. */
export function canLink(form: Pick<CloneForm, 'snapshot'>, isTemplate: boolean): boolean {
  return isTemplate || form.snapshot !== '';
}

/** The formats that are offered: those of the storage when one is chosen. */
export function formatsOf(supported: readonly string[] | undefined): ImageFormat[] {
  return imageFormats.filter((one) => supported === undefined || supported.includes(one));
}

/** What would certainly be refused. `isTaken`: has a guest this number? */
export function checkClone(form: CloneForm, isTaken: (vmid: number) => boolean) {
  return {
    vmid: !isVmid(form.vmid) ? 'vmid' : isTaken(Number(form.vmid)) ? 'taken' : undefined,
    name: checkName(form.name),
  };
}

/** The parameters without the place, and without what is left at its default. `full`: as it is chosen, or the only way. */
export function cloneParams(kind: GuestKind, form: CloneForm, full: boolean) {
  return {
    newid: Number(form.vmid),
    ...(form.name === '' ? {} : { [kind === 'lxc' ? 'hostname' : 'name']: form.name }),
    ...(form.snapshot === '' ? {} : { snapname: form.snapshot }),
    ...(form.pool === '' ? {} : { pool: form.pool }),
    ...(form.description.trim() === '' ? {} : { description: form.description }),
    ...(full ? { full: true } : {}),
    ...(full && form.storage !== '' ? { storage: form.storage } : {}),
    ...(full && kind === 'qemu' && form.format !== '' ? { format: form.format } : {}),
  };
}

/** The parameter whose refusal is shown at a field. */
export const cloneParamOf: Readonly<Partial<Record<keyof CloneForm, string>>> = {
  ...{ vmid: 'newid', snapshot: 'snapname', storage: 'storage', format: 'format', pool: 'pool' },
};

/** The same for its name. */
export const cloneNameParam = { qemu: 'name', lxc: 'hostname' } as const;
