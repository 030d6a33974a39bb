// Words of a command line, quoted so that a POSIX shell hands them on as they are. Pure.

/** NUL cannot be in an argument and is left out; line ends are kept: single quotes hold all else. */
export function quoteWord(text: string): string {
  const word = text.replaceAll('\0', '');
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command of many words, one option with its value on a line. */
export function onLines(lines: readonly string[]): string {
  return lines.join(' \\\n  ');
}
