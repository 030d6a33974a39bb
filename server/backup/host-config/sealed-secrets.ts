// Secrets encrypted so that only who knows the passphrase reads them: the node itself keeps what seals, not what opens.
import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
  scrypt,
} from 'node:crypto';
import { z } from 'zod';
import { AppError, invalidInput } from '../../core/errors.ts';

/**
 * What is kept of a passphrase: a public key (X25519, RFC 7748) whose private one comes of the passphrase and the salt by scrypt
 * (RFC 7914). All texts base64.
 */
export type SealingKey = { readonly salt: string; readonly publicKey: string };

const base64 = z
  .string()
  .max(100)
  .regex(/^[A-Za-z0-9+/]+={0,2}$/);
const sealedForm = z.strictObject({
  format: z.literal(1),
  salt: base64,
  publicKey: base64,
  /** Of this one message. */
  ephemeral: base64,
  iv: base64,
  tag: base64,
  data: z.string(),
});

/** 32 MiB and some tenths of a second for each guess. */
const cost = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 ** 2 } as const;
const info = 'croft configuration secrets 1';
/** Heads of the DER forms of X25519 keys, before their 32 bytes (RFC 8410). */
const privateHead = Buffer.from('302e020100300506032b656e04220420', 'hex');
const publicHead = Buffer.from('302a300506032b656e032100', 'hex');

/** The key of a new passphrase. */
export async function sealingKeyOf(passphrase: string): Promise<SealingKey> {
  const salt = randomBytes(16);
  return { salt: salt.toString('base64'), publicKey: rawPublic(await privateKeyOf(passphrase, salt)) };
}

/** Encrypts a text by AES-256-GCM with a key that nobody has afterwards but who knows the passphrase. */
export function sealText(key: SealingKey, text: string): string {
  const { privateKey } = generateKeyPairSync('x25519');
  const ephemeral = rawPublic(privateKey);
  const iv = randomBytes(12);
  const cipher = createCipheriv(
    'aes-256-gcm',
    messageKey(privateKey, publicKeyOf(key.publicKey), ephemeral, key),
    iv,
  );
  const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  const sealed = {
    ...{ format: 1, salt: key.salt, publicKey: key.publicKey, ephemeral },
    ...{ iv: iv.toString('base64'), tag: cipher.getAuthTag().toString('base64') },
    data: data.toString('base64'),
  };
  return JSON.stringify(sealed);
}

/** Decrypts it; `invalid-input` about `passphrase` when it is another, `invalid-input` when the text is damaged. */
export async function openSealed(sealed: string, passphrase: string): Promise<string> {
  const form = readForm(sealed);
  const privateKey = await privateKeyOf(passphrase, Buffer.from(form.salt, 'base64'));
  if (rawPublic(privateKey) !== form.publicKey)
    throw invalidInput({ passphrase: 'is not the one that this backup was made with' });
  try {
    const shared = messageKey(privateKey, publicKeyOf(form.ephemeral), form.ephemeral, form);
    const decipher = createDecipheriv('aes-256-gcm', shared, Buffer.from(form.iv, 'base64'), {
      authTagLength: 16,
    });
    decipher.setAuthTag(Buffer.from(form.tag, 'base64'));
    const text = Buffer.concat([decipher.update(Buffer.from(form.data, 'base64')), decipher.final()]);
    return text.toString('utf8');
  } catch (cause) {
    throw new AppError('invalid-input', 'the secrets in this backup are damaged', { cause });
  }
}

function readForm(text: string): z.output<typeof sealedForm> {
  try {
    return sealedForm.parse(JSON.parse(text));
  } catch (cause) {
    throw new AppError('invalid-input', 'the secrets in this backup are in no form that is known here', {
      cause,
    });
  }
}

async function privateKeyOf(passphrase: string, salt: Buffer): Promise<KeyObject> {
  const seed = await new Promise<Buffer>((resolve, reject) => {
    // The same word may be typed by different keyboards as different characters.
    scrypt(passphrase.normalize('NFC'), salt, 32, cost, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
  return createPrivateKey({ key: Buffer.concat([privateHead, seed]), format: 'der', type: 'pkcs8' });
}

function rawPublic(key: KeyObject): string {
  const der = createPublicKey(key as never).export({ format: 'der', type: 'spki' });
  return der.subarray(publicHead.length).toString('base64');
}

function publicKeyOf(raw: string): KeyObject {
  const key = Buffer.concat([publicHead, Buffer.from(raw, 'base64')]);
  return createPublicKey({ key, format: 'der', type: 'spki' });
}

/** Bound to both public keys: a message cannot be passed off as one to another passphrase. */
function messageKey(privateKey: KeyObject, publicKey: KeyObject, ephemeral: string, of: SealingKey): Buffer {
  const shared = diffieHellman({ privateKey, publicKey });
  const salt = Buffer.from(`${ephemeral} ${of.publicKey}`);
  return Buffer.from(hkdfSync('sha256', shared, salt, info, 32));
}
