// Which parts of a read have come: a server may send them in any order, but each byte once.
import { protocolBreach } from './nbd-protocol.ts';

/** Separate stretches that a server may leave us with; those that exist send in order, so that there is one. */
const maxStretches = 1024;

export class Coverage {
  readonly #length: number;
  /** Stretches [start, end), in order, none touching another. */
  #stretches: [start: number, end: number][] = [];

  constructor(length: number) {
    this.#length = length;
  }

  /** Everything has come. */
  get complete(): boolean {
    const first = this.#stretches[0];
    return this.#length === 0 || (first !== undefined && first[0] === 0 && first[1] === this.#length);
  }

  /** Notes bytes from `start` on. Throws when they lie outside or came already. */
  add(start: number, bytes: number): void {
    const end = start + bytes;
    if (start < 0 || bytes === 0 || end > this.#length) throw protocolBreach('data that were not asked for');
    const index = this.#stretches.findIndex(([from]) => from >= start);
    const at = index === -1 ? this.#stretches.length : index;
    const before = this.#stretches[at - 1];
    const after = this.#stretches[at];
    if ((before && before[1] > start) || (after && after[0] < end))
      throw protocolBreach('the same data a second time');
    const joinsBefore = before?.[1] === start;
    const joinsAfter = after?.[0] === end;
    const joined: [number, number] = [joinsBefore ? before[0] : start, joinsAfter ? after[1] : end];
    this.#stretches.splice(at - (joinsBefore ? 1 : 0), (joinsBefore ? 1 : 0) + (joinsAfter ? 1 : 0), joined);
    if (this.#stretches.length > maxStretches) throw protocolBreach('data in too many pieces');
  }
}
