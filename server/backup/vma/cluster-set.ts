// Which clusters of a device were seen: a bitmap that takes memory only where a device is half seen.

/** Clusters per piece of the bitmap: 4 KiB of bits for 2 GiB of a device. */
const pieceClusters = 32_768;

interface Piece {
  readonly bits: Uint32Array;
  missing: number;
}

/**
 * A set of the numbers from 0 to `count` - 1. A device seen in any order that is roughly its own takes a few KiB, one of
 * 64 TiB seen in the worst order 128 MiB.
 */
export class ClusterSet {
  readonly #count: number;
  readonly #pieces: (Piece | 'complete' | undefined)[] = [];

  constructor(count: number) {
    this.#count = count;
  }

  /** False when it was in the set before. `cluster` is below the count. */
  add(cluster: number): boolean {
    const index = Math.floor(cluster / pieceClusters);
    const piece = this.#piece(index);
    if (piece === 'complete') return false;
    const within = cluster % pieceClusters;
    const word = within >>> 5;
    const bit = 1 << (within & 31);
    if ((piece.bits[word]! & bit) !== 0) return false;
    piece.bits[word]! |= bit;
    piece.missing -= 1;
    if (piece.missing === 0) this.#pieces[index] = 'complete';
    return true;
  }

  /** The first number that is not in the set; undefined when all are. */
  firstMissing(): number | undefined {
    for (let index = 0; index * pieceClusters < this.#count; index++) {
      const piece = this.#pieces[index];
      if (piece === 'complete') continue;
      const first = index * pieceClusters;
      if (!piece) return first;
      const word = piece.bits.findIndex((bits) => bits !== 0xffff_ffff);
      const free = ~piece.bits[word]!;
      return first + word * 32 + (31 - Math.clz32(free & -free));
    }
    return undefined;
  }

  #piece(index: number): Piece | 'complete' {
    const known = this.#pieces[index];
    if (known) return known;
    const missing = Math.min(pieceClusters, this.#count - index * pieceClusters);
    const piece = { bits: new Uint32Array(pieceClusters / 32), missing };
    this.#pieces[index] = piece;
    return piece;
  }
}
