// The dialog that backs one guest up at once: its state as the API's request. Pure.
import type { backupModes, compressions } from './backup-job.ts';

export interface BackupNowForm {
  readonly storage: string;
  readonly mode: (typeof backupModes)[number];
  readonly compress: (typeof compressions)[number];
  /** A template, as `{{guestname}}`. */
  readonly notes: string;
  readonly protected: boolean;
}

export const newBackupNow: BackupNowForm = {
  ...{ storage: '', mode: 'snapshot', compress: 'zstd', notes: '{{guestname}}', protected: false },
};

/** As long as the API takes them. */
const longestNotes = 1024;

/** What would certainly be refused, in words of the dictionary (`backupJob.problem.`). */
export function checkBackupNow(form: BackupNowForm) {
  return {
    storage: form.storage === '' ? 'storage' : undefined,
    notes: /[\r\n]/.test(form.notes) ? 'oneLine' : form.notes.length > longestNotes ? 'tooLong' : undefined,
  };
}

/** Nothing that is there is removed by it: what a storage keeps is the business of jobs and of pruning. */
export function backupNowParams(vmid: number, form: BackupNowForm) {
  return {
    ...{ vmid: String(vmid), storage: form.storage, mode: form.mode, compress: form.compress, remove: false },
    ...(form.notes.trim() === '' ? {} : { 'notes-template': form.notes.trim() }),
    ...(form.protected ? { protected: true } : {}),
  };
}

/** The parameter whose refusal is shown at a field. */
export const backupNowParamOf: Readonly<Record<keyof BackupNowForm, string>> = {
  ...{ storage: 'storage', mode: 'mode', compress: 'compress', notes: 'notes-template' },
  protected: 'protected',
};
