// Sizes: constants, and the size notation of the API (`32G`, `512M`).
import { AppError } from './errors.ts';

export const kibibyte = 1024;
export const mebibyte = 1024 ** 2;
export const gibibyte = 1024 ** 3;
export const tebibyte = 1024 ** 4;

const factors: Readonly<Record<string, number>> = {
  '': 1,
  K: kibibyte,
  M: mebibyte,
  G: gibibyte,
  T: tebibyte,
};

/** Bytes of a size as the API writes it: a number with an optional `K`, `M`, `G` or `T` (powers of 1024). */
export function readSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)$/.exec(text);
  if (!match)
    throw new AppError('invalid-input', `'${text}' is not a size: write a number with K, M, G or T`);
  return Math.round(Number(match[1]) * factors[match[2] ?? '']!);
}
