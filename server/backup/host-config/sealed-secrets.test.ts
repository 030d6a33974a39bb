// Sealed secrets: who knows the passphrase opens them, and nobody else, whatever is done to them.
import { describe, expect, test } from 'vitest';
import { openSealed, sealingKeyOf, sealText } from './sealed-secrets.ts';

const key = await sealingKeyOf('correct horse');
const sealed = sealText(key, 'a secret ü');

describe('sealed secrets', () => {
  test('open by the passphrase, whatever keyboard typed it', async () => {
    expect(await openSealed(sealed, 'correct horse')).toBe('a secret ü');
    const composed = await sealingKeyOf('caf\u00e9 noir!');
    expect(await openSealed(sealText(composed, 'x'), 'cafe\u0301 noir!')).toBe('x');
  });

  test('neither the text nor anything that opens it is in them, and no two are the same', () => {
    expect(sealed).not.toContain(Buffer.from('a secret').toString('base64').slice(0, 8));
    expect(sealText(key, 'a secret ü')).not.toBe(sealed);
    expect(Object.keys(key).sort()).toEqual(['publicKey', 'salt']);
  });

  test('another passphrase is told', async () => {
    await expect(openSealed(sealed, 'wrong horse')).rejects.toMatchObject({
      fields: { passphrase: expect.stringContaining('not the one') },
    });
  });

  test.each(['data', 'iv', 'tag', 'ephemeral'])('a changed %s is damage', async (name) => {
    const form = JSON.parse(sealed) as Record<string, string>;
    const bytes = Buffer.from(form[name]!, 'base64');
    bytes[0]! ^= 1;
    const broken = JSON.stringify({ ...form, [name]: bytes.toString('base64') });
    await expect(openSealed(broken, 'correct horse')).rejects.toThrow('damaged');
  });

  test.each(['', '{}', '[]', 'null', '{"format":2}', sealed.replace('"iv":"', '"iv":"%')])(
    '%.20j is no such text',
    async (text) => {
      await expect(openSealed(text, 'correct horse')).rejects.toThrow('in no form');
    },
  );
});
