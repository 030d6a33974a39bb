// The dialog that clones a container: its state as the API's request. Pure.
import { checkName } from './create-guest.ts';
import { isVmid } from './plain-rules.ts';

export interface CloneForm {
  readonly vmid: string;
  readonly hostname: string;
  /** Empty: as it is now. */
  readonly snapshot: string;
  readonly wantsFull: boolean;
  /** Of a full clone; empty: where the original is. */
  readonly storage: string;
}

/** Only what does not change can be shared. */
export function canLink(form: CloneForm, isTemplate: boolean): boolean {
  return isTemplate || form.snapshot !== '';
}

export function isFull(form: CloneForm, isTemplate: boolean): boolean {
  return form.wantsFull || !canLink(form, isTemplate);
}

/** What would certainly be refused. `isTaken`: has a guest this number? */
export function checkClone(form: CloneForm, isTaken: (vmid: number) => boolean) {
  return {
    vmid: !isVmid(form.vmid) ? 'vmid' : isTaken(Number(form.vmid)) ? 'taken' : undefined,
    hostname: checkName(form.hostname),
  };
}

/** The parameters without the place, and without what is left at its default. */
export function cloneParams(form: CloneForm, isTemplate: boolean) {
  const full = isFull(form, isTemplate);
  return {
    newid: Number(form.vmid),
    ...(form.hostname === '' ? {} : { hostname: form.hostname }),
    ...(form.snapshot === '' ? {} : { snapname: form.snapshot }),
    ...(full ? { full: true } : {}),
    ...(full && form.storage !== '' ? { storage: form.storage } : {}),
  };
}

/** The parameter whose refusal is shown at a field. */
export const cloneParamOf: Readonly<Partial<Record<keyof CloneForm, string>>> = {
  ...{ vmid: 'newid', hostname: 'hostname', snapshot: 'snapname', storage: 'storage' },
};
