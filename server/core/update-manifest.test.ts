// Manifests: what is accepted, what is refused and with which words, and whose signature counts.
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { imageFiles } from './appliance-layout.ts';
import { AppError } from './errors.ts';
import { isSignedBy, publicKeyOf, signText } from './signature.ts';
import { testKey, testManifest } from './update-fixture.ts';
import {
  manifestFiles,
  readManifest,
  renderManifest,
  signManifest,
  verifyManifest,
} from './update-manifest.ts';

const whole = testManifest();
const text = (change: Record<string, unknown>) => JSON.stringify({ ...whole, ...change });

describe('reading', () => {
  it('takes what was rendered', () => {
    expect(readManifest(renderManifest(whole))).toEqual(whole);
  });

  it('knows every file of an image but itself', () => {
    expect([...manifestFiles, 'manifest.json'].sort()).toEqual([...imageFiles].sort());
  });

  const [first, ...others] = whole.files;
  const cases: [what: string, text: string, words: string][] = [
    ['no JSON', '{', 'the manifest is not JSON'],
    ['no object', 'null', 'product: this image is for nothing'],
    ['another product', text({ product: 'other' }), "product: this image is for 'other', not for 'croft'"],
    ['a later form, even with other keys', text({ format: 2, more: 1 }), "format: '2' is not known"],
    ['a form as text', text({ format: '1' }), 'format'],
    ['an unknown key', text({ more: 1 }), 'more'],
    ['an unknown key of a file', text({ files: [{ ...first, mode: 1 }, ...others] }), 'files.0'],
    ['a version with a slash', text({ version: '1/../2' }), 'version: must be letters'],
    ['an empty version', text({ version: '' }), 'version'],
    ['a time that is none', text({ built: 'yesterday' }), 'built: must be a time'],
    ['a negative schema', text({ stateSchema: -1 }), 'stateSchema'],
    ['a missing file', text({ files: others }), "files: 'slot.cfg' is missing"],
    ['a file twice', text({ files: [first, ...whole.files] }), "files: 'slot.cfg' is named 2 times"],
    ['an unknown file', text({ files: [...whole.files, { ...first, name: 'etc/passwd' }] }), 'files.4.name'],
    ['a negative size', text({ files: [{ ...first, bytes: -1 }, ...others] }), 'files.0.bytes'],
    ['half a byte', text({ files: [{ ...first, bytes: 0.5 }, ...others] }), 'files.0.bytes'],
    [
      'a size beyond exact numbers',
      text({ files: [{ ...first, bytes: 2 ** 53 }, ...others] }),
      'files.0.bytes',
    ],
    [
      'a sum in capitals',
      text({ files: [{ ...first, sha256: 'A'.repeat(64) }, ...others] }),
      'files.0.sha256',
    ],
  ];
  it.each(cases)('refuses %s', (_what, manifest, words) => {
    expect(() => readManifest(manifest)).toThrow(AppError);
    expect(() => readManifest(manifest)).toThrow(words);
  });
});

describe('signatures', () => {
  const key = testKey();
  const signed = renderManifest(whole);
  const signature = signManifest(signed, key.privatePem);

  it('hold for the text, by any of the trusted keys, with the line end of a file', () => {
    expect(() =>
      verifyManifest(signed, `${signature}\n`, [testKey().publicPem, key.publicPem]),
    ).not.toThrow();
    expect(publicKeyOf(key.privatePem)).toBe(key.publicPem);
  });

  it('do not hold for another text, another key, no key, or in another form', () => {
    const bad = 'bad signature';
    expect(() => verifyManifest(`${signed} `, signature, [key.publicPem])).toThrow(bad);
    expect(() => verifyManifest(signed, signature, [testKey().publicPem])).toThrow(bad);
    expect(() => verifyManifest(signed, signature, [])).toThrow('trusts no key');
    for (const form of ['', 'AAAA', `${signature}AAAA`, signature.slice(0, -2), `${'A'.repeat(86)}==`]) {
      expect(() => verifyManifest(signed, form, [key.publicPem])).toThrow(bad);
    }
  });

  it('have one form only: no bit of their text is free', () => {
    const line = Buffer.from(`${signature}\n`);
    for (let bit = 0; bit < line.length * 8; bit++) {
      const bad = Buffer.from(line);
      bad[bit >> 3]! ^= 1 << (bit & 7);
      expect(isSignedBy(signed, bad.toString('latin1'), [key.publicPem])).toBe(false);
    }
  });

  it('are not stopped by a trusted key that is broken or of another kind, and never made good by it', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const rsaPem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    expect(isSignedBy(signed, signature, ['rubbish', rsaPem, key.publicPem])).toBe(true);
    expect(isSignedBy(signed, signature, ['rubbish', rsaPem])).toBe(false);
  });

  it('need an Ed25519 key, and its text is in no error', () => {
    const secret = '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n';
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const ecPem = ec.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    for (const pem of [secret, ecPem, '']) {
      expect(() => signText('x', pem)).toThrow('must be an Ed25519 private key');
    }
    try {
      signText('x', secret);
    } catch (error) {
      expect(`${(error as AppError).stack}${(error as AppError).detail}`).not.toContain('c2VjcmV0');
    }
  });
});
