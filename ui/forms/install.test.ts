// The install page's form: what is wrong with it, and the answers it stands for.
import { describe, expect, test } from 'vitest';
import { renderAnswerFile } from '../../server/contract/answer-file.ts';
import { answersOf, canKeep, checkForm, chosenDisks, confirmText, type InstallForm } from './install.ts';
import { facts, form, sshKey } from './install-fixture.ts';

const problems = (part: Partial<InstallForm>) => checkForm({ ...form, ...part }, facts);

describe('what is wrong', () => {
  test('nothing with a good form', () => {
    expect(problems({})).toEqual({});
    expect(problems({ mode: 'dhcp', address: 'x', gateway: 'x', dns: 'x' })).toEqual({});
    expect(problems({ gateway: '', dns: '' })).toEqual({});
  });

  test('disks: none, one that is gone, one that cannot be used', () => {
    expect(problems({ disks: [] })).toEqual({ disks: 'disk' });
    expect(problems({ disks: ['sda', 'sdz'] })).toEqual({ disks: 'disk' });
    expect(problems({ disks: ['sda', 'sdc'] })).toEqual({ disks: 'diskProblem' });
  });

  test('only what can be kept is kept', () => {
    expect(problems({ disks: ['sdb'], keepGuests: true })).toEqual({});
    expect(problems({ disks: ['sda'], keepGuests: true })).toEqual({ keepGuests: 'keep' });
    expect(problems({ disks: ['sdd'], keepGuests: true })).toEqual({ keepGuests: 'keep' });
    expect(canKeep(chosenDisks({ disks: ['sdb', 'sda'] }, facts))).toBe(false);
    expect(canKeep([])).toBe(false);
  });

  test('what is kept needs neither name, network nor password', () => {
    const kept = {
      disks: ['sdb'],
      keepGuests: true,
      hostname: '',
      address: 'x',
      password: '',
      passwordAgain: '',
    };
    expect(problems(kept)).toEqual({});
    expect(problems({ ...kept, password: 'short' })).toEqual({
      password: 'passwordShort',
      passwordAgain: 'passwordsDiffer',
    });
  });

  test.each<[Partial<InstallForm>, object]>([
    [{ address: '192.0.2.10' }, { address: 'address' }],
    [{ address: '192.0.2.10/0' }, { address: 'address' }],
    [{ address: '192.0.2.255/24' }, { address: 'addressReserved' }],
    [{ address: '127.0.0.1/8', gateway: '' }, { address: 'addressReserved' }],
    [{ address: 'fe80::1/64', gateway: '' }, { address: 'addressReserved' }],
    [{ gateway: 'router' }, { gateway: 'gateway' }],
    [{ gateway: '192.0.3.1' }, { gateway: 'gatewayOutside' }],
    [{ gateway: '192.0.2.10' }, { gateway: 'gatewaySame' }],
    [{ gateway: 'fe80::1' }, { gateway: 'gatewayOutside' }],
    [{ address: '2001:db8::7/64', gateway: 'fe80::1' }, {}],
    [{ dns: '9.9.9.9 dns.example.org' }, { dns: 'dns' }],
  ])('network %o: %o', (part, found) => {
    expect(problems(part)).toEqual(found);
  });

  test.each([
    '',
    'my server',
    '-a',
    'a-',
    'a..b',
    '1234',
    '12.example.org',
    'localhost',
    'ü',
    'a'.repeat(64),
  ])('host name %j is none', (hostname) => {
    expect(problems({ hostname })).toEqual({ hostname: 'hostname' });
  });

  test.each(['a', 'Server1', 'node-2', '3com', 'a.b.c', 'a'.repeat(63)])(
    'host name %j is one',
    (hostname) => {
      expect(problems({ hostname })).toEqual({});
    },
  );

  test('passwords: too short, too long, not the same twice', () => {
    expect(problems({ password: 'ααααααα', passwordAgain: 'ααααααα' })).toEqual({
      password: 'passwordShort',
    });
    expect(problems({ password: 'αααααααα', passwordAgain: 'αααααααα' })).toEqual({});
    const longest = 'α'.repeat(128);
    expect(problems({ password: longest, passwordAgain: longest })).toEqual({});
    const long = `${longest}a`;
    expect(problems({ password: long, passwordAgain: long })).toEqual({ password: 'passwordLong' });
    expect(problems({ passwordAgain: 'else' })).toEqual({ passwordAgain: 'passwordsDiffer' });
  });

  test('keys: a private one has words of its own', () => {
    expect(problems({ sshKeys: 'ssh-ed25519 short' })).toEqual({ sshKeys: 'sshKey' });
    expect(problems({ sshKeys: `${sshKey}\nssh-dss ${'A'.repeat(80)}` })).toEqual({ sshKeys: 'sshKey' });
    expect(problems({ sshKeys: '-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n' })).toEqual({
      sshKeys: 'privateKey',
    });
  });
});

describe('answers', () => {
  test('all that was entered, tidied', () => {
    expect(answersOf(form, facts)).toEqual({
      system: {
        hostname: 'croft1.example.org',
        timezone: 'Europe/Rome',
        keyboard: 'it',
        language: 'it',
        password: 'correct horse',
        'ssh-keys': [sshKey],
        'ssh-password-login': true,
      },
      network: {
        mode: 'static',
        nic: '52:54:00:00:00:03',
        address: '192.0.2.10/24',
        gateway: '192.0.2.1',
        dns: ['9.9.9.9', '2620:fe::fe'],
      },
      disk: { devices: ['/dev/sda'], mirror: false, erase: true, 'keep-guests': false },
      after: { action: 'reboot' },
    });
  });

  test('DHCP says nothing of addresses, two disks are a mirror in the order of the choice', () => {
    const answers = answersOf({ ...form, mode: 'dhcp', disks: ['sdb', 'sda'] }, facts);
    expect(answers.network).toEqual({ mode: 'dhcp', nic: '52:54:00:00:00:03' });
    expect(answers.disk).toMatchObject({ devices: ['/dev/sdb', '/dev/sda'], mirror: true });
  });

  test('what is kept is not asked to change, and nothing may be erased', () => {
    const kept = answersOf({ ...form, disks: ['sdb'], keepGuests: true, password: '', sshKeys: '' }, facts);
    expect(renderAnswerFile(kept)).toBe(
      '[disk]\ndevices = ["/dev/sdb"]\nmirror = false\nerase = false\nkeep-guests = true\n\n[after]\naction = "reboot"\n',
    );
  });

  test('hostile texts stay texts', () => {
    const text = renderAnswerFile(answersOf({ ...form, password: 'a"\n[disk]\nerase = true\\' }, facts));
    expect(text).toContain('password = "a\\"\\u000a[disk]\\u000aerase = true\\\\"');
  });
});

test('names typed to confirm may have spaces', () => {
  expect(confirmText(' sda, sdb ')).toBe('sda,sdb');
  expect(confirmText('sdasdb')).toBe('sdasdb');
  expect(confirmText('')).toBe('');
});
