// How a compressed archive that cannot be used is reported: always with the byte of its file.
import { AppError } from '../../core/errors.ts';

/** `at`: offset in the file as it lies there, compressed. */
export function damaged(at: number, what: string, cause?: unknown): AppError {
  return new AppError('invalid-input', `the archive is damaged at byte ${at} of its file: ${what}`, {
    data: { at },
    cause,
  });
}

/** `at`: where the file ends though it should go on. */
export function cutOff(at: number, what: string): AppError {
  return new AppError('invalid-input', `the archive is cut off at byte ${at} of its file: ${what}`, {
    data: { at },
  });
}

/** What is not damaged, but beyond what is read here. */
export function notRead(at: number, what: string): AppError {
  return new AppError('unsupported', `the archive cannot be read here: ${what} (byte ${at} of its file)`, {
    data: { at },
  });
}
