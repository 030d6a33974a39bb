// Runs commands inside a test guest over ssh, by the image's key.
import { exec } from '../../server/core/exec.ts';

/** Answers standard output; throws when the guest is not reached or the command fails. */
export async function ssh(address: string, key: string, command: string, user = 'root'): Promise<string> {
  const options = {
    BatchMode: 'yes',
    StrictHostKeyChecking: 'no',
    UserKnownHostsFile: '/dev/null',
    LogLevel: 'ERROR',
    ConnectTimeout: '10',
  };
  const flags = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const { stdout } = await exec('ssh', ['-i', key, ...flags, `${user}@${address}`, command], {
    timeoutMs: 30_000,
    intention: `run '${command}' in the guest`,
  });
  return stdout;
}
