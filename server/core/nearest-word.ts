// The word that was probably meant. Pure.

/** The known word nearest to what was typed, at most two letters away; undefined when none is, or when it is known. */
export function nearestWord(typed: string, known: readonly string[]): string | undefined {
  if (known.includes(typed)) return undefined;
  // What differs in case only is meant for sure.
  const same = known.find((word) => word.toLowerCase() === typed.toLowerCase());
  if (same !== undefined) return same;
  let best: string | undefined;
  let bestDistance = 3;
  for (const word of known) {
    // The difference in length is the least that the distance can be.
    if (Math.abs(word.length - typed.length) >= bestDistance) continue;
    const distance = editDistance(typed, word);
    if (distance < bestDistance && distance < word.length) {
      best = word;
      bestDistance = distance;
    }
  }
  return best;
}

/** Damerau-Levenshtein (restricted): letters inserted, left out, replaced or swapped with their neighbour. */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i += 1) {
    rows.push([i]);
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, replaced);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, at(i - 2, j - 2) + 1);
      rows[i]?.push(cost);
    }
  }
  return at(a.length, b.length);
}
