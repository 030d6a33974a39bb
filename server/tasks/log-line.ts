// What may stand in a task's log: plain text of bounded length, one line each.

const maxLineChars = 2000;

/** A text as lines for the log: split, control characters taken out (a log is shown in terminals), cut to length. */
export function logLines(text: string): string[] {
  // Cut first, so that a huge text costs no more than the lines it may give.
  return text
    .slice(0, 200 * maxLineChars)
    .split(/\r?\n|\r/)
    .map(cleanLine);
}

/** One line of the text, for the exit status. */
export function statusLine(text: string): string {
  return cleanLine(text.replaceAll(/\s*[\r\n]+\s*/g, ' ').trim()).slice(0, 1000);
}

function cleanLine(line: string): string {
  const clean = line.replaceAll(/\p{Cc}/gu, (character) => (character === '\t' ? '\t' : '')).toWellFormed();
  return clean.length > maxLineChars ? `${clean.slice(0, maxLineChars)}…` : clean;
}
