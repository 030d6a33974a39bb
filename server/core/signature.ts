// Signatures over texts: Ed25519 (RFC 8032), keys in PEM, signatures in base64.
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { AppError } from './errors.ts';

/** The signature of a text's UTF-8 bytes, 88 characters. Throws `invalid-input` when the key is no Ed25519 private key. */
export function signText(text: string, privateKeyPem: string): string {
  return sign(null, Buffer.from(text), readPrivateKey(privateKeyPem)).toString('base64');
}

/**
 * Is this a signature of the text by one of the keys? A line end after it may be there. Keys that cannot be read, or are
 * of another kind, fit nothing.
 */
export function isSignedBy(text: string, signatureBase64: string, publicKeysPem: readonly string[]): boolean {
  const plain = signatureBase64.replace(/\n$/, '');
  const signature = Buffer.from(plain, 'base64');
  // Base64 has bits that mean nothing: one signature, one text.
  if (signature.length !== 64 || signature.toString('base64') !== plain) return false;
  return publicKeysPem.some((pem) => {
    const key = readPublicKey(pem);
    return key !== undefined && verify(null, Buffer.from(text), key, signature);
  });
}

/** The public half (PEM, SPKI) of a private key. Throws as `signText`. */
export function publicKeyOf(privateKeyPem: string): string {
  return createPublicKey(readPrivateKey(privateKeyPem)).export({ type: 'spki', format: 'pem' }).toString();
}

function readPrivateKey(pem: string) {
  const refused = 'the signing key must be an Ed25519 private key in PEM, without password';
  let key: ReturnType<typeof createPrivateKey>;
  try {
    key = createPrivateKey(pem);
  } catch {
    // No cause: OpenSSL's complaint may quote what it was given.
    throw new AppError('invalid-input', refused);
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new AppError('invalid-input', refused);
  return key;
}

function readPublicKey(pem: string) {
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === 'ed25519' ? key : undefined;
  } catch {
    return undefined;
  }
}
