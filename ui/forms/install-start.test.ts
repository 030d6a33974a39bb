// What the install page proposes.
import { expect, test } from 'vitest';
import { croft, disk, facts } from './install-fixture.ts';
import {
  firstAddress,
  firstNic,
  keyboardChoices,
  keyboardFor,
  startForm,
  timeZones,
} from './install-start.ts';

const browser = { timeZone: 'Europe/Athens', language: 'el-GR' };

test('several disks: none is chosen; the card that works, and the browser’s place', () => {
  expect(startForm(facts, browser)).toMatchObject({
    disks: [],
    keepGuests: false,
    nic: '52:54:00:00:00:03',
    mode: 'dhcp',
    address: '192.0.2.7/24',
    timezone: 'Europe/Athens',
    keyboard: 'gr',
    language: 'el',
    password: '',
  });
});

test('the only disk that can be used is chosen, and what is on it is proposed to be kept', () => {
  const lonely = { ...facts, disks: [disk('sda', { croft }), disk('sdb', { problem: 'too small' })] };
  expect(startForm(lonely, browser)).toMatchObject({ disks: ['sda'], keepGuests: true });
  expect(startForm({ ...facts, disks: [disk('sda')] }, browser)).toMatchObject({
    disks: ['sda'],
    keepGuests: false,
  });
});

test('cards: with link and address, with link, any, none', () => {
  expect(firstNic(facts.nics)?.name).toBe('eth2');
  expect(firstNic(facts.nics.slice(0, 2))?.name).toBe('eth1');
  expect(firstNic(facts.nics.slice(0, 1))?.name).toBe('eth0');
  expect(firstNic([])).toBeUndefined();
});

test('addresses: IPv4 before IPv6, never link-local', () => {
  const nic = (...addresses: string[]) => ({ name: 'e', mac: 'm', link: true, addresses });
  expect(firstAddress(nic('2001:db8::7/64', '10.0.0.2/8'))).toBe('10.0.0.2/8');
  expect(firstAddress(nic('fe80::1/64', '2001:db8::7/64'))).toBe('2001:db8::7/64');
  expect(firstAddress(nic('169.254.3.4/16', 'fe80::1/64'))).toBe('');
  expect(firstAddress(undefined)).toBe('');
});

test.each([
  ['it', 'it'],
  ['el-GR', 'gr'],
  ['ru', 'ru'],
  ['pt-PT', 'pt-latin1'],
  ['pt-BR', 'br-abnt2'],
  ['en-US', 'us'],
  ['en-GB', 'uk'],
  ['de-AT', 'de-latin1'],
  ['zh-Hans-CN', 'us'],
  ['', 'us'],
])('a browser in %s: %s', (language, keyboard) => {
  expect(keyboardFor(language)).toBe(keyboard);
});

test('a language that the system does not speak is English', () => {
  expect(startForm(facts, { timeZone: '', language: 'de' })).toMatchObject({
    language: 'en',
    timezone: 'UTC',
  });
});

test('time zones: without a list of the image those of the browser, each once, by the names of today', () => {
  expect(timeZones({}, ['Europe/Rome', 'UTC', 'Africa/Cairo', 'UTC', ''])).toEqual([
    'Africa/Cairo',
    'Europe/Rome',
    'UTC',
  ]);
  const bare = { ...facts, timezones: undefined };
  expect(startForm(bare, { ...browser, timeZone: 'Asia/Calcutta' }).timezone).toBe('Asia/Kolkata');
  expect(startForm(bare, { ...browser, timeZone: '' }).timezone).toBe('UTC');
  const image = { ...facts, timezones: ['UTC', 'Asia/Kolkata'] };
  expect(startForm(image, { ...browser, timeZone: 'Asia/Calcutta' }).timezone).toBe('Asia/Kolkata');
});

test('time zones: those that the image has, and nothing that it has not', () => {
  const image = { ...facts, timezones: ['UTC', 'Asia/Calcutta'] };
  expect(timeZones(image, ['Europe/Rome'])).toEqual(['Asia/Calcutta', 'UTC']);
  expect(startForm(image, { ...browser, timeZone: 'Asia/Calcutta' }).timezone).toBe('Asia/Calcutta');
  expect(startForm(image, { ...browser, timeZone: 'Europe/Athens' }).timezone).toBe('UTC');
});

test('keyboards: those that the image has, the ones with a name in words first', () => {
  const image = { ...facts, keymaps: ['azerty', 'gr', 'us', 'zz'] };
  expect(keyboardChoices(image)).toEqual(['gr', 'us', 'azerty', 'zz']);
  expect(startForm(image, browser).keyboard).toBe('gr');
  expect(startForm({ ...image, keymaps: ['azerty', 'us'] }, browser).keyboard).toBe('us');
  expect(keyboardChoices({})).toContain('it');
});
