// The dialog that restores a guest from a backup: its state as the API's request. Pure.
import type { GuestKind } from '../../server/contract/guest-actions.ts';
import { isVmid } from './plain-rules.ts';

export interface RestoreForm {
  /** A guest of its own, or in the place of the one whose backup it is. */
  readonly target: 'new' | 'over';
  /** Of a new guest. */
  readonly vmid: string;
  /** The number of the guest whose disks are given up, as somebody typed it. */
  readonly typed: string;
  /** Empty: where each disk was. */
  readonly storage: string;
  /** New addresses of its network cards. */
  readonly unique: boolean;
  readonly start: boolean;
  /** It runs while its disks come in. */
  readonly live: boolean;
  /** MiB per second; empty: as the storages have it, 0: no limit. */
  readonly limitMib: string;
}

export const newRestore: RestoreForm = {
  ...{ target: 'new', vmid: '', typed: '', storage: '', limitMib: '' },
  ...{ unique: false, start: false, live: false },
};

/** Which kind of guest a backup is of; undefined where its name does not say. */
export function kindOfBackup(backup: {
  readonly volid: string;
  readonly subtype?: string | undefined;
}): GuestKind | undefined {
  if (backup.subtype === 'qemu' || backup.subtype === 'lxc') return backup.subtype;
  const named = /\/vzdump-(qemu|lxc)-\d+-/.exec(backup.volid)?.[1];
  return named === 'qemu' || named === 'lxc' ? named : undefined;
}

export interface LiveFacts {
  readonly kind: GuestKind;
  /** Of the archive: `vma.zst`. */
  readonly format: string;
  /** Of the disks on the storage that is chosen; undefined where none is. */
  readonly formats: readonly string[] | undefined;
}

/** Why a guest cannot run before it is restored. Only archives with a table of their frames are read from anywhere; the daemon looks for it. */
export function noLiveRestore({
  kind,
  format,
  formats,
}: LiveFacts): 'kind' | 'archive' | 'storage' | undefined {
  if (kind !== 'qemu') return 'kind';
  if (format !== 'vma.zst') return 'archive';
  return formats === undefined || formats.includes('qcow2') ? undefined : 'storage';
}

/** KiB per second; undefined: not a number. */
export function limitKib(limitMib: string): number | undefined {
  const text = limitMib.trim().replace(',', '.');
  return /^\d{1,7}(\.\d{1,3})?$/.test(text) ? Math.round(Number(text) * 1024) : undefined;
}

/** What would certainly be refused, and what was not confirmed. `isTaken`: has a guest this number? `over`: the one that there is. */
export function checkRestore(
  form: RestoreForm,
  isTaken: (vmid: number) => boolean,
  over: number | undefined,
) {
  const isNew = form.target === 'new';
  return {
    vmid: !isNew ? undefined : !isVmid(form.vmid) ? 'vmid' : isTaken(Number(form.vmid)) ? 'taken' : undefined,
    typed: isNew || form.typed.trim() === String(over) ? undefined : 'typed',
    limitMib: form.limitMib.trim() === '' || limitKib(form.limitMib) !== undefined ? undefined : 'limit',
  };
}

/** `over`: the guest in whose place it is put, where that is what is chosen. */
export function restoreParams(kind: GuestKind, archive: string, form: RestoreForm, over: number | undefined) {
  const replaces = form.target === 'over' && over !== undefined;
  const limit = limitKib(form.limitMib);
  const shared = {
    vmid: replaces ? over : Number(form.vmid),
    ...(replaces ? { force: true } : {}),
    ...(form.storage === '' ? {} : { storage: form.storage }),
    ...(form.unique && !replaces ? { unique: true } : {}),
    ...(limit === undefined ? {} : { bwlimit: limit }),
  };
  const start = form.start ? { start: true } : {};
  if (kind === 'lxc') return { kind, params: { ...shared, ...start, ostemplate: archive, restore: true } };
  const live = form.live ? { 'live-restore': true } : start;
  return { kind, params: { ...shared, ...live, archive } };
}

/** The parameter whose refusal is shown at a field. */
export const restoreParamOf: Readonly<Partial<Record<keyof RestoreForm, string>>> = {
  ...{ vmid: 'vmid', storage: 'storage', unique: 'unique', start: 'start', live: 'live-restore' },
  limitMib: 'bwlimit',
};
