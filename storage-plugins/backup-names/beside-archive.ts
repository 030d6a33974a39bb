// The files beside a backup archive: its log, notes, mark of protection, picture and proof. Pure.
import type { ArchiveName } from './archive-name.ts';

/**
 * Names in the archive's own folder. Log, notes and mark are named as Proxmox VE names them, the picture (of the guest's screen) and
 * the proof (what came of trying a restore) are ours: neither ending is one of archives, so Proxmox VE neither lists nor removes them.
 */
export interface BesideArchive {
  /** `vzdump-qemu-100-2026_06_01-02_30_00.log`: without the archive's extension; a renamed archive has left its log behind. */
  readonly log: string | undefined;
  /** `….vma.zst.notes`. */
  readonly notes: string;
  /** `….vma.zst.protected`: when it exists, the archive must not be removed. */
  readonly protected: string;
  /** `….vma.zst.png`. */
  readonly picture: string;
  /** `….vma.zst.proof`: JSON. */
  readonly proof: string;
}

const endings = { notes: '.notes', protected: '.protected', picture: '.png', proof: '.proof' } as const;

/** The names of what may lie beside an archive. */
export function besideArchive(archive: ArchiveName): BesideArchive {
  const { fileName, extension, standard } = archive;
  return {
    log: standard ? `${fileName.slice(0, -extension.length)}log` : undefined,
    notes: fileName + endings.notes,
    protected: fileName + endings.protected,
    picture: fileName + endings.picture,
    proof: fileName + endings.proof,
  };
}

/**
 * The archive beside which a file with this name lies, and as what; undefined for other names. To find what was left when an
 * archive was removed by something that does not know of what is ours. The archive's name is not checked.
 */
export function archiveBeside(
  fileName: string,
): { readonly archive: string; readonly part: keyof typeof endings } | undefined {
  for (const part of ['notes', 'protected', 'picture', 'proof'] as const) {
    const archive = fileName.slice(0, -endings[part].length);
    if (archive !== '' && fileName.endsWith(endings[part])) return { archive, part };
  }
  return undefined;
}
