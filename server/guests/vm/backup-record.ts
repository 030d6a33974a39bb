// What is remembered of a backup under way, on the disk before anything of it is: so that the next life of the daemon can end it.
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { flushToDisk } from '../../core/flush-to-disk.ts';

export interface BackupRecord {
  readonly vmid: number;
  /** All files that it makes, the socket apart. */
  readonly files: readonly string[];
  /** The guest ran when it began: should it stand for want of room, it is to go on. */
  readonly ran: boolean;
  /** Its agent was asked to hold its file systems still, and not yet to let them go on. */
  readonly frozen: boolean;
}

const nameForm = /^(\d+)\.json$/;

function pathOf(folder: string, vmid: number): string {
  return join(folder, `${vmid}.json`);
}

/** Replaces the guest's record; durable when it resolves. */
export async function writeRecord(folder: string, record: BackupRecord): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = pathOf(folder, record.vmid);
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify(record));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  await flushToDisk(folder);
}

/** Undefined when there is none. `internal` for one that cannot be read. */
export async function readRecord(folder: string, vmid: number): Promise<BackupRecord | undefined> {
  let text: string;
  try {
    text = await readFile(pathOf(folder, vmid), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { files, ran, frozen } = JSON.parse(text) as Partial<BackupRecord>;
    if (Array.isArray(files) && files.every((file) => typeof file === 'string' && file.startsWith('/')))
      return { vmid, files, ran: ran === true, frozen: frozen === true };
  } catch {
    // As below.
  }
  throw new AppError('internal', `the record of the backup of VM ${vmid} cannot be read`, {
    detail: `${pathOf(folder, vmid)}: ${text.slice(0, 200)}`,
  });
}

/** Repeatable. */
export async function removeRecord(folder: string, vmid: number): Promise<void> {
  const path = pathOf(folder, vmid);
  for (const each of [path, `${path}.new`]) await rm(each, { force: true });
}

/** The guests of which there are records. */
export async function recordedGuests(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.flatMap((name) => {
    const found = nameForm.exec(name);
    return found ? [Number(found[1])] : [];
  });
}
