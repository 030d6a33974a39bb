// The file in which a guest's memory is kept: libvirt's own form, which it resumes from (qemu_saveimage.h), with a head of fixed length.
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { AppError } from '../../core/errors.ts';

/** Where QEMU's stream begins, in bytes. What of the head is not needed is filled with zeros. */
export const memoryStart = 256 * 1024;

const magic = 'LibvirtQemudSave';
const version = 2;
/** The magic, five numbers and fourteen that are not used, of four bytes each. */
const fixedBytes = magic.length + (5 + 14) * 4;

/** The head: the machine's XML, and that it ran. */
export function renderHead(xml: string): Buffer {
  const text = Buffer.from(xml);
  if (text.length >= memoryStart - fixedBytes)
    throw new AppError('unsupported', 'the description of the guest is too long to be saved');
  const head = Buffer.alloc(memoryStart);
  head.write(magic, 'latin1');
  const numbers = [version, memoryStart - fixedBytes, 1, 0, 0];
  for (const [index, number] of numbers.entries()) head.writeUInt32LE(number, magic.length + index * 4);
  text.copy(head, fixedBytes);
  return head;
}

export function digestOf(head: Buffer): string {
  return createHash('sha256').update(head).digest('hex');
}

/** Completes a file whose stream is written: only now it can be resumed from. Answers the head's digest. */
export async function writeHead(path: string, xml: string): Promise<string> {
  const head = renderHead(xml);
  await withFile(path, 'r+', async (file) => {
    await file.datasync();
    await file.write(head, 0, head.length, 0);
    await file.datasync();
  });
  return digestOf(head);
}

/** `wrong-state` unless the head is the one that was written. */
export async function checkHead(path: string, digest: string): Promise<void> {
  const head = Buffer.alloc(memoryStart);
  await withFile(path, 'r', async (file) => await file.read(head, 0, head.length, 0));
  if (digestOf(head) !== digest)
    throw new AppError('wrong-state', 'the saved memory is not what was saved: it was written to since');
}

async function withFile(
  path: string,
  flags: string,
  work: (file: FileHandle) => Promise<unknown>,
): Promise<void> {
  const file = await open(path, flags);
  try {
    await work(file);
  } finally {
    await file.close();
  }
}

/** Machine type of a domain's XML as libvirt tells it, with its version. */
export function machineOf(xml: string): string | undefined {
  return /<type\b[^>]*\bmachine=(['"])([^'"]+)\1/.exec(xml)?.[2];
}

/** Processor of a domain's XML in QEMU's notation: `qemu64,+aes,-svm`. */
export function cpuOf(xml: string): string | undefined {
  const cpu = /<cpu\b[\s\S]*?<\/cpu>|<cpu\b[^>]*\/>/.exec(xml)?.[0];
  if (cpu === undefined) return undefined;
  const mode = /\bmode=(['"])([^'"]+)\1/.exec(cpu)?.[2];
  const model = /<model\b[^>]*>([^<]+)<\/model>/.exec(cpu)?.[1];
  const name = mode === 'host-passthrough' ? 'host' : mode === 'maximum' ? 'max' : model;
  if (name === undefined) return undefined;
  const flags = [...cpu.matchAll(/<feature\b[^>]*>/g)].flatMap(([element]) => {
    const flag = /\bname=(['"])([^'"]+)\1/.exec(element)?.[2];
    return flag === undefined ? [] : [`${/policy=['"](disable|forbid)/.test(element) ? '-' : '+'}${flag}`];
  });
  return [name, ...flags].join(',');
}
