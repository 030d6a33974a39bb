// The key that a builder signs images with, and the signed sums of what a build hands over.
import { createHash, generateKeyPairSync } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { AppError } from '../server/core/errors.ts';
import { writePrivateFile } from '../server/core/private-file.ts';
import { publicKeyOf, signText } from '../server/core/signature.ts';

export interface BuilderKey {
  readonly publicKeyPem: string;
  /** Reads the private key (PEM) anew each time: it is not kept in memory. */
  readonly readPrivateKey: () => string;
  /** Was it made just now? Then it is in no image yet. */
  readonly made: boolean;
}

/**
 * The builder's Ed25519 key: `CROFT_ISO_KEY` names its file, else it is `keys/builder.key` in the cache, made at first
 * use. Throws `invalid-input` when the file is missing, is no such key, or others may read it.
 */
export function builderKey(cacheDir: string, env: Readonly<Record<string, string | undefined>>): BuilderKey {
  const given = env['CROFT_ISO_KEY'];
  const path = given || join(cacheDir, 'keys', 'builder.key');
  const made = !given && !existsSync(path);
  if (made) writePrivateFile(path, newPrivateKey());
  const readPrivateKey = () => readKeyFile(path);
  return { publicKeyPem: publicKeyOf(readPrivateKey()), readPrivateKey, made };
}

function newPrivateKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function readKeyFile(path: string): string {
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status?.isFile()) throw new AppError('invalid-input', `${path}: there is no signing key`);
  if ((status.mode & 0o077) !== 0) {
    throw new AppError('invalid-input', `${path}: only its owner may read a signing key (chmod 600)`);
  }
  return readFileSync(path, 'utf8');
}

/** SHA-256 (hex) of a file, read by pieces. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

/** `SHA256SUMS` as sha256sum(1) checks it, by name, and its signature (base64, Ed25519). */
export async function renderSums(
  paths: readonly string[],
  readPrivateKey: () => string,
): Promise<{ sums: string; signature: string }> {
  const sorted = [...paths].sort((a, b) => (basename(a) < basename(b) ? -1 : 1));
  let sums = '';
  for (const path of sorted) sums += `${await sha256OfFile(path)}  ${basename(path)}\n`;
  return { sums, signature: `${signText(sums, readPrivateKey())}\n` };
}
