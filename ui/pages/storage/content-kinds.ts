// The kinds of content that storages hold, and the names of what they hold.
import { tOr } from '../../i18n/index.ts';

/** The kinds with a page, in the order of their tabs. */
export const contentKinds = ['iso', 'images', 'vztmpl', 'import', 'snippets', 'backup', 'rootdir'] as const;

export function kindName(kind: string): string {
  return tOr(`content.${kind}`, kind);
}

/** A volume's name for people: the part behind the storage and the folder. */
export function volumeName(volid: string): string {
  const name = volid.slice(volid.indexOf(':') + 1);
  return name.slice(name.lastIndexOf('/') + 1);
}
