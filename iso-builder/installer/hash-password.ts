// A password as shadow(5) keeps it.
import { rootPassword } from '../../server/contract/answer-file.ts';
import { AppError } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';

/**
 * SHA-512 crypt (crypt(5)) with a random salt, by openssl because Node has no crypt. The password goes through standard
 * input. `invalid-input` for one that would be cut off or ends at a line end.
 */
export async function hashPassword(exec: Exec, password: string): Promise<string> {
  const { longestBytes } = rootPassword;
  if (Buffer.byteLength(password) > longestBytes)
    throw new AppError('invalid-input', `system.password: at most ${longestBytes} bytes`);
  if (/[\r\n\0]/.test(password)) throw new AppError('invalid-input', 'system.password: must be one line');
  const { stdout } = await exec('openssl', ['passwd', '-6', '-stdin'], {
    input: `${password}\n`,
    intention: 'hash the password',
  });
  const hash = stdout.trim();
  if (!/^\$6\$[^$:\s]+\$[./A-Za-z0-9]{86}$/.test(hash))
    throw new AppError('internal', 'hash the password: openssl answered no hash');
  return hash;
}
