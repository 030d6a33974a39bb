// The other lab node of a mirror, over ssh: what the cluster's own way between nodes is to be later.
import { AppError } from '../../server/core/errors.ts';
import { type Exec, exec } from '../../server/core/exec.ts';
import type { DrbdNode } from '../../storage-plugins/drbd/drbd-node.ts';
import { drbdKey } from './storage-places.ts';

/** ssh's own failure: no connection. */
const noConnection = 255;
const options = {
  BatchMode: 'yes',
  StrictHostKeyChecking: 'no',
  UserKnownHostsFile: '/dev/null',
  LogLevel: 'ERROR',
  ConnectTimeout: '10',
  // A pulled cable breaks no connection: who waits over one that was kept is told.
  ServerAliveInterval: '4',
  ServerAliveCountMax: '3',
  ControlMaster: 'auto',
  ControlPath: '/run/lab-drbd-%h.sock',
  ControlPersist: '60',
};

const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;

export function nodeOverSsh(name: string, address: string): DrbdNode {
  const flags = Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  const run: Exec = async (file, args, more = {}) => {
    const command = [file, ...args].map(quote).join(' ');
    const okExitCodes = [...(more.okExitCodes ?? [0]), noConnection];
    const result = await exec('ssh', ['-i', drbdKey, ...flags, `root@${address}`, command], {
      ...more,
      okExitCodes,
    });
    if (result.exitCode === noConnection)
      throw new AppError('unavailable', `node '${name}' cannot be reached`, { detail: result.stderr });
    return result;
  };
  return {
    name,
    exec: run,
    async writeFile(path, text) {
      const script = 'mkdir -p "$(dirname "$1")" && umask 077 && cat > "$1.part" && mv "$1.part" "$1"';
      await run('sh', ['-c', script, 'sh', path], { input: text });
    },
    async removeFile(path) {
      await run('rm', ['-f', path]);
    },
    async readFile(path) {
      return (await run('sh', ['-c', 'cat "$1" 2> /dev/null || true', 'sh', path])).stdout;
    },
  };
}
