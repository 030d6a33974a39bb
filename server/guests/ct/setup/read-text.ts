// Small text files of a root, for those who can do without them.
import { AppError } from '../../../core/errors.ts';
import type { RootFiles } from '../../../core/root-files.ts';

/** Configuration of a system is never larger. */
const mostBytes = 1024 * 1024;

/** Undefined when there is no such regular file: a folder, a FIFO or a circle of links is none either. */
export async function readIfThere(files: RootFiles, path: string): Promise<string | undefined> {
  try {
    return (await files.read(path, mostBytes)).toString('utf8');
  } catch (error) {
    if (error instanceof AppError && error.code !== 'unavailable') return undefined;
    throw error;
  }
}
