// The daemon's problems, brought to the page's fields.
import { expect, test } from 'vitest';
import { form } from './install-fixture.ts';
import { fieldOfKey, sameForm, sectionOfKey, standing } from './install-problems.ts';

test.each([
  ['disk.devices', 'disks', 'disk'],
  ['disk.keep-guests', 'keepGuests', 'disk'],
  ['disk.state-size', undefined, 'disk'],
  ['network.dns', 'dns', 'network'],
  ['network.odd', undefined, 'network'],
  ['system.ssh-keys', 'sshKeys', 'access'],
  ['system.ssh_keys[2]', 'sshKeys', 'access'],
  ['system.password-hash', undefined, 'access'],
  ['', undefined, 'review'],
  ['after.action', undefined, 'review'],
])('%s: field %s, section %s', (key, field, section) => {
  expect(fieldOfKey(key)).toBe(field);
  expect(sectionOfKey(key)).toBe(section);
});

test('a problem goes when its field was changed, the others stay', () => {
  const problem = (key: string) => ({ key, line: 1, message: 'm' });
  const all = [problem('disk.devices'), problem('system.hostname'), problem('disk.state-size')];
  expect(standing(all, form, form)).toEqual(all);
  expect(standing(all, form, { ...form, hostname: 'other' }).map((one) => one.key)).toEqual(['disk.devices']);
  expect(standing(all, form, { ...form, disks: ['sdb'] }).map((one) => one.key)).toEqual(['system.hostname']);
});

test('forms are the same by what they say', () => {
  expect(sameForm(form, { ...form, disks: [...form.disks] })).toBe(true);
  expect(sameForm(form, { ...form, password: 'x' })).toBe(false);
});
