// Secrets in texts that are shown: each kind is found, and plain words stay.
import { expect, test } from 'vitest';
import { maskSecrets } from './mask-secrets.ts';

test.each([
  ['Authorization: PVEAPIToken=root@pam!ci=12345678-90ab-cdef-1234-567890abcdef', '1234567'],
  ['ticket PVE:root@pam:65A1B2C3::AbCdEf0123456789+/==', 'AbCdEf'],
  ['PVEVNC:65A1B2C3::c2VjcmV0c2VjcmV0', 'c2Vj'],
  ['Cookie: PVEAuthCookie=PVE%3Aroot%40pam', '%3A'],
  ['Authorization: Bearer abcdefghijkl', 'abcdef'],
  ['mount -o username=u,password=geheim,vers=3', 'geheim'],
  ['{"password": "geheim"}', 'geheim'],
  ['client_secret=geheim', 'geheim'],
  ['curl --password geheim', 'geheim'],
  ['smb://user:geheim@server/share', 'geheim'],
  ['root:$y$j9T$abcdefgh$ijklmnopqrstuv:19000', 'ijklm'],
  ['-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn\n-----END OPENSSH PRIVATE KEY-----', 'b3Blbn'],
])('%s', (text, secret) => {
  expect(text).toContain(secret);
  expect(maskSecrets(text)).not.toContain(secret);
  expect(maskSecrets(text)).toContain('********');
});

test.each([
  'Failed password for invalid user admin from 192.0.2.66 port 40022 ssh2',
  'pam_unix(sshd:session): session opened for user root(uid=0)',
  'https://example.com:8006/path',
  'VM 100 started',
])('%s stays', (text) => {
  expect(maskSecrets(text)).toBe(text);
});
