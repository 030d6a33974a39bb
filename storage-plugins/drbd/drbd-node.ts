// A node as the mirror needs it: programs run and files written there. This one, or the peer through whatever leads there.
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Exec } from '../../server/core/exec.ts';
import { writePrivateFile } from '../../server/core/private-file.ts';

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
      // What it writes beside the file in the meantime drbdadm does not read: only *.res.
      writePrivateFile(join(root, path), text);
    },
    removeFile: (path) => rm(join(root, path), { force: true }),
    readFile: (path) => readFile(join(root, path), 'utf8').catch(() => ''),
  };
}
