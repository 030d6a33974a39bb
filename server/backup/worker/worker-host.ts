// Where workers of backups have their sockets on this node, freed of what a daemon that was killed left there.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type WorkerHost, workerEntry } from './backup-worker.ts';

/** What `startBackupWorker` makes for each of its workers. */
const ofWorker = /^worker-\w{6}$/;

/**
 * `daemon`: the file of the daemon's own, as `workerEntry` has it. To be called once, before the first worker: workers of another life
 * end with their daemon, so nobody uses what lies there. `runtimeDir`: the daemon's.
 */
export function prepareWorkers(daemon: string, runtimeDir: string): WorkerHost {
  const folder = join(runtimeDir, 'backup');
  // QEMU's own user passes to the sockets of served archives.
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  for (const name of readdirSync(folder))
    if (ofWorker.test(name)) rmSync(join(folder, name), { recursive: true, force: true });
  return { entry: workerEntry(daemon), runtimeDir: folder };
}
