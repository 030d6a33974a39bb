// The builder's key and the signed sums.
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isSignedBy } from '../server/core/signature.ts';
import { testKey } from '../server/core/update-fixture.ts';
import { builderKey, renderSums } from './keys.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keys-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the builder's key", () => {
  it('is made at first use, for its owner only, and is the same ever after', () => {
    const first = builderKey(folder, {});
    expect(first.made).toBe(true);
    const path = join(folder, 'keys/builder.key');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'keys')).mode & 0o777).toBe(0o700);
    const second = builderKey(folder, {});
    expect(second.made).toBe(false);
    expect(second.publicKeyPem).toBe(first.publicKeyPem);
    expect(first.publicKeyPem).toContain('BEGIN PUBLIC KEY');
    expect(second.readPrivateKey()).toBe(readFileSync(path, 'utf8'));
  });

  it('may be another file, and none is made then', () => {
    const key = testKey();
    const path = join(folder, 'own.pem');
    writeFileSync(path, key.privatePem, { mode: 0o600 });
    const found = builderKey(folder, { CROFT_ISO_KEY: path });
    expect(found).toMatchObject({ publicKeyPem: key.publicPem, made: false });
    expect(() => statSync(join(folder, 'keys'))).toThrow('ENOENT');
  });

  it('is refused when it is missing, when others may read it, or when it is no such key', () => {
    const path = join(folder, 'own.pem');
    const read = () => builderKey(folder, { CROFT_ISO_KEY: path });
    expect(read).toThrow('own.pem: there is no signing key');
    writeFileSync(path, 'rubbish', { mode: 0o600 });
    expect(read).toThrow('must be an Ed25519 private key');
    writeFileSync(path, testKey().privatePem);
    for (const mode of [0o640, 0o604, 0o660]) {
      chmodSync(path, mode);
      expect(read).toThrow('only its owner may read');
    }
  });
});

describe('sums', () => {
  it('have the form of sha256sum, by name, and are signed', async () => {
    const key = testKey();
    writeFileSync(join(folder, 'b'), 'hello\n');
    writeFileSync(join(folder, 'a'), '');
    const { sums, signature } = await renderSums(
      [join(folder, 'b'), join(folder, 'a')],
      () => key.privatePem,
    );
    expect(sums).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a\n' +
        '5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03  b\n',
    );
    expect(isSignedBy(sums, signature, [key.publicPem])).toBe(true);
  });
});
