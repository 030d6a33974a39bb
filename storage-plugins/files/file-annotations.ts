// Notes and protection of volumes that are files: of backups in Proxmox VE's own files, of all others in one of ours.
import type { VolumeName } from '../volume-names.ts';
import {
  type Annotation,
  annotationPath,
  changeAnnotation,
  forgetAnnotation,
  protectedVolume,
  readAnnotation,
} from './annotations.ts';
import { changeBackupAnnotation, forgetBesideBackup, readBackupAnnotation } from './backup-files.ts';

/** Of the volume at `file`. */
export async function readFileAnnotation(volume: VolumeName, file: string): Promise<Annotation> {
  return volume.content === 'backup'
    ? await readBackupAnnotation(file)
    : await readAnnotation(annotationPath(file));
}

/** `invalid-input` for notes that are too long. Repeatable. */
export async function changeFileAnnotation(
  volume: VolumeName,
  file: string,
  change: Annotation,
): Promise<void> {
  if (volume.content === 'backup') await changeBackupAnnotation(file, change);
  else await changeAnnotation(annotationPath(file), change);
}

/** With a backup goes all that lies beside it. Repeatable. */
export async function forgetFileAnnotation(volume: VolumeName, file: string): Promise<void> {
  if (volume.content === 'backup') await forgetBesideBackup(file);
  else await forgetAnnotation(annotationPath(file));
}

/** `wrong-state` for a protected volume. */
export async function requireUnprotectedFile(volume: VolumeName, file: string): Promise<void> {
  if ((await readFileAnnotation(volume, file)).protected) throw protectedVolume(volume.name);
}
