import { expect, it } from 'vitest';
import { hasSshKey, lookAtSshKeys, readSshKeys, sshKeyProblem, withSshKey } from './ssh-keys.ts';

const body = 'AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl';
const good = `ssh-ed25519 ${body} anna@home`;

it('takes lines apart, each once, without blanks and comments', () => {
  expect(readSshKeys(` ${good} \r\n\n# a note\n${good}\n`)).toEqual([good]);
  expect(lookAtSshKeys(good)).toEqual([
    { line: good, type: 'ssh-ed25519', body, comment: 'anna@home', problem: undefined },
  ]);
  expect(lookAtSshKeys(`ssh-rsa ${body}`)[0]).toMatchObject({ comment: '', problem: undefined });
});

it.each(['hello', `ssh-dss ${body}`, `ssh-ed25519 short`, `from="*" ${good}`, `ssh-ed25519${body}`])(
  'says that %s is none',
  (line) => {
    expect(sshKeyProblem(`${good}\n${line}`)).toBe('sshKey');
    expect(lookAtSshKeys(`${good}\n${line}`).map(({ problem }) => problem)).toEqual([undefined, 'sshKey']);
  },
);

it('lets stay what was there, and says of a private key what it is', () => {
  const options = `from="10.0.0.0/8" ${good}`;
  expect(sshKeyProblem(options, [options])).toBeUndefined();
  expect(sshKeyProblem(`-----BEGIN OPENSSH PRIVATE KEY-----\n${body}\n`, [options])).toBe('privateKey');
});

it('puts a key into a text and takes it out, by what it is and not by its comment', () => {
  const other = `ssh-rsa ${body.replace('OMqq', 'PNrr')} other`;
  const both = withSshKey(`${other}\n\n`, good, true);
  expect(both).toBe(`${other}\n${good}`);
  expect(hasSshKey(both, `ssh-ed25519 ${body} elsewhere`)).toBe(true);
  expect(withSshKey(both, `ssh-ed25519 ${body}`, true)).toBe(`${other}\nssh-ed25519 ${body}`);
  expect(withSshKey(both, `ssh-ed25519 ${body}`, false)).toBe(other);
  expect(hasSshKey(other, good)).toBe(false);
  expect(withSshKey('', good, true)).toBe(good);
});
