// Which program opens a compressed archive, by the first bytes of the file.
import type { FileHandle } from 'node:fs/promises';
import { AppError } from '../../../core/errors.ts';

interface Compression {
  readonly name: string;
  readonly magic: string;
  readonly argv: readonly string[];
}

/** Memory is limited: an archive may ask for gigabytes. zstd(1): a window of 128 MiB unless it is told otherwise. */
const compressions: readonly Compression[] = [
  { name: 'zst', magic: '28b52ffd', argv: ['zstd', '--decompress', '--stdout', '--quiet'] },
  {
    name: 'xz',
    magic: 'fd377a585a00',
    argv: ['xz', '--decompress', '--stdout', '--memlimit-decompress=512MiB'],
  },
  { name: 'gz', magic: '1f8b', argv: ['gzip', '--decompress', '--stdout'] },
  { name: 'bz2', magic: '425a68', argv: ['bzip2', '--decompress', '--stdout'] },
];

/** The command that writes the archive from standard input to standard output; `invalid-input` for a file of another kind. */
export async function decompressor(archive: FileHandle): Promise<readonly string[]> {
  const { buffer, bytesRead } = await archive.read(Buffer.alloc(6), 0, 6, 0);
  const begins = buffer.toString('hex', 0, bytesRead);
  const found = compressions.find(({ magic }) => begins.startsWith(magic));
  if (!found)
    throw new AppError('invalid-input', 'the template is no .tar.zst, .tar.xz, .tar.gz or .tar.bz2');
  return found.argv;
}
