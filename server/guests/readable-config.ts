// Stored configurations that this version cannot read: one that a newer version wrote before an update fell back, or a restored one.
// The guest is still shown, and holds up nobody else; starting or changing it says what is wrong.
import { hasCode } from '../core/errors.ts';

/** What `read` says; undefined where the configuration breaks a rule. */
export function ifReadable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (hasCode(error, 'invalid-input')) return undefined;
    throw error;
  }
}

/** All that could be a volume's name in any value: more than there is rather than less. */
export function possibleVolumes(configs: readonly Readonly<Record<string, unknown>>[]): Set<string> {
  const texts = configs.flatMap((config) => Object.values(config).map(String));
  return new Set(
    texts
      .flatMap((text) => text.split(',').map((part) => part.slice(part.indexOf('=') + 1).trim()))
      .filter(isVolume),
  );
}

function isVolume(text: string): boolean {
  return /^[A-Za-z][\w.-]*:[^\s:]/.test(text);
}
