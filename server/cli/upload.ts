// Sends a file to a storage as a form, streaming it, with its progress on a terminal.
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { AppError, invalidInput } from '../core/errors.ts';
import { randomName } from '../core/ids.ts';
import { finish } from './follow-task.ts';
import { renderBytes } from './render.ts';
import type { Session } from './session.ts';

export interface UploadOptions {
  readonly type?: string;
  readonly name?: string;
  readonly checksum?: string;
}

/** The kind of content that a file name tells; undefined when it tells none. */
export function contentOfName(name: string): 'iso' | 'vztmpl' | 'import' | undefined {
  const lower = name.toLowerCase();
  if (/\.(iso|img)$/.test(lower)) return 'iso';
  if (/\.tar\.(gz|xz|zst|bz2)$/.test(lower)) return 'vztmpl';
  return /\.(qcow2|raw|vmdk|vhdx|vhd|ova|ovf|conf)$/.test(lower) ? 'import' : undefined;
}

/** Uploads and waits until the file is in its place. */
export async function uploadFile(
  session: Session,
  storage: string,
  file: string,
  options: UploadOptions,
): Promise<void> {
  await finish(session, await sendFile(session, storage, file, options));
}

/** Uploads; answers what the daemon answers, the task that puts the file in its place. */
export async function sendFile(
  session: Session,
  storage: string,
  file: string,
  options: UploadOptions,
): Promise<unknown> {
  const name = options.name ?? basename(file);
  const content = options.type ?? contentOfName(name);
  if (content === undefined)
    throw invalidInput({
      type: `'${name}' does not tell what it is: give --type iso, vztmpl, import or snippets`,
    });
  // Their own door: they may hold passwords of guests.
  const snippet = content === 'snippets';
  const checksum = readChecksum(options.checksum);
  const fields = snippet ? checksum : [...checksum, ['content', content] as const];
  const node = await session.node();
  const handle = await open(file).catch((cause: unknown) => {
    throw new AppError('invalid-input', `cannot read ${file}`, { cause, data: { hint: reasonOf(cause) } });
  });
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new AppError('invalid-input', `${file} is not a file`);
    const boundary = `croft-${randomName()}`;
    const head = Buffer.from(renderHead(boundary, fields, name));
    const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
    const source = handle.createReadStream({ autoClose: false, highWaterMark: 256 * 1024 });
    const body = Readable.from(parts(session, head, source, tail, stat.size), { objectMode: false });
    return await session.client.send<unknown>(
      `/nodes/${encodeURIComponent(node)}/storage/${encodeURIComponent(storage)}/${snippet ? 'upload-snippet' : 'upload'}`,
      `multipart/form-data; boundary=${boundary}`,
      head.length + stat.size + tail.length,
      body,
    );
  } finally {
    await handle.close();
  }
}

function readChecksum(text: string | undefined): (readonly [string, string])[] {
  if (text === undefined) return [];
  const match = /^(md5|sha1|sha224|sha256|sha384|sha512):([0-9a-f]+)$/i.exec(text);
  if (!match) throw invalidInput({ checksum: 'write algorithm:hex, for instance sha256:0123abcd...' });
  return [
    ['checksum-algorithm', (match[1] ?? '').toLowerCase()],
    ['checksum', (match[2] ?? '').toLowerCase()],
  ];
}

/** Fields come before the file: the daemon then knows where to write. */
function renderHead(boundary: string, fields: readonly (readonly [string, string])[], name: string): string {
  const quoted = name.replace(/["\\\r\n]/g, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
  const texts = fields.map(
    ([key, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${key}"\r\n\r\n${value}\r\n`,
  );
  return `${texts.join('')}--${boundary}\r\nContent-Disposition: form-data; name="filename"; filename="${quoted}"\r\nContent-Type: application/octet-stream\r\n\r\n`;
}

async function* parts(
  session: Session,
  head: Buffer,
  file: Readable,
  tail: Buffer,
  sizeBytes: number,
): AsyncGenerator<Buffer> {
  const { stderr } = session.io;
  let sent = 0;
  let shown = -1;
  yield head;
  for await (const chunk of file as AsyncIterable<Buffer>) {
    yield chunk;
    sent += chunk.length;
    const percent = Math.floor((sent / sizeBytes) * 100);
    if (stderr.isTTY && percent > shown) {
      shown = percent;
      stderr.write(`\r${percent}% of ${renderBytes(sizeBytes)}${percent === 100 ? '\n' : ''}`);
    }
  }
  yield tail;
}

function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  return code === 'EACCES' ? 'no permission to read it' : String(code ?? 'unknown reason');
}
