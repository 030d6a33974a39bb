// Privileges by area.
import { expect, test } from 'vitest';
import { privileges } from '../../../server/contract/permission.ts';
import { words } from '../../i18n/en/pages.ts';
import { byArea, privilegesIn } from './privileges.ts';

test('each privilege is in one area', () => {
  const all = byArea().flatMap((one) => one.privileges);
  expect([...all].sort()).toEqual([...privileges].sort());
  expect(byArea().find((one) => one.area === 'config')?.privileges).toContain('VM.Config.Disk');
  expect(byArea().find((one) => one.area === 'people')?.privileges).toEqual([
    'Group.Allocate',
    'Permissions.Modify',
    'Realm.Allocate',
    'Realm.AllocateUser',
    'User.Modify',
  ]);
});

test('each privilege is told in plain words, no two alike', () => {
  const texts = privileges.map(
    (one) => (words as Readonly<Record<string, string>>)[`privilege.${one}`] ?? '',
  );
  expect(texts.every((text) => text.length > 10)).toBe(true);
  expect(new Set(texts).size).toBe(texts.length);
});

test('areas without a privilege are left out', () => {
  expect(byArea((one) => one === 'Pool.Audit')).toEqual([{ area: 'pools', privileges: ['Pool.Audit'] }]);
});

test('the privileges of a role are read; what is unknown is not', () => {
  expect(privilegesIn('VM.Audit,Pool.Audit, Made.Up')).toEqual(['Pool.Audit', 'VM.Audit']);
  expect(privilegesIn(undefined)).toEqual([]);
});
