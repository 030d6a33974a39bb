import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it, test } from 'vitest';
import { readSshPublicKey, renderSshPublicKey } from './ssh-public-key.ts';

/** A real one, with what `ssh-keygen -l` says of it. */
const body = 'AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl';
const blob = (type: string, rest = 32) => {
  const name = Buffer.from(type);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(name.length);
  return Buffer.concat([length, name, Buffer.alloc(rest, 7)]).toString('base64');
};

test('a key is taken apart and put together', () => {
  const key = readSshPublicKey(`ssh-ed25519  ${body}  anna at home `);
  expect(key).toEqual({
    type: 'ssh-ed25519',
    body,
    comment: 'anna at home',
    fingerprint: 'SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU',
  });
  if (typeof key !== 'string') expect(renderSshPublicKey(key)).toBe(`ssh-ed25519 ${body} anna at home`);
});

test('all types are taken, with and without a comment', () => {
  for (const type of ['ssh-rsa', 'ecdsa-sha2-nistp521', 'sk-ssh-ed25519@openssh.com'])
    expect(readSshPublicKey(`${type} ${blob(type)}`)).toMatchObject({ type, comment: '' });
});

describe('refuses', () => {
  it.each([
    ['', 'must begin with its type'],
    [body, 'must begin with its type'],
    [`ssh-dss ${blob('ssh-dss')}`, 'is a DSA key'],
    [`from="10.0.0.1" ssh-ed25519 ${body}`, 'must begin with its type'],
    [`command="id",no-pty ssh-ed25519 ${body}`, 'must begin with its type'],
    ['ssh-ed25519 nonsense!', 'holds no base64'],
    [`ssh-ed25519 ${body}${body}=`, 'holds no base64'],
    [`ssh-ed25519 ${blob('ssh-rsa')}`, 'not a key of the type'],
    ['ssh-ed25519 AAAA', 'not a key of the type'],
    [`ssh-ed25519 ${blob('ssh-ed25519', 0)}`, 'not a key of the type'],
    [`ssh-ed25519 ${blob('ssh-ed25519', 5000)}`, 'longer than'],
    [`ssh-ed25519 ${body} ${'x'.repeat(300)}`, 'comment'],
    [`ssh-ed25519 ${body} a\nssh-ed25519 ${body}`, 'one line'],
    [`ssh-ed25519 ${body} a\u0000b`, 'one line'],
    [`ssh-ed25519\t${body}`, 'one line'],
    ['-----BEGIN OPENSSH PRIVATE KEY-----', 'private key'],
  ])('%j', (line, rule) => {
    expect(readSshPublicKey(line)).toContain(rule);
  });

  it('a private key without a word of it', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const [first = '', secret = ''] = String(privateKey.export({ type: 'pkcs8', format: 'pem' })).split('\n');
    expect(readSshPublicKey(first)).toContain('private key');
    expect(readSshPublicKey(secret)).not.toContain(secret.slice(0, 8));
  });
});
