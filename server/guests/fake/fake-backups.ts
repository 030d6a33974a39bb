// Backups that a fake driver pretends to make: who shows the disks is the test's matter.
import { AppError } from '../../core/errors.ts';
import { type BackupListener, BackupListeners } from '../vm/backup-listeners.ts';
import type { BackupView, BackupWish } from '../vm/backup-types.ts';

const mebibyte = 1024 * 1024;

interface FakeBackup {
  readonly wish: BackupWish;
  problem: AppError | undefined;
}

export class FakeBackups {
  readonly #backups = new Map<number, FakeBackup>();
  readonly #listeners = new BackupListeners();

  async begin(
    vmid: number,
    wish: BackupWish,
    show: (vmid: number, wish: BackupWish) => Promise<BackupView>,
  ): Promise<BackupView> {
    if (wish.disks.length + (wish.copies ?? []).length === 0)
      throw new AppError('internal', 'a backup of no disk was asked for');
    if (this.#backups.has(vmid)) throw new AppError('busy', `a backup of VM ${vmid} is under way`);
    this.#backups.set(vmid, { wish, problem: undefined });
    try {
      return await show(vmid, wish);
    } catch (error) {
      this.#backups.delete(vmid);
      throw error;
    }
  }

  /** False: there was none. */
  end(vmid: number): boolean {
    return this.#backups.delete(vmid);
  }

  watch(vmid: number, listener: BackupListener): () => void {
    return this.#listeners.add(vmid, listener, this.#backups.get(vmid)?.problem);
  }

  /** It cannot go on. Only the first time counts. */
  fail(vmid: number, problem: AppError): void {
    const backup = this.#backups.get(vmid);
    if (!backup || backup.problem) return;
    backup.problem = problem;
    this.#listeners.tell(vmid, problem);
  }

  /** What was asked for, of the guests whose backup is under way. */
  wishOf(vmid: number): BackupWish | undefined {
    return this.#backups.get(vmid)?.wish;
  }
}

/** A socket that nobody listens on, and disks of a MiB. */
export async function showNothing(vmid: number, wish: BackupWish): Promise<BackupView> {
  return {
    socket: `/nowhere/${vmid}/backup.sock`,
    disks: wish.disks.map((key) => ({ key, exportName: `drive-${key}`, sizeBytes: mebibyte })),
    copies: (wish.copies ?? []).map(({ key }) => ({
      key,
      path: `${wish.scratch.folder}/backup-${vmid}-${key}.raw`,
      sizeBytes: mebibyte,
    })),
  };
}
