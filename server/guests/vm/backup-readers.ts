// Who still reads a backup: a job that is ended with replies unread holds up QEMU's main loop, and the guest with it.
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../core/errors.ts';

const pollMs = 25;
/** `SS_CONNECTED` of Linux, as proc_pid_net(5) shows it. */
const connected = '03';

/** Connections that the server at `socket` has, in the text of /proc/net/unix: its ends of them have the listener's path. */
export function countConnections(text: string, socket: string): number {
  let count = 0;
  for (const line of text.split('\n')) {
    // Num RefCount Protocol Flags Type St Inode Path
    const found = /^[0-9a-f]+: (?:\S+ ){4}(\S\S) +\d+ (\/.*)$/i.exec(line);
    if (found?.[1] === connected && found[2] === socket) count += 1;
  }
  return count;
}

/** Resolves when nobody is connected. `busy` when somebody still is after `withinMs`. */
export async function untilNobodyReads(socket: string, withinMs: number): Promise<void> {
  for (const end = Date.now() + withinMs; ; ) {
    const readers = countConnections(await readFile('/proc/net/unix', 'utf8'), socket);
    if (readers === 0) return;
    if (Date.now() > end)
      throw new AppError('busy', 'the backup is still being read: it can be ended when nobody reads it', {
        data: { readers },
      });
    await delay(pollMs);
  }
}
