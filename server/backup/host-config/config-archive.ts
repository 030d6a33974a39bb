// The file of a configuration backup: a tar archive, compressed by zstd, of texts that people can read without Croft.
import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import { z } from 'zod';
import type { Json } from '../../cluster/cluster-store.ts';
import { splitKey } from '../../cluster/document-key.ts';
import { AppError } from '../../core/errors.ts';
import {
  ByteSource,
  readTarHeader,
  renderTarHeader,
  tarEndBytes,
  tarPaddingBytes,
} from '../../core/tar-stream.ts';

/** What is in a backup. Documents by key, files by path or word; both without secrets. */
export interface ArchivedConfig {
  readonly node: string;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  /** Croft's. */
  readonly version: string;
  readonly documents: ReadonlyMap<string, Json>;
  readonly files: ReadonlyMap<string, string>;
  /** `sealText` of the secrets, when there is a passphrase. */
  readonly sealed: string | undefined;
}

const formatVersion = 1;
const members = {
  manifest: 'manifest.json',
  documents: 'documents.jsonl',
  files: 'files.jsonl',
  sealed: 'secrets.sealed',
} as const;
/** More than the largest datacenter needs; a hostile archive gets no further. In bytes. */
const mostCompressed = 64 * 1024 ** 2;
const mostPlain = 256 * 1024 ** 2;
/** Lines between turns of the event loop. */
const linesAtOnce = 200;

const manifestForm = z.looseObject({
  kind: z.literal('croft-config'),
  format: z.number().int(),
  node: z.string().max(64),
  at: z.number().int().nonnegative(),
  version: z.string().max(64),
});
const documentLine = z.strictObject({ key: z.string(), value: z.unknown() });
const fileLine = z.strictObject({ name: z.string().max(200), text: z.string() });

/** The archive's bytes. */
export async function renderConfigArchive(config: ArchivedConfig): Promise<Buffer> {
  const { node, atMs, version, documents, files, sealed } = config;
  const manifest = { kind: 'croft-config', format: formatVersion, node, at: atMs, version };
  const mtime = Math.floor(atMs / 1000);
  const parts: Buffer[] = [];
  const add = (name: string, content: Buffer) =>
    parts.push(
      Buffer.from(renderTarHeader({ name, bytes: content.length, mtime })),
      content,
      Buffer.alloc(tarPaddingBytes(content.length)),
    );
  add(members.manifest, Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
  add(members.documents, await renderLines([...documents].map(([key, value]) => ({ key, value }))));
  add(members.files, await renderLines([...files].map(([name, text]) => ({ name, text }))));
  if (sealed !== undefined) add(members.sealed, Buffer.from(sealed));
  parts.push(Buffer.alloc(tarEndBytes));
  return await promisify(zstdCompress)(Buffer.concat(parts), {
    params: { [constants.ZSTD_c_checksumFlag]: 1 },
  });
}

/**
 * Reads an archive, which may be anybody's: nothing in it is believed but that it is text. Rejects with `invalid-input` when it is damaged,
 * too large or no configuration's, `unsupported` when a newer version made it.
 */
export async function readConfigArchive(bytes: Uint8Array): Promise<ArchivedConfig> {
  if (bytes.length > mostCompressed) throw damaged('it is too large');
  const plain = await promisify(zstdDecompress)(bytes, { maxOutputLength: mostPlain }).catch(
    (cause: unknown) => {
      throw damaged('it cannot be decompressed', cause);
    },
  );
  const found = await membersOf(plain);
  const manifest = parse(manifestForm, found.get(members.manifest) ?? '', 'it says not what it is');
  if (manifest.format > formatVersion)
    throw new AppError(
      'unsupported',
      'this backup of the configuration was made by a newer version of Croft',
    );
  const documents = new Map<string, Json>();
  await readLines(found.get(members.documents), documentLine, ({ key, value }) => {
    splitKey(key);
    if (value !== undefined) documents.set(key, value as Json);
  });
  const files = new Map<string, string>();
  await readLines(found.get(members.files), fileLine, ({ name, text }) => files.set(name, text));
  const { node, at: atMs, version } = manifest;
  return { node, atMs, version, documents, files, sealed: found.get(members.sealed) };
}

async function membersOf(plain: Uint8Array): Promise<Map<string, string>> {
  const source = new ByteSource(
    (async function* () {
      yield plain;
    })(),
  );
  const found = new Map<string, string>();
  for (;;) {
    const block = await source.exactly(512);
    if (!block) throw damaged('it ends too early');
    if (block.every((byte) => byte === 0)) return found;
    const header = readTarHeader(block);
    const content = header && (await source.exactly(header.bytes));
    if (!header || !content) throw damaged('it is no archive that Croft writes');
    found.set(header.name, Buffer.from(content).toString('utf8'));
    await source.exactly(tarPaddingBytes(header.bytes));
  }
}

async function renderLines(values: readonly object[]): Promise<Buffer> {
  const lines: string[] = [];
  for (const [index, value] of values.entries()) {
    lines.push(`${JSON.stringify(value)}\n`);
    if (index % linesAtOnce === linesAtOnce - 1) await turn();
  }
  return Buffer.from(lines.join(''));
}

async function readLines<T>(
  text: string | undefined,
  form: z.ZodType<T>,
  take: (value: T) => void,
): Promise<void> {
  if (text === undefined) throw damaged('a part of it is missing');
  let index = 0;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    take(parse(form, line, 'a line of it cannot be read'));
    index += 1;
    if (index % linesAtOnce === 0) await turn();
  }
}

function parse<T>(form: z.ZodType<T>, text: string, problem: string): T {
  try {
    return form.parse(JSON.parse(text));
  } catch (cause) {
    throw damaged(problem, cause);
  }
}

function damaged(problem: string, cause?: unknown): AppError {
  return new AppError('invalid-input', `this is no whole backup of a configuration: ${problem}`, { cause });
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
