// Lines of ours between marks, in files where others have lines of their own. Pure.

const beginMark = '# --- BEGIN CROFT ---';
const endMark = '# --- END CROFT ---';

/**
 * The text with our lines in the place of those that were there, else at its end; without lines, without marks. `edit` gets the
 * rest, before and after the block separately. Marks that somebody tore apart (one missing) are taken for lines of theirs.
 */
export function withBlock(
  text: string,
  lines: readonly string[],
  edit: (rest: string) => string = (rest) => rest,
): string {
  const { before, after } = aroundBlock(text);
  const block = lines.length === 0 ? '' : `${[beginMark, ...lines, endMark].join('\n')}\n`;
  const head = edit(before);
  const separated = block !== '' && head !== '' && !head.endsWith('\n') ? `${head}\n` : head;
  return `${separated}${block}${edit(after)}`;
}

function aroundBlock(text: string): { before: string; after: string } {
  const lines = text.split('\n');
  const begin = lines.indexOf(beginMark);
  const end = begin < 0 ? -1 : lines.indexOf(endMark, begin);
  if (end < 0) return { before: text, after: '' };
  const join = (part: string[]) => part.map((line) => `${line}\n`).join('');
  return { before: join(lines.slice(0, begin)), after: lines.slice(end + 1).join('\n') };
}
