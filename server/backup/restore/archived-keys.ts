// The keys of a configuration that was archived, and the words for one that cannot be read.
import { AppError, asAppError } from '../../core/errors.ts';
import { readConf } from '../../guests/import/map-conf.ts';

/** Longer ones are no values of a configuration. */
const longestText = 256 * 1024;

/** `invalid-input` for what is too long to be one. */
export function requireReadable(text: string): void {
  if (text.length > longestText) throw unreadable(`it has more than ${longestText} characters`);
}

/** `invalid-input` for lines that are no configuration. */
export function readArchivedKeys(lines: readonly string[]): ReturnType<typeof readConf> {
  try {
    return readConf(lines.join('\n'));
  } catch (error) {
    const { fields, message } = asAppError(error);
    throw unreadable(Object.values(fields ?? {})[0] ?? message);
  }
}

function unreadable(why: string): AppError {
  return new AppError('invalid-input', `the configuration in the archive cannot be read: ${why}`);
}
