// A password as shadow(5) keeps it.
import { AppError } from './errors.ts';
import type { Exec } from './exec.ts';

/** openssl-passwd(1) cuts off what is longer, without a word. */
const longestBytes = 256;

/**
 * SHA-512 crypt (crypt(5)) with a random salt, by openssl because Node has no crypt. The password goes through standard input.
 * `invalid-input`, naming `field`, for one that would be cut off or ends at a line end.
 */
export async function hashPassword(exec: Exec, password: string, field = 'password'): Promise<string> {
  if (Buffer.byteLength(password) > longestBytes)
    throw new AppError('invalid-input', `${field}: at most ${longestBytes} bytes`);
  if (password === '' || /[\r\n\0]/.test(password))
    throw new AppError('invalid-input', `${field}: must be one line`);
  const { stdout } = await exec('openssl', ['passwd', '-6', '-stdin'], {
    input: `${password}\n`,
    intention: 'hash the password',
  });
  const hash = stdout.trim();
  if (!/^\$6\$[^$:\s]+\$[./A-Za-z0-9]{86}$/.test(hash))
    throw new AppError('internal', 'hash the password: openssl answered no hash');
  return hash;
}
