// Checksums of uploads and downloads: the rule of their parameters, and the comparison.
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { ChecksumAlgorithm } from '../../storage-plugins/plugin.ts';
import { AppError, invalidInput } from '../core/errors.ts';

const hexLength: Readonly<Record<ChecksumAlgorithm, number>> = {
  md5: 32,
  sha1: 40,
  sha224: 56,
  sha256: 64,
  sha384: 96,
  sha512: 128,
};

export interface ExpectedChecksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Lower-case hex. */
  readonly value: string;
}

/** The checksum that a caller wants, checked; undefined when it wants none. */
export function readExpectedChecksum(
  checksum: string | undefined,
  algorithm: string | undefined,
): ExpectedChecksum | undefined {
  if (checksum === undefined && algorithm === undefined) return undefined;
  if (algorithm === undefined) throw invalidInput({ 'checksum-algorithm': 'is missing: which one is it?' });
  if (checksum === undefined) throw invalidInput({ checksum: 'is missing' });
  if (!isAlgorithm(algorithm))
    throw invalidInput({
      'checksum-algorithm': `value must be one of: ${Object.keys(hexLength).join(', ')}`,
    });
  const value = checksum.trim().toLowerCase();
  if (!/^[0-9a-f]+$/.test(value) || value.length !== hexLength[algorithm])
    throw invalidInput({ checksum: `${algorithm} has ${hexLength[algorithm]} hexadecimal digits` });
  return { algorithm, value };
}

export function isAlgorithm(word: string): word is ChecksumAlgorithm {
  return Object.hasOwn(hexLength, word);
}

export async function checksumOf(stream: Readable, algorithm: ChecksumAlgorithm): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of stream) hash.update(chunk);
  return hash.digest('hex');
}

/** `invalid-input` telling both when they differ. */
export function requireChecksum(expected: ExpectedChecksum, found: string): void {
  if (found !== expected.value)
    throw new AppError(
      'invalid-input',
      `checksum mismatch: got '${found}', expected '${expected.value}' (${expected.algorithm})`,
    );
}
