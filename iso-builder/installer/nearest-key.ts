// The word that was probably meant. Pure.

/** The known word nearest to what was typed, at most two letters away; undefined when none is, or when it is known. */
export function nearestOf(typed: string, known: readonly string[]): string | undefined {
  if (known.includes(typed)) return undefined;
  let best: string | undefined;
  let bestDistance = 3;
  for (const word of known) {
    // What differs in case only is meant for sure.
    if (word.toLowerCase() === typed.toLowerCase()) return word;
    if (Math.abs(word.length - typed.length) >= bestDistance) continue;
    const distance = editDistance(typed, word);
    if (distance < bestDistance && distance < word.length) {
      best = word;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein's distance: letters inserted, left out or replaced; two swapped neighbours count as two. */
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, replaced));
    }
    above = row;
  }
  return above[b.length] ?? 0;
}
