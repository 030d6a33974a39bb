// The peer as its failures are to be told: that it does not answer says nothing against this node's storage, which goes on.
import { AppError, asAppError } from '../../server/core/errors.ts';
import type { DrbdNode } from './drbd-node.ts';

/**
 * The same node. `unavailable` and `timeout` become `wrong-state`: the first two would close the whole storage to its callers for a
 * while, and with it guests that this node's disks are enough for.
 */
export function farNode(node: DrbdNode): DrbdNode {
  const told = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (thrown) {
      const error = asAppError(thrown);
      if (error.code !== 'unavailable' && error.code !== 'timeout') throw error;
      throw new AppError(
        'wrong-state',
        `node ${node.name} does not answer: mirrored volumes are made, changed and removed while both nodes are there`,
        { detail: [error.message, error.detail ?? ''].join('\n'), cause: error },
      );
    }
  };
  return {
    name: node.name,
    exec: (file, args, options) => told(node.exec(file, args, options)),
    writeFile: (path, text) => told(node.writeFile(path, text)),
    removeFile: (path) => told(node.removeFile(path)),
    readFile: (path) => told(node.readFile(path)),
  };
}
