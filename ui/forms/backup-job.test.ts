// Backup jobs between the API and their dialog.
import { expect, test } from 'vitest';
import type { BackupJobItem } from '../../server/contract/cluster-backup.ts';
import {
  type BackupJobForm,
  changedJobParams,
  checkBackupJob,
  keptBy,
  newBackupJob,
  newJobParams,
  otherOptions,
  readBackupJob,
} from './backup-job.ts';
import { readKept } from './keep-backups.ts';

const job = (options: Record<string, unknown>): BackupJobItem => ({
  ...{ id: 'backup-1', type: 'vzdump', schedule: '02:30', enabled: 1 },
  ...options,
});
const form = (part: Partial<BackupJobForm>): BackupJobForm => ({ ...newBackupJob, storage: 'nas', ...part });

test.each([
  [{ all: 1 }, 'all'],
  [{ all: 1, exclude: '100,101' }, 'except'],
  [{ vmid: '100,200' }, 'chosen'],
  [{ pool: 'shop' }, 'pool'],
  [{ pool: 'shop', exclude: '100' }, 'pool'],
  [{ tags: 'prod;web' }, 'tags'],
])('%j means %s', (options, guests) => {
  expect(readBackupJob(job(options)).guests).toBe(guests);
});

test('a job with everything comes back as it was', () => {
  const before = job({
    ...{ pool: 'shop', exclude: '101,100', node: 'pve1', storage: 'nas', mode: 'suspend', compress: 'gzip' },
    ...{ 'prune-backups': { 'keep-last': 3, 'keep-daily': 7, 'keep-weekly': 0 } },
    ...{ 'notes-template': '{{guestname}}', protected: 1, 'repeat-missed': 1, comment: 'nightly' },
    ...{ bwlimit: 51_200, fleecing: { enabled: 1, storage: 'fast' }, mailto: 'a@example.org' },
    ...{ 'test-schedule': 'sat 04:00', 'test-wait': 'running', 'test-last-state': 'ok', 'test-next-run': 1 },
  });
  expect(changedJobParams(readBackupJob(before), before)).toEqual({
    ...{ pool: 'shop', exclude: '100,101', node: 'pve1', storage: 'nas', mode: 'suspend', compress: 'gzip' },
    ...{ 'prune-backups': 'keep-last=3,keep-daily=7', schedule: '02:30', enabled: true },
    ...{ 'notes-template': '{{guestname}}', protected: true, 'repeat-missed': true, comment: 'nightly' },
    ...{ bwlimit: 51_200, fleecing: 'enabled=1,storage=fast' },
    ...{ 'test-schedule': 'sat 04:00', 'test-wait': 'running' },
  });
  expect(otherOptions(before)).toEqual(['mailto']);
});

test('a job with next to nothing, also of older notations', () => {
  const before = job({ all: 1, compress: '1', fleecing: { enabled: 0, storage: 'fast' } });
  const read = readBackupJob(before);
  expect(read).toMatchObject({ compress: 'lzo', keep: 'storage', notes: '', fleecing: '', storage: '' });
  expect(readBackupJob(job({ all: 1 }))).toMatchObject({ compress: '0', mode: 'snapshot' });
  expect(changedJobParams({ ...read, storage: 'nas' }, before)).toMatchObject({ delete: 'fleecing' });
});

test('what is taken away is deleted, and only what was there', () => {
  const before = job({ vmid: '100', bwlimit: 1024, comment: 'x', 'prune-backups': { 'keep-all': 1 } });
  const read = readBackupJob(before);
  expect(read).toMatchObject({ keep: 'all', limitMib: '1' });
  const params = changedJobParams(
    { ...read, guests: 'all', limitMib: '', comment: ' ', keep: 'storage' },
    before,
  );
  expect(params.delete?.split(',').sort()).toEqual(['bwlimit', 'comment', 'prune-backups', 'vmid']);
  expect(params).toMatchObject({ all: true });
  expect(changedJobParams(read, before)).not.toHaveProperty('delete');
});

test('what was chosen in another way is not sent', () => {
  const all = { chosen: ['100'], except: ['101'], pool: 'shop', tags: ['web'] };
  const sent = (guests: BackupJobForm['guests']) => {
    const { vmid, pool, tags, all: every, exclude } = newJobParams(form({ ...all, guests }));
    return { vmid, pool, tags, all: every, exclude };
  };
  expect(sent('all')).toEqual({ all: true });
  expect(sent('except')).toEqual({ all: true, exclude: '101' });
  expect(sent('chosen')).toEqual({ vmid: '100' });
  expect(sent('pool')).toEqual({ pool: 'shop', exclude: '101' });
  expect(sent('tags')).toEqual({ tags: 'web', exclude: '101' });
});

test.each<[Partial<BackupJobForm>, object]>([
  [{}, {}],
  [{ guests: 'chosen' }, { chosen: 'guests' }],
  [{ guests: 'except' }, { except: 'guests' }],
  [{ guests: 'pool' }, { pool: 'pool' }],
  [{ guests: 'tags' }, { tags: 'tags' }],
  [{ storage: '' }, { storage: 'storage' }],
  [{ schedule: ' ' }, { schedule: 'schedule' }],
  [{ keep: 'counts' }, { 'keep-last': 'keepSome' }],
  [{ keep: 'counts', counts: { ...newBackupJob.counts, 'keep-daily': '7' } }, {}],
  [
    { keep: 'counts', counts: { ...newBackupJob.counts, 'keep-daily': '-1', 'keep-last': '1' } },
    { 'keep-daily': 'count' },
  ],
  [{ keep: 'all', counts: { ...newBackupJob.counts, 'keep-daily': 'x' } }, {}],
  [{ limitMib: '0' }, { limitMib: 'rate' }],
  [{ limitMib: 'fast' }, { limitMib: 'rate' }],
  [{ limitMib: '1,5' }, {}],
  [{ notes: 'a\nb' }, { notes: 'oneLine' }],
  [{ notes: 'a'.repeat(1025) }, { notes: 'tooLong' }],
  [{ comment: 'a'.repeat(513) }, { comment: 'tooLong' }],
])('%j: %j', (part, wrong) => {
  expect(checkBackupJob(form(part))).toEqual(wrong);
});

test.each([
  ['1', 1024],
  ['0.5', 512],
  ['1,5', 1536],
])('a limit of %s MiB/s is %s KiB/s, and the same when it is read', (limitMib, bwlimit) => {
  expect(newJobParams(form({ limitMib })).bwlimit).toBe(bwlimit);
  expect(readBackupJob(job({ bwlimit })).limitMib).toBe(limitMib.replace(',', '.'));
});

test.each([
  [undefined, undefined],
  ['keep-last=3,keep-daily=0', { 'keep-last': 3 }],
  ['keep-all=1', {}],
  [{ 'keep-all': 1 }, {}],
  [{ 'keep-monthly': '2' }, { 'keep-monthly': 2 }],
  ['nonsense', undefined],
])('kept of %j: %j', (value, kept) => {
  expect(readKept(value)).toEqual(kept);
});

test.each<[Partial<BackupJobForm>, unknown, string | undefined]>([
  [{ keep: 'all' }, 'keep-last=1', 'keep-all=1'],
  [{ keep: 'storage' }, undefined, 'keep-all=1'],
  [{ keep: 'storage' }, 'keep-last=2,keep-daily=3', 'keep-last=2,keep-daily=3'],
  [{ keep: 'storage' }, 'keep-all=1', 'keep-all=1'],
  [{ keep: 'counts' }, 'keep-last=2', undefined],
  [{ keep: 'counts', counts: { ...newBackupJob.counts, 'keep-weekly': '4' } }, undefined, 'keep-weekly=4'],
  [{ keep: 'counts', counts: { ...newBackupJob.counts, 'keep-weekly': 'x' } }, undefined, undefined],
])('%j on a storage with %j is kept by %j', (part, ofStorage, kept) => {
  expect(keptBy(form(part), ofStorage)).toBe(kept);
});
