// What a backup of one guest asks for, and what is wrong with its form.
import { expect, test } from 'vitest';
import { type BackupNowForm, backupNowParams, checkBackupNow, newBackupNow } from './backup-now.ts';

const form = (part: Partial<BackupNowForm> = {}): BackupNowForm => ({
  ...newBackupNow,
  storage: 'nas',
  ...part,
});

test('removes no other backups, whatever the storage says', () => {
  expect(backupNowParams(100, form())).toEqual({
    ...{ vmid: '100', storage: 'nas', mode: 'snapshot', compress: 'zstd', remove: false },
    'notes-template': '{{guestname}}',
  });
});

test('has what is chosen, and nothing that is empty', () => {
  const chosen = form({ mode: 'stop', compress: '0', notes: '  ', protected: true });
  expect(backupNowParams(7_000, chosen)).toEqual({
    ...{ vmid: '7000', storage: 'nas', mode: 'stop', compress: '0', remove: false, protected: true },
  });
});

test.each<[Partial<BackupNowForm>, object]>([
  [{}, {}],
  [{ storage: '' }, { storage: 'storage' }],
  [{ notes: 'a\nb' }, { notes: 'oneLine' }],
  [{ notes: 'x'.repeat(1024) }, {}],
  [{ notes: 'x'.repeat(1025) }, { notes: 'tooLong' }],
])('of %j says %j', (part, expected) => {
  expect(checkBackupNow(form(part))).toEqual({ storage: undefined, notes: undefined, ...expected });
});
