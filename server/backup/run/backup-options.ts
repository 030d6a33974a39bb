// What a backup is to be like: the request's words, then the storage's, then the node's defaults, then the API's own. Pure.
import type { z } from 'zod';
import type { ArchiveCompression } from '../../../storage-plugins/backup-names/archive-name.ts';
import { readList } from '../../contract/params.ts';
import { keepRules, pruneBackupsString } from '../../contract/prune-backups.ts';
import { type backupOptions, fleecingString } from '../../contract/vzdump.ts';
import { invalidInput } from '../../core/errors.ts';
import { keepOfMaxFiles, parseKeepOptions } from '../retention/keep-options.ts';
import { requireNotesTemplate } from './notes-template.ts';

/** The API's parameters, as given; those that are left out are not said. */
export type BackupWishes = {
  readonly [K in keyof typeof backupOptions]?: z.output<(typeof backupOptions)[K]> | undefined;
};

export type BackupMode = 'snapshot' | 'suspend' | 'stop';

/** How each guest is backed up, and what is done around it. Plain data. */
export interface BackupOptions {
  readonly mode: BackupMode;
  /** `null`: none. */
  readonly compression: Exclude<ArchiveCompression, 'bz2'> | null;
  /** KiB per second; 0: no limit. */
  readonly limitKib: number;
  /** Of ionice(1): 0 to 7 of the class best-effort, 8 is the idle class. */
  readonly ioPriority: number;
  readonly stopWaitMinutes: number;
  /** Id of the storage that the archives go to; else `folder` says where. */
  readonly storage: string | null;
  readonly folder: string | null;
  readonly notesTemplate: string | null;
  readonly protect: boolean;
  /** `prune-backups` in the API's notation: older backups are removed by it; `null`: none is removed. */
  readonly keep: string | null;
  /** Path of a program of the node. */
  readonly script: string | null;
  readonly mailTo: readonly string[];
  readonly mailWhen: 'always' | 'failure';
  readonly notificationMode: 'auto' | 'legacy-sendmail' | 'notification-system';
  /** Frames compressed at the same time, 1 to 8. */
  readonly zstdThreads: number;
  /** Of containers: leave out temporary files; and these paths. */
  readonly standardExcludes: boolean;
  readonly excludePaths: readonly string[];
  /** Storage on local disk that keeps what the guest overwrites meanwhile; `null`: the node's own folder. */
  readonly scratchStorage: string | null;
  readonly tmpdir: string | null;
  readonly jobId: string | null;
}

/** What must be known of the place beside the wishes. */
export interface OptionFacts {
  /** The node's `vzdump.conf`, read. */
  readonly defaults: BackupWishes;
  /** `prune-backups` of a storage's configuration. */
  keepOfStorage(id: string): string | undefined;
  /** Processors of this node. */
  readonly cpus: number;
}

/** The storage for requests that name neither one nor a folder, as in the API. */
const usualStorage = 'local';
const mostZstdThreads = 8;

/** `invalid-input` naming the parameters that contradict each other, or the one that nobody understands. */
export function resolveOptions(
  given: BackupWishes,
  { defaults, keepOfStorage, cpus }: OptionFacts,
  jobId?: string,
): BackupOptions {
  refuseContradictions(given);
  const said = <K extends keyof BackupWishes>(key: K): BackupWishes[K] => given[key] ?? defaults[key];
  // One that is named in the request overrules the other kind of place in the defaults.
  const place = given.storage !== undefined || given.dumpdir !== undefined ? given : defaults;
  const folder = place.dumpdir ?? null;
  const storage = folder === null ? (place.storage ?? usualStorage) : null;
  if (folder !== null) requireAbsolute('dumpdir', folder);
  const script = said('script') ?? null;
  if (script !== null) requireAbsolute('script', script);
  const tmpdir = said('tmpdir') ?? null;
  if (tmpdir !== null) requireAbsolute('tmpdir', tmpdir);
  const notesTemplate = said('notes-template') ?? null;
  if (notesTemplate !== null) requireNotesTemplate(notesTemplate);
  const fleecing = said('fleecing');
  const zstd = said('zstd') ?? 1;
  return {
    ...{ storage, folder, script, tmpdir, notesTemplate },
    mode: said('mode') ?? 'snapshot',
    compression: compressions[said('compress') ?? '0'],
    limitKib: said('bwlimit') ?? 0,
    ioPriority: said('ionice') ?? 7,
    stopWaitMinutes: said('stopwait') ?? 10,
    protect: said('protected') ?? false,
    keep: keepText(given, defaults, storage === null ? undefined : keepOfStorage(storage)),
    mailTo: readList(said('mailto')),
    mailWhen: said('mailnotification') ?? 'always',
    notificationMode: said('notification-mode') ?? 'auto',
    zstdThreads: Math.min(mostZstdThreads, Math.max(1, zstd <= 0 ? Math.floor(cpus / 2) : zstd)),
    standardExcludes: said('stdexcludes') ?? true,
    excludePaths: [...(given['exclude-path'] ?? defaults['exclude-path'] ?? [])],
    scratchStorage: fleecing === undefined ? null : readFleecing(fleecing),
    jobId: jobId ?? null,
  };
}

/** The API's words; `1` is what it was before there were names. */
const compressions = { 0: null, 1: 'lzo', gzip: 'gz', lzo: 'lzo', zstd: 'zst' } as const;

function refuseContradictions(given: BackupWishes): void {
  if (given.storage !== undefined && given.dumpdir !== undefined)
    throw invalidInput({ storage: "option conflicts with option 'dumpdir'" });
  if (given.maxfiles !== undefined && given['prune-backups'] !== undefined)
    throw invalidInput({ maxfiles: "option conflicts with option 'prune-backups'" });
  if (given.dumpdir === undefined) return;
  // They are kept by storages.
  for (const key of ['protected', 'notes-template'] as const)
    if (given[key]) throw invalidInput({ [key]: "only with 'storage': a folder keeps no such thing" });
}

function keepText(given: BackupWishes, defaults: BackupWishes, ofStorage: string | undefined): string | null {
  if (!(given.remove ?? defaults.remove ?? true)) return null;
  const own = keepWish(given) ?? ofStorage ?? keepWish(defaults);
  if (own === undefined) return null;
  const keep = parseKeepOptions(own);
  return keepRules.some((rule) => (keep[rule] ?? 0) > 0) ? pruneBackupsString.render(keep) : null;
}

function keepWish(wishes: BackupWishes): string | undefined {
  if (wishes['prune-backups'] !== undefined) return wishes['prune-backups'];
  return wishes.maxfiles === undefined
    ? undefined
    : pruneBackupsString.render(keepOfMaxFiles(wishes.maxfiles));
}

/** Switched off or without a storage it is in the node's own folder: what guests overwrite is always kept first. */
function readFleecing(text: string): string | null {
  const parsed = fleecingString.parse(text);
  if (!parsed.ok) throw invalidInput({ fleecing: parsed.error });
  return parsed.value.enabled ? (parsed.value.storage ?? null) : null;
}

function requireAbsolute(key: string, path: string): void {
  if (!path.startsWith('/') || path.split('/').includes('..'))
    throw invalidInput({ [key]: "must be an absolute path without '..'" });
}
