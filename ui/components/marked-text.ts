// A text cut at the places where words that are searched for stand in it. Pure.

export interface TextPart {
  readonly text: string;
  readonly marked: boolean;
}

/** Words as they are typed, with blanks between; in capitals or not. The parts together are the text. */
export function markedParts(text: string, search: string): readonly TextPart[] {
  const words = search.split(/\s+/).filter(Boolean);
  if (words.length === 0) return [{ text, marked: false }];
  const escaped = words
    .sort((a, b) => b.length - a.length)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'));
  // Every second part is what stood between two others: a match.
  return text
    .split(new RegExp(`(${escaped.join('|')})`, 'giu'))
    .map((part, i) => ({ text: part, marked: i % 2 === 1 }))
    .filter((part) => part.text !== '');
}
