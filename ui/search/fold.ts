// Text as it is compared in searches: case and accents do not count.

const plain = /^[\x20-\x7e]*$/;
const marks = /\p{M}+/gu;

/** The text in lower case and without accents: `Büro` is found by `buro`, `Αθήνα` by `αθηνα`. */
export function fold(text: string): string {
  if (plain.test(text)) return text.toLowerCase();
  return text.normalize('NFKD').replace(marks, '').toLowerCase();
}
