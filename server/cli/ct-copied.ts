// What came of copying a folder into or out of a container, for people and as JSON.
import { printable, renderBytes } from './render.ts';
import type { Session } from './session.ts';

export interface Copied {
  files: number;
  folders: number;
  bytes: number;
  /** Links, devices and the like, and what was gone when its turn came. */
  readonly left: string[];
}

/** In the names that are told one by one. */
const mostTold = 20;

export function tellCopied(session: Session, copied: Copied): void {
  const { left } = copied;
  for (const name of left.slice(0, mostTold))
    session.io.stderr.write(`left out: ${printable(name)}, no plain file or folder\n`);
  if (left.length > mostTold) session.io.stderr.write(`left out: ${left.length - mostTold} more\n`);
  session.answer(
    copied,
    () => `${copied.files} files in ${copied.folders} folders, ${renderBytes(copied.bytes) || '0 B'}\n`,
  );
}
