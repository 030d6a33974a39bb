// A node as the mirror needs it: programs run and files written there. This one, or the peer through whatever leads there.
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Exec } from '../../server/core/exec.ts';

export interface DrbdNode {
  /** As `uname -n` says. */
  readonly name: string;
  /** Rejects with `unavailable` when the node cannot be reached. */
  readonly exec: Exec;
  /** For root alone (0600), whole or not at all. */
  writeFile(path: string, text: string): Promise<void>;
  /** Repeatable. */
  removeFile(path: string): Promise<void>;
  /** Empty when it is not there. */
  readFile(path: string): Promise<string>;
}

/** The way to a node by its name. */
export type OnNode = (name: string) => DrbdNode;

/** This node. `root` stands for `/`, for tests. */
export function localNode(name: string, exec: Exec, root = '/'): DrbdNode {
  return {
    name,
    exec,
    async writeFile(path, text) {
      const file = join(root, path);
      await mkdir(dirname(file), { recursive: true });
      // drbdadm reads *.res only.
      const temporary = `${file}.${randomBytes(6).toString('hex')}.part`;
      const handle = await open(temporary, 'wx', 0o600);
      try {
        await handle.writeFile(text);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, file);
    },
    removeFile: (path) => rm(join(root, path), { force: true }),
    readFile: (path) => readFile(join(root, path), 'utf8').catch(() => ''),
  };
}
