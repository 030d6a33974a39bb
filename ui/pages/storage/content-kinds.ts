// The kinds of content that storages hold.
import { tOr } from '../../i18n/index.ts';

/** The kinds with a page, in the order of their tabs. */
export const contentKinds = ['iso', 'images', 'vztmpl', 'import', 'snippets', 'backup', 'rootdir'] as const;

export function kindName(kind: string): string {
  return tOr(`content.${kind}`, kind);
}
