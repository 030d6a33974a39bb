// When a storage is so full that somebody should know: three levels, left only when the fill falls clearly below. Pure.

/** Percent of a storage's space; 0 while there is nothing to tell. */
export type SpaceLevel = 0 | 75 | 85 | 95;

const levels = [95, 85, 75] as const;
/** Percentage points below a level at which it is over: a fill that wavers around it is told once. */
const slack = 3;

/** The level now, after one that was told before. `fraction`: what is used, from 0 to 1. */
export function spaceLevel(fraction: number, before: SpaceLevel = 0): SpaceLevel {
  const percent = fraction * 100;
  const reached = levels.find((level) => percent >= level) ?? 0;
  if (reached >= before) return reached;
  return levels.find((level) => level <= before && percent >= level - slack) ?? 0;
}
