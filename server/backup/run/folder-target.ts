// Archives into a plain folder of the node (`dumpdir`): written as `<name>.dat`, as vzdump does, and renamed when they are whole.
import { link, mkdir, open, readdir, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArchiveName } from '../../../storage-plugins/backup-names/archive-name.ts';
import { besideArchive } from '../../../storage-plugins/backup-names/beside-archive.ts';
import { AppError, asAppError, hasCode } from '../../core/errors.ts';
import { flushToDisk } from '../../core/flush-to-disk.ts';
import { parseKeepOptions } from '../retention/keep-options.ts';
import { markBackups } from '../retention/mark-backups.ts';
import type { BackupTarget } from './backup-target.ts';

/** Its file system must be able to name a file twice (hard links): so that nothing that is there is written over. */
export function folderTarget(folder: string): BackupTarget {
  const final = (fileName: string) => join(folder, fileName);
  const pending = (fileName: string) => join(folder, `${fileName}.dat`);
  const isThere = async (path: string) => (await stat(path).catch(() => undefined)) !== undefined;
  return {
    label: folder,
    folder,

    async check() {
      const found = await stat(folder).catch(() => undefined);
      if (!found?.isDirectory()) throw new AppError('not-found', `there is no folder '${folder}'`);
    },

    // A folder has no limit, and keeps no mark.
    requireRoomForProtected: async () => {},

    async begin(_context, fileName) {
      await mkdir(folder, { recursive: true });
      // A name that is given is of this second and this guest: what is there is of a former try.
      await rm(pending(fileName), { force: true });
      const file = await open(pending(fileName), 'wx', 0o600);
      await file.close();
      return { id: fileName, path: pending(fileName) };
    },

    async commit(_context, fileName) {
      if (await isThere(pending(fileName))) {
        await flushToDisk(pending(fileName));
        await link(pending(fileName), final(fileName)).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== 'EEXIST') throw error;
        });
        const [one, other] = await Promise.all([stat(pending(fileName)), stat(final(fileName))]);
        if (one.ino !== other.ino)
          throw new AppError('already-exists', `'${final(fileName)}' exists already`);
        await unlink(pending(fileName));
        await flushToDisk(folder);
      }
      return { name: final(fileName), sizeBytes: (await stat(final(fileName))).size };
    },

    discard: async (_context, fileName) => rm(pending(fileName), { force: true }),

    async takeBack(_context, fileName) {
      await rm(pending(fileName), { force: true });
      const archive = parseArchiveName(fileName, 'UTC');
      const { log } = archive ? besideArchive(archive) : {};
      for (const name of [fileName, log])
        if (name !== undefined) await rm(join(folder, name), { force: true });
    },

    async addBeside(_context, fileName, { log }) {
      const archive = parseArchiveName(fileName, 'UTC');
      const name = archive && besideArchive(archive).log;
      if (log !== undefined && name !== undefined) await writeFile(join(folder, name), log, { mode: 0o600 });
    },

    async prune(context, { kind, vmid }, keep, zone, whileUnused) {
      const names = await readdir(folder);
      const backups = names.flatMap((name) => {
        const parsed = parseArchiveName(name, zone);
        if (parsed?.kind !== kind || parsed.vmid !== vmid) return [];
        return [{ ...parsed, protected: names.includes(besideArchive(parsed).protected) }];
      });
      let removed = 0;
      for (const { backup, mark } of markBackups(backups, parseKeepOptions(keep), zone)) {
        if (mark !== 'remove') continue;
        const path = final(backup.fileName);
        try {
          await whileUnused(path, async () => {
            for (const name of [backup.fileName, ...Object.values(besideArchive(backup))])
              if (name !== undefined) await rm(join(folder, name), { force: true });
          });
        } catch (error) {
          if (!hasCode(error, 'busy')) throw error;
          context.log(`kept '${path}': ${asAppError(error).message}`);
          continue;
        }
        context.log(`removed backup '${path}'`);
        removed += 1;
      }
      return removed;
    },

    pathOf: async (_context, fileName) => final(fileName),
  };
}
