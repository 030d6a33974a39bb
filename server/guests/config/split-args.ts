// The key `args`: extra arguments of QEMU, split into words as a shell does.
import { isPlainText } from './plain-text.ts';

/** Characters in all; a command line is no place for data. */
const longest = 8192;

/**
 * The words: quoted by ' or ", a backslash keeps the next character as it is but within '. Answers the rule that the text breaks where it
 * has none.
 */
export function splitArgs(text: string): readonly string[] | { readonly broken: string } {
  if (text.length > longest) return { broken: `has more than ${longest} characters` };
  // Line breaks, too: whoever reads the configuration line by line would see other keys.
  if (!isPlainText(text)) return { broken: 'has control characters' };
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]!;
    if (character === '\\' && quote !== "'") {
      at += 1;
      if (at === text.length) return { broken: 'ends with a backslash' };
      word = (word ?? '') + text[at]!;
    } else if (quote !== '') {
      if (character === quote) quote = '';
      else word += character;
    } else if (character === "'" || character === '"') {
      quote = character;
      word ??= '';
    } else if (character === ' ') {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + character;
  }
  if (quote !== '') return { broken: `a ${quote} is not closed` };
  return word === undefined ? words : [...words, word];
}
