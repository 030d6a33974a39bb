// How full is full: one scale for processors, memory and storages. Pure.

export type FillLevel = 'ok' | 'watch' | 'warn' | 'full';

/** From 75 % one should know of it, from 85 % do something about it, from 95 % at once. Unknown is not full. */
export function fillLevel(share: number | undefined): FillLevel {
  if (share === undefined || share < 0.75) return 'ok';
  if (share < 0.85) return 'watch';
  return share < 0.95 ? 'warn' : 'full';
}
