// GRUB's environment block: the 1,024 bytes in which GRUB and the running system leave each other messages.
import { type FileHandle, open } from 'node:fs/promises';
import { AppError } from './errors.ts';

// Format: grub-core/lib/envblk.c and the manual's chapter "Environment block". GRUB writes the file by the list of its
// disk blocks, so the file must keep its blocks: it is overwritten where it lies, never replaced, never resized.

/** Size of the block, bytes: GRUB reads and writes it whole. */
export const grubEnvBytes = 1024;

const header = '# GRUB Environment Block\n';
const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Variables of a block, in their order. */
export type GrubVariables = ReadonlyMap<string, string>;

/**
 * The variables of a block. Comment lines (grub-editenv writes one) are left out. `wrong-state` naming the damage when
 * the size or the header is wrong, or a line is none of GRUB's.
 */
export function readGrubEnv(block: Uint8Array): GrubVariables {
  if (block.length !== grubEnvBytes) throw damaged(`it has ${block.length} bytes, not ${grubEnvBytes}`);
  const text = Buffer.from(block).toString('latin1');
  if (!text.startsWith(header)) throw damaged('its header is missing');
  const variables = new Map<string, string>();
  let at = header.length;
  while (at < text.length) {
    const line = readLine(text, at);
    at = line.next;
    if (line.text.startsWith('#')) continue;
    // The padding has no line end; anything else without one was cut off.
    if (!line.ended) throw damaged('a line has no end');
    const equals = line.text.indexOf('=');
    const name = equals < 0 ? '' : line.text.slice(0, equals);
    if (!namePattern.test(name)) throw damaged('a line is not name=value');
    variables.set(name, Buffer.from(line.text.slice(equals + 1), 'latin1').toString('utf8'));
  }
  return variables;
}

/** One line with its escapes resolved: a backslash takes the next character as it is, also a line end. */
function readLine(text: string, from: number): { text: string; ended: boolean; next: number } {
  let line = '';
  let at = from;
  while (at < text.length && text[at] !== '\n') {
    if (text[at] === '\\') at += 1;
    line += text[at] ?? '';
    at += 1;
  }
  return { text: line, ended: at < text.length, next: at + 1 };
}

/**
 * The block of these variables: always `grubEnvBytes` long. `invalid-input` for names that GRUB does not take,
 * `no-capacity` when they do not fit.
 */
export function renderGrubEnv(variables: GrubVariables): Buffer {
  const lines = [...variables].map(([name, value]) => {
    if (!namePattern.test(name))
      throw new AppError('invalid-input', `'${name}' is no name of a GRUB variable`);
    if (value.includes('\0'))
      throw new AppError('invalid-input', `GRUB variable '${name}': must not hold NUL`);
    return `${name}=${value.replace(/[\\\n]/g, '\\$&')}\n`;
  });
  const content = Buffer.from(header + lines.join(''), 'utf8');
  if (content.length > grubEnvBytes)
    throw new AppError('no-capacity', `GRUB's environment block holds at most ${grubEnvBytes} bytes`);
  const block = Buffer.alloc(grubEnvBytes, '#');
  content.copy(block);
  return block;
}

/** Reads the block in the file. Rejects with `wrong-state` when it is damaged or missing. */
export async function readGrubEnvFile(path: string): Promise<GrubVariables> {
  return await withFile(path, 'r', readBlock);
}

/**
 * Changes variables of the block in the file, in place; undefined removes one, all others stay. Answers what is in it
 * then. Repeatable. Rejects with `wrong-state` when the block is damaged, which leaves it as it is.
 */
export async function changeGrubEnvFile(
  path: string,
  change: Readonly<Record<string, string | undefined>>,
): Promise<GrubVariables> {
  return await withFile(path, 'r+', async (file) => {
    const variables = new Map(await readBlock(file));
    for (const [name, value] of Object.entries(change)) {
      if (value === undefined) variables.delete(name);
      else variables.set(name, value);
    }
    await writeBlock(file, renderGrubEnv(variables));
    return variables;
  });
}

/**
 * Writes a block anew, whatever was there: for a damaged one, and only when somebody asked for it. The file is made when
 * it is missing, and cut to its size when it is longer.
 */
export async function rebuildGrubEnvFile(path: string, variables: GrubVariables): Promise<void> {
  const block = renderGrubEnv(variables);
  await withFile(path, 'r+', (file) => writeWhole(file, block)).catch(async (error: unknown) => {
    if (!isMissing(error)) throw error;
    await withFile(path, 'wx', (file) => writeWhole(file, block));
  });
}

async function writeWhole(file: FileHandle, block: Buffer): Promise<void> {
  await writeBlock(file, block);
  if ((await file.stat()).size === grubEnvBytes) return;
  await file.truncate(grubEnvBytes);
  await file.sync();
}

/** One write of the whole block, then flushed: nothing but a power cut between its two sectors can tear it. */
async function writeBlock(file: FileHandle, block: Buffer): Promise<void> {
  const { bytesWritten } = await file.write(block, 0, grubEnvBytes, 0);
  if (bytesWritten !== grubEnvBytes)
    throw new AppError('internal', "GRUB's environment block was not written whole");
  await file.sync();
}

async function readBlock(file: FileHandle): Promise<GrubVariables> {
  const bytes = Buffer.alloc(grubEnvBytes + 1);
  const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
  return readGrubEnv(bytes.subarray(0, bytesRead));
}

async function withFile<T>(path: string, flags: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, flags, 0o600).catch((error: unknown) => {
    if (isMissing(error)) throw damaged('the file is missing', error);
    throw error;
  });
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

function isMissing(error: unknown): boolean {
  const cause = error instanceof AppError ? error.cause : error;
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
}

function damaged(how: string, cause?: unknown): AppError {
  return new AppError('wrong-state', `GRUB's environment block is damaged: ${how}`, { cause });
}
