// What came of trials, in the store: of each archive that was tried, and of each guest, so that no list has to read files.
import type { ClusterStore, Json } from '../../cluster/cluster-store.ts';
import type { ListedProof } from '../../contract/vzdump-proof.ts';
import { hasCode } from '../../core/errors.ts';
import { splitVolumeId } from '../../core/ids.ts';

/** Of a guest. Times in seconds since the epoch. */
export type GuestProofs = {
  /** When a trial last went well; also of an archive that is gone. */
  readonly provenAt?: number;
  /** The newest trial. */
  readonly newest?: ListedProof;
  /** When a job last began one, whatever came of it. */
  readonly triedAt?: number;
  /** By volume id of the archive. */
  readonly archives: Readonly<Record<string, ListedProof>>;
};

const kind = 'backup-proofs';
/** Archives of a guest of which it is kept; the oldest trials go. */
const mostArchives = 100;
const mostTries = 20;

export class ProofStore {
  readonly #store: ClusterStore;

  constructor(store: ClusterStore) {
    this.#store = store;
  }

  of(vmid: number): GuestProofs | undefined {
    return this.#store.read(`${kind}/${vmid}`)?.value as GuestProofs | undefined;
  }

  /** What lists say of an archive; undefined when it was never tried. */
  listed(vmid: number, volume: string): ListedProof | undefined {
    const archives = this.of(vmid)?.archives;
    return archives && Object.hasOwn(archives, volume) ? archives[volume] : undefined;
  }

  /** Repeatable. */
  async note(vmid: number, volume: string, proof: ListedProof): Promise<void> {
    await this.#change(vmid, (before = { archives: {} }) => {
      const { archives, provenAt = 0, triedAt } = before;
      const { [volume]: _, ...others } = archives;
      const kept = Object.entries(others)
        .sort(([, a], [, b]) => b.time - a.time)
        .slice(0, mostArchives - 1);
      const newestProven = proof.state === 'proven' ? Math.max(provenAt, proof.time) : provenAt;
      return {
        ...(newestProven === 0 ? {} : { provenAt: newestProven }),
        ...(triedAt === undefined ? {} : { triedAt }),
        newest: proof,
        archives: Object.fromEntries([[volume, proof], ...kept]),
      };
    });
  }

  /** A job begins a trial: one that never comes to a proof must not keep the others waiting. */
  async noteTry(vmid: number, triedAt: number): Promise<void> {
    await this.#change(vmid, (before = { archives: {} }) => ({ ...before, triedAt }));
  }

  /** Forgets archives of a storage that are not there any more, and guests that `exists` does not know and have none left. */
  async keepOnly(
    storage: string,
    volumes: ReadonlySet<string>,
    exists: (vmid: number) => boolean,
  ): Promise<void> {
    for (const { key, value } of this.#store.list(kind)) {
      const vmid = Number(key.slice(kind.length + 1));
      const { archives } = value as GuestProofs;
      const isGone = (volume: string) => splitVolumeId(volume)?.storage === storage && !volumes.has(volume);
      const left = Object.keys(archives).filter((volume) => !isGone(volume));
      const isNobodys = left.length === 0 && !exists(vmid);
      if (left.length === Object.keys(archives).length && !isNobodys) continue;
      await this.#change(vmid, (before) => {
        if (!before || isNobodys) return undefined;
        const kept = Object.entries(before.archives).filter(([volume]) => !isGone(volume));
        return { ...before, archives: Object.fromEntries(kept) };
      });
    }
  }

  watch(listener: (vmid: number) => void): () => void {
    return this.#store.watch(kind, ({ key }) => listener(Number(key.slice(kind.length + 1))));
  }

  /** Undefined from the function forgets the guest. */
  async #change(
    vmid: number,
    change: (before: GuestProofs | undefined) => GuestProofs | undefined,
  ): Promise<void> {
    const key = `${kind}/${vmid}`;
    for (let tries = 1; ; tries += 1) {
      const stored = this.#store.read(key);
      const after = change(stored?.value as GuestProofs | undefined);
      try {
        if (after) await this.#store.write(key, after as Json, stored?.version ?? 0);
        else if (stored) await this.#store.delete(key, stored.version);
        return;
      } catch (error) {
        // Somebody else was faster.
        if (!hasCode(error, 'wrong-state') || tries >= mostTries) throw error;
      }
    }
  }
}
