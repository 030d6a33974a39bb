// A container's files as a tar archive in vzdump's layout: its configuration first, then everything with the owners that the container sees.
import { AppError } from '../../core/errors.ts';
import type { Exec } from '../../core/exec.ts';
import { type ContainedFolder, openFolders } from '../../guests/ct/setup/containment.ts';
import { padding, renderHeader } from '../../guests/ct/setup/tar-header.ts';
import { checkExcludes, tarExcludes } from './exclude-patterns.ts';
import type { TarProgress, TarSource, TarWritten, TreePart, TreeText } from './tar-orders.ts';
import { programError, startProgram } from './tar-program.ts';

export interface TarSink {
  /** Waits while too much is under way. */
  write(bytes: Buffer): Promise<void>;
}

export interface TreeWorkOptions {
  readonly exec: Exec;
  readonly signal: AbortSignal;
  /** For the task's log. */
  readonly log: (line: string) => void;
  /** Called for each piece; keep it cheap. */
  readonly progress?: ((progress: TarProgress) => void) | undefined;
}

/** Modes, owners as numbers, holes, attributes that mean something to another machine; POSIX' form, which Proxmox VE's tar reads. */
const tarArgv = [
  ...['tar', '--create', '--file=-', '--format=posix', '--pax-option=delete=atime,delete=ctime'],
  ...['--numeric-owner', '--sparse', '--acls', '--xattrs'],
  ...['--xattrs-include=user.*', '--xattrs-include=security.capability', '--warning=no-file-ignored'],
];

/**
 * Packs it. tar runs where it sees the parts read-only and the host's programs, and nothing else; with an id map inside a user namespace,
 * so that owners, access lists and capabilities come out as the container has them. What is mounted below a part is left out.
 *
 * Rejects with `command-failed` naming the file that could not be read or that changed meanwhile, `cancelled`, `invalid-input` for parts or
 * patterns that make no sense, and the sink's own error. What the sink has then is worth nothing. Needs root. Killed at any moment
 * nothing is left: mounts and namespaces go with the programs, those with their pipes.
 */
export async function writeTar(
  source: TarSource,
  sink: TarSink,
  { exec, signal, log, progress }: TreeWorkOptions,
): Promise<TarWritten> {
  checkParts(source.parts);
  checkExcludes(source.exclude);
  let processedBytes = 0;
  const write = async (bytes: Buffer) => {
    await sink.write(bytes);
    processedBytes += bytes.length;
    progress?.({ processedBytes, totalBytes: Math.max(source.estimatedBytes, processedBytes) });
  };
  refuseAborted(signal);
  const inside = await openFolders(
    exec,
    source.parts.map((part, index) => seenPart(part, index, source.parts)),
    source.idMap,
  );
  try {
    for (const text of source.texts) await write(textMember(text));
    refuseAborted(signal);
    const operands = source.parts.flatMap(({ target }, index) =>
      target === '/' ? ['-C', `/${placeOf(index)}`, './'] : ['-C', `/${placeOf(index)}`, `.${target}`],
    );
    const argv = [...tarArgv, ...tarExcludes(source), ...operands];
    const tar = startProgram(inside.command(argv), { stdin: 'ignore', stdout: 'pipe' }, signal);
    try {
      for await (const chunk of tar.child.stdout ?? []) await write(chunk as Buffer);
    } catch (error) {
      // Ours by the signal: its pipe breaks, too.
      if (!signal.aborted) throw error;
    } finally {
      if (tar.child.stdout?.readableEnded !== true) tar.kill();
      await tar.ended;
    }
    const end = await tar.ended;
    refuseAborted(signal);
    // 1: a file was not the same at its end as at its beginning. The source stands still, so that is no small matter.
    if (end.code !== 0) throw programError('command-failed', 'pack the files of the container', end);
    for (const line of end.complaints) log(line);
    return { processedBytes };
  } finally {
    await inside.close();
  }
}

/** Each part has a place of its own inside, at its own path: so a mount point need not be there in the root. */
function seenPart(part: TreePart, index: number, parts: readonly TreePart[]): ContainedFolder {
  const { path, target } = part;
  // What lies below another one's place would come back in that one.
  const covered = parts.flatMap((each) =>
    partAbove(each, parts) === part ? [pathIn(part, each.target)] : [],
  );
  return { at: `${placeOf(index)}${target === '/' ? '' : target}`, path, readOnly: true, covered };
}

function placeOf(index: number): string {
  return `part${index}`;
}

/** A file of root's, as tar would have it. */
function textMember({ name, text }: TreeText): Buffer {
  const data = Buffer.from(text, 'utf8');
  const header = renderHeader({
    ...{ letter: '0', name: Buffer.from(`./etc/vzdump/${name}`), linkName: Buffer.alloc(0), mode: 0o644 },
    ...{ uid: 0, gid: 0, size: data.length, mtime: Math.floor(Date.now() / 1000), records: [] },
  });
  return Buffer.concat([header, data, Buffer.alloc(padding(data.length))]);
}

/** The part that the place of this one lies in; undefined for the root. */
export function partAbove(part: TreePart, parts: readonly TreePart[]): TreePart | undefined {
  const above = parts.filter(
    (each) => each !== part && (each.target === '/' || part.target.startsWith(`${each.target}/`)),
  );
  return above.toSorted((a, b) => b.target.length - a.target.length)[0];
}

/** A path of the container as one of the part that it is in. */
export function pathIn({ target }: TreePart, path: string): string {
  return target === '/' ? path : path.slice(target.length);
}

/** `invalid-input` unless the root comes first and every target is a path of its own. */
export function checkParts(parts: TarSource['parts']): void {
  const seen = new Set<string>();
  for (const [index, { key, target }] of parts.entries()) {
    const normal = target === '/' || /^(\/(?!\.\.?(\/|$))[^/\0]+)+$/.test(target);
    if (!normal || (index === 0) !== (target === '/') || seen.has(target))
      throw new AppError('invalid-input', `${key}: '${target}' is no place for a file system of a container`);
    seen.add(target);
  }
  if (parts.length === 0) throw new AppError('invalid-input', 'there is no root file system');
}

export function refuseAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new AppError('cancelled', 'the files of the container: cancelled');
}
