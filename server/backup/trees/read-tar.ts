// Tar archives of containers, read: unpacked where nothing in them can lead outside, checked to the last byte, or only asked for their configuration.
import { chown, readdir, statfs } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError } from '../../core/errors.ts';
import { withRoot } from '../../core/root-files.ts';
import { kibibyte, mebibyte } from '../../core/units.ts';
import { openFolders } from '../../guests/ct/setup/containment.ts';
import { type FilterCounts, type FilterRules, filterTar } from '../../guests/ct/setup/tar-filter.ts';
import {
  type TarDescription,
  type TarLimits,
  type TarRead,
  type TarTarget,
  type TreeText,
  usualMostEntries,
} from './tar-orders.ts';
import { programError, startProgram } from './tar-program.ts';
import { checkParts, partAbove, pathIn, refuseAborted, type TreeWorkOptions } from './write-tar.ts';

/** Of a whole configuration, with its snapshots and notes. */
const mostTextBytes = mebibyte;
/** Archives have their configuration first; further in than this it is not looked for. */
const mostBytesBeforeText = 64 * mebibyte;
const gatheredBytes = 256 * kibibyte;
/** Device nodes left out that are told one by one. */
const mostTold = 20;
/** For tar, whose memory grows with the links and folders of an archive. */
const mostTarMemory = 4 * 1024 * mebibyte;

const tarArgv = [
  ...['prlimit', `--data=${mostTarMemory}`, '--'],
  ...['tar', '--extract', '--file=-', '--numeric-owner', '--same-owner', '--preserve-permissions'],
  ...['--acls', '--xattrs', '--xattrs-include=user.*', '--xattrs-include=security.capability'],
  '--warning=no-timestamp',
];

/**
 * Unpacks an archive, whoever wrote it, into a container's empty file systems, and answers the texts that lay beside its files.
 * `content`: the archive without its compression; read to its end, also when it ends in padding.
 *
 * Two lines of defence: the filter refuses what must not be and writes every header anew; tar sees the target and the host's programs
 * alone, with an id map as root of that container's numbers and no more. Rejects with `invalid-input` naming the entry (absolute names,
 * `..`, links outward, unknown owners, device nodes, too much of anything, damage), `no-capacity`, `wrong-state` for a target that is not
 * empty, `cancelled`, and the content's own error. What was unpacked until then is the caller's to remove. Needs root.
 */
export async function readTar(
  target: TarTarget,
  content: AsyncIterable<Uint8Array>,
  { exec, signal, log, progress }: TreeWorkOptions,
): Promise<TarRead> {
  checkParts(target.parts);
  refuseAborted(signal);
  await preparePlaces(target);
  const [root] = target.parts;
  const room = await statfs(root?.path ?? '/');
  const folders = target.parts.map(({ path, target: at }) => ({
    ...{ at: at === '/' ? 'root' : `root${at}`, path, readOnly: false },
  }));
  const inside = await openFolders(exec, folders, target.idMap);
  try {
    refuseAborted(signal);
    const tar = startProgram(inside.command(tarArgv), { stdin: 'pipe', stdout: 'ignore' }, signal);
    const reading = startReading(content, {
      limits: target.limits,
      mostIds: target.idMap?.count ?? 2 ** 31,
      devices: target.devices ?? (target.idMap ? 'refuse' : 'leave-out'),
      log,
      // Of several file systems only the sum of their sizes is known, and tar tells the one that is full.
      freeBytes: target.parts.length === 1 ? room.bavail * room.bsize : Number.POSITIVE_INFINITY,
    });
    let refused: { readonly error: unknown } | undefined;
    const told = async function* () {
      try {
        for await (const chunk of gathered(reading.stream)) {
          yield chunk;
          const { bytes } = reading.counts;
          progress?.({ processedBytes: bytes, totalBytes: bytes });
        }
      } catch (error) {
        refused = { error };
        throw error;
      }
    };
    try {
      const flow = pipeline(
        Readable.from(told(), { objectMode: false }),
        tar.child.stdin as NodeJS.WritableStream,
      );
      const outcome = await flow.then(
        () => undefined,
        (error: unknown) => error,
      );
      refuseAborted(signal);
      // The content's own error says more than tar's complaint about the end of its input; a broken pipe says less.
      if (refused) throw refused.error;
      const end = await tar.ended;
      refuseAborted(signal);
      if (end.code !== 0) throw programError('invalid-input', 'unpack the backup', end);
      if (outcome !== undefined) throw outcome;
      for (const line of end.complaints) log(line);
    } finally {
      tar.kill();
      await tar.ended;
    }
    return reading.result();
  } finally {
    await inside.close();
  }
}

/** Reads all of it without writing anything: every header is checked, and the content's own checksums are by whoever gives it. */
export async function checkTar(
  content: AsyncIterable<Uint8Array>,
  { log, progress }: Pick<TreeWorkOptions, 'log' | 'progress'>,
  limits: TarLimits = { mostEntries: usualMostEntries, mostBytes: Number.MAX_SAFE_INTEGER },
): Promise<TarRead> {
  const reading = startReading(content, { limits, mostIds: 2 ** 32, devices: 'count', log });
  let processedBytes = 0;
  for await (const chunk of reading.stream) {
    processedBytes += chunk.length;
    progress?.({ processedBytes, totalBytes: processedBytes });
  }
  return reading.result();
}

/**
 * The texts of an archive, read from its beginning. At most 64 MiB of it are: `invalid-input` when no configuration came until then, as of
 * an archive that is no container's.
 */
export async function describeTar(content: AsyncIterable<Uint8Array>): Promise<TarDescription> {
  const limits = { mostEntries: usualMostEntries, mostBytes: Number.MAX_SAFE_INTEGER };
  const reading = startReading(content, { limits, mostIds: 2 ** 32, devices: 'count', log: () => {} });
  let passedBytes = 0;
  try {
    // What passes is of other files: the first after the texts is the end of what is looked for.
    for await (const chunk of reading.stream) {
      passedBytes += chunk.length;
      if (reading.texts.size > 0 || passedBytes > mostBytesBeforeText) break;
    }
  } catch (error) {
    if (reading.texts.size === 0) throw error;
  }
  if (reading.texts.size === 0)
    throw new AppError(
      'invalid-input',
      'the archive has no configuration of a container: ./etc/vzdump/pct.conf',
    );
  return { texts: reading.result().texts };
}

interface ReadingOptions {
  readonly limits: TarLimits;
  readonly mostIds: number;
  readonly devices: 'refuse' | 'leave-out' | 'count';
  readonly log: (line: string) => void;
  readonly freeBytes?: number;
}

/** The filter with the rules for backups, and what it found. */
function startReading(content: AsyncIterable<Uint8Array>, options: ReadingOptions) {
  const { limits, mostIds, devices, log, freeBytes = Number.POSITIVE_INFINITY } = options;
  const texts = new Map<TreeText['name'], Uint8Array[]>();
  const counts: FilterCounts = { entries: 0, bytes: 0 };
  let leftOut = 0;
  const rules: FilterRules = {
    ...{ what: 'backup', refuseAbsolute: true, holesAreFree: true },
    ...{ mostEntries: limits.mostEntries, mostBytes: limits.mostBytes, mostIds },
    admit(bytes) {
      if (bytes > freeBytes)
        throw new AppError('no-capacity', `the backup does not fit: ${inMebibytes(freeBytes)} MiB are free`);
    },
    ...(devices === 'refuse'
      ? {}
      : {
          leaveOut(shown: string) {
            leftOut += 1;
            if (devices === 'leave-out' && leftOut <= mostTold)
              log(
                `left out: '${shown}' is a device node, or a link to one: make it again where it is needed`,
              );
          },
        }),
    take(path) {
      const name = /^etc\/vzdump\/(pct\.conf|pct\.fw)$/.exec(path)?.[1] as TreeText['name'] | undefined;
      if (name === undefined || texts.has(name)) return undefined;
      const pieces: Uint8Array[] = [];
      let size = 0;
      texts.set(name, pieces);
      return (data) => {
        size += data.length;
        if (size > mostTextBytes)
          throw new AppError('invalid-input', `the backup's ${name} is larger than a configuration can be`);
        pieces.push(Buffer.from(data));
      };
    },
  };
  return {
    stream: filterTar(content, rules, counts),
    counts,
    texts,
    result: (): TarRead => ({
      ...counts,
      leftOut,
      texts: [...texts].map(([name, pieces]) => ({ name, text: Buffer.concat(pieces).toString('utf8') })),
    }),
  };
}

/** `wrong-state` unless all are empty; then the places of mount points are made in what they are mounted over. */
async function preparePlaces({ idMap, parts }: TarTarget): Promise<void> {
  const owner = idMap?.first ?? 0;
  for (const { key, path } of parts) {
    // What mkfs.ext4(8) makes.
    if ((await readdir(path)).some((name) => name !== 'lost+found'))
      throw new AppError('wrong-state', `${key}: the file system to restore into is not empty`);
    await chown(path, owner, owner);
  }
  for (const part of parts) {
    const above = partAbove(part, parts);
    if (above)
      await withRoot(above.path, (files) =>
        files.makeFolders(pathIn(above, part.target), { uid: owner, gid: owner }),
      );
  }
}

/** Headers are small, and pipes like large pieces. */
async function* gathered(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of source) {
    pieces.push(piece);
    size += piece.length;
    if (size < gatheredBytes) continue;
    yield Buffer.concat(pieces);
    pieces = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(pieces);
}

function inMebibytes(bytes: number): number {
  return Math.floor(bytes / mebibyte);
}
