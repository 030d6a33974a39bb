// What is used of a disk, in whole clusters: an archive takes these, whatever the bounds of a disk's own ranges are.
import type { NbdRange } from '../nbd/nbd-protocol.ts';

export interface DiskRun {
  /** A multiple of the unit; so is `bytes`, or it goes to the end. */
  readonly offset: number;
  readonly bytes: number;
  /** All of it reads as zeros. */
  readonly zero: boolean;
}

/** The ranges follow one another from 0 on. A unit of which a part is used is used. Neighbours alike are one run. */
export async function* wholeRuns(
  ranges: AsyncIterable<NbdRange>,
  unitBytes: number,
): AsyncGenerator<DiskRun, void, void> {
  let run: DiskRun | undefined;
  for await (const stretch of wholeStretches(ranges, unitBytes)) {
    if (run?.zero === stretch.zero) {
      run = { ...run, bytes: run.bytes + stretch.bytes };
      continue;
    }
    if (run) yield run;
    run = stretch;
  }
  if (run) yield run;
}

/** As `wholeRuns`, with neighbours alike. */
async function* wholeStretches(ranges: AsyncIterable<NbdRange>, unitBytes: number): AsyncGenerator<DiskRun> {
  /** A unit that has begun. */
  let begun: DiskRun | undefined;
  for await (const { offset, bytes, zero } of ranges) {
    const end = offset + bytes;
    let at = offset;
    if (begun) {
      at = Math.min(end, begun.offset + unitBytes);
      begun = { offset: begun.offset, bytes: at - begun.offset, zero: begun.zero && zero };
      if (begun.bytes < unitBytes) continue;
      yield begun;
      begun = undefined;
    }
    const wholeEnd = Math.max(at, end - (end % unitBytes));
    if (wholeEnd > at) yield { offset: at, bytes: wholeEnd - at, zero };
    if (end > wholeEnd) begun = { offset: wholeEnd, bytes: end - wholeEnd, zero };
  }
  if (begun) yield begun;
}
