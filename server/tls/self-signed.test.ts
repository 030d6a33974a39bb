import { createPrivateKey, createSign, createVerify, X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../core/clock.ts';
import { fingerprintOf, namesOfThisMachine, serverCertificate } from './self-signed.ts';

const names = ['croft.example', 'localhost', '127.0.0.1', '::1', '192.0.2.7'];
const day = 24 * 3600_000;
let dataDir = '';
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'croft-tls-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

test('the certificate holds all names, and its key signs for it', async () => {
  const made = await serverCertificate({ dataDir, names });
  const parsed = new X509Certificate(made.cert);
  for (const name of names.slice(0, 2)) expect(parsed.checkHost(name)).toBe(name);
  for (const ip of names.slice(2)) expect(parsed.checkIP(ip)).toBeDefined();
  expect(parsed.checkHost('other.example')).toBeUndefined();
  expect(parsed.verify(parsed.publicKey)).toBe(true);
  expect(parsed.ca).toBe(false);
  expect(parsed.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
  expect(parsed.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  expect(parsed.validToDate.getTime()).toBe(made.notAfter);
  const signature = createSign('sha256').update('x').sign(createPrivateKey(made.key));
  expect(createVerify('sha256').update('x').verify(parsed.publicKey, signature)).toBe(true);
  expect(made).toMatchObject({ fresh: true, fingerprint: parsed.fingerprint256 });
});

test('it is kept, in one file for its owner only', async () => {
  const first = await serverCertificate({ dataDir, names });
  const second = await serverCertificate({ dataDir, names });
  expect(second).toEqual({ ...first, fresh: false });
  expect(readdirSync(dataDir)).toEqual(['server-certificate.pem']);
  expect(statSync(join(dataDir, 'server-certificate.pem')).mode & 0o777).toBe(0o600);
  const moved = await serverCertificate({ dataDir, names: [...names, '198.51.100.1'] });
  expect(moved.fingerprint).toBe(first.fingerprint);
});

test('it is made anew before it expires, for another host name, and when it is damaged', async () => {
  const first = await serverCertificate({ dataDir, names });
  const later = (days: number) => ({ ...systemClock, now: () => Date.now() + days * day });
  expect((await serverCertificate({ dataDir, names, clock: later(780) })).fingerprint).toBe(
    first.fingerprint,
  );
  const renewed = await serverCertificate({ dataDir, names, clock: later(795) });
  expect(renewed.fresh).toBe(true);
  const renamed = await serverCertificate({ dataDir, names: ['new.example', ...names.slice(1)] });
  expect(renamed.fresh).toBe(true);
  writeFileSync(join(dataDir, 'server-certificate.pem'), `${first.key}${renamed.cert}`);
  expect((await serverCertificate({ dataDir, names: ['new.example'] })).fresh).toBe(true);
  writeFileSync(join(dataDir, 'server-certificate.pem'), 'rubbish');
  expect((await serverCertificate({ dataDir, names })).fresh).toBe(true);
});

test('fingerprints are SHA-256 with colons', async () => {
  const { cert, fingerprint } = await serverCertificate({ dataDir, names });
  expect(fingerprintOf(cert)).toBe(fingerprint);
  expect(fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
});

test('the names of this machine', () => {
  const own = namesOfThisMachine();
  expect(own[0]).toBe(hostname());
  expect(own).toEqual(expect.arrayContaining(['localhost', '127.0.0.1', '::1']));
  expect(own.filter((name) => name.startsWith('fe80'))).toEqual([]);
});

test('a TLS server serves it and a client that trusts it accepts it', async () => {
  const { cert, key, fingerprint } = await serverCertificate({ dataDir, names });
  const server = createServer({ cert, key });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const shown = await new Promise<string>((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', servername: 'croft.example', ca: cert }, () => {
        resolve(socket.getPeerCertificate().fingerprint256);
        socket.destroy();
      });
      socket.on('error', reject);
    });
    expect(shown).toBe(fingerprint);
  } finally {
    server.close();
  }
});
