// /etc/hosts: the text, its digest, and what a new one must be like (hosts(5)).
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { AppError, invalidInput } from '../core/errors.ts';
import { replaceText } from './replace-file.ts';

export interface HostsFile {
  read(): Promise<{ readonly data: string; readonly digest: string }>;
  /** Throws `invalid-input` naming the line, `wrong-state` when `digest` is not of the file as it is now. */
  write(data: string, digest: string | undefined): Promise<void>;
}

const mostBytes = 64 * 1024;

/** `root` is replaced in tests. */
export function createHostsFile(root = '/'): HostsFile {
  const path = join(root, 'etc/hosts');
  const read = async () => {
    const data = await readFile(path, 'utf8').catch(() => '');
    return { data, digest: digestOf(data) };
  };
  // One after the other: between a digest's check and the write nobody else may write.
  let last: Promise<unknown> = Promise.resolve();
  return {
    read,
    write(data, digest) {
      const mine = last
        .catch(() => {})
        .then(async () => {
          const text = checkHosts(data);
          if (digest !== undefined && digest !== '' && digest !== (await read()).digest)
            throw new AppError(
              'wrong-state',
              'digest: /etc/hosts was changed by somebody else since it was read; read it again',
            );
          await replaceText(path, text);
        });
      last = mine;
      return mine;
    },
  };
}

/** As the API has it of all configuration files. */
export function digestOf(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}

/** The text as it is written: plain line ends, the last line ended. Throws `invalid-input`. */
export function checkHosts(data: string): string {
  const refuse = (rule: string) => invalidInput({ data: rule });
  if (Buffer.byteLength(data) > mostBytes) throw refuse('at most 64 KiB');
  const lines = data.replace(/\r\n?/g, '\n').replace(/\n+$/, '').split('\n');
  let entries = 0;
  for (const [index, line] of lines.entries()) {
    const [address, ...names] = line.replace(/#.*$/, '').trim().split(/\s+/);
    if (address === undefined || address === '') continue;
    const where = `line ${index + 1}`;
    if (isIP(address.replace(/%[\w.-]+$/, '')) === 0)
      throw refuse(`${where}: '${address}' is not an IP address`);
    if (names.length === 0) throw refuse(`${where}: no name follows the address`);
    for (const name of names)
      if (!/^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252})$/.test(name))
        throw refuse(`${where}: '${name}' is not a valid host name`);
    entries += 1;
  }
  if (entries === 0) throw refuse('no line has an address: at least localhost must be there');
  return `${lines.join('\n')}\n`;
}
