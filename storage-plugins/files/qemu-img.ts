// The calls of qemu-img that storages need, each an argument array; long copies report their progress.
import { spawn } from 'node:child_process';
import { AppError, asAppError } from '../../server/core/errors.ts';
import { commandFailed, type Exec } from '../../server/core/exec.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import type { Attachment, VolumeFormat } from '../plugin.ts';
import { clusterOptions } from './cluster-size.ts';
import type { FileAttachment } from './foreign-headers.ts';
import { copyForeign, inspectForeign, measureForeign, type RunWithFiles } from './foreign-image.ts';
import { imageDescription } from './image-description.ts';

/** Runs a program and calls back with its standard output as it comes. */
export type StreamingRun = (
  file: string,
  args: readonly string[],
  options: {
    signal: AbortSignal;
    intention: string;
    onOutput: (text: string) => void;
    /** As in `ExecOptions`. */
    files?: readonly number[];
  },
) => Promise<void>;

export interface QemuImg {
  create(
    context: WorkContext,
    file: string,
    format: VolumeFormat,
    sizeBytes: number,
    /** As the storage's option has it: `off`. */
    preallocation?: string,
  ): Promise<void>;
  /** An empty image over another one, whose name `backing` is as the file is to hold it, and whose size it has. */
  createOverlay(
    context: WorkContext,
    file: string,
    backing: {
      readonly name: string;
      readonly format: VolumeFormat;
      readonly sizeBytes: number;
      /** It is not there under that name yet. */
      readonly unseen?: boolean;
    },
  ): Promise<void>;
  /** What a guest sees of a source, in bytes. */
  virtualSize(context: WorkContext, source: Attachment): Promise<number>;
  /** The most that a qcow2 image of so many bytes takes, in bytes: a new one, or one with clusters of so many. */
  measure(context: WorkContext, sizeBytes: number, clusterBytes?: number): Promise<number>;
  /** Puts an image onto another one, or on none, and copies into it what it then lacks. Broken off, it is still whole. */
  rebase(
    context: WorkContext,
    file: string,
    backing: { readonly name: string; readonly format: VolumeFormat } | undefined,
  ): Promise<void>;
  resize(context: WorkContext, file: string, format: VolumeFormat, sizeBytes: number): Promise<void>;
  /**
   * Copies into the new file `target`, or onto a device that is there; bounded by the context's signal only. A foreign source is
   * looked at first, and read by a confined process; then also by what it may take.
   */
  convert(
    context: WorkContext,
    source: Attachment,
    target: {
      readonly file: string;
      readonly format: VolumeFormat;
      /** The source's, where it is known. */
      readonly sizeBytes?: number | undefined;
      /** A block device, large enough, not a file; for qcow2 the empty image is on it. `zeroed`: it reads as zeros all over. */
      readonly device?: { readonly zeroed: boolean } | undefined;
      /** The most that is read of the source in a second. */
      readonly bytesPerSecond?: number | undefined;
    },
  ): Promise<void>;
  snapshot(
    context: WorkContext,
    action: 'create' | 'apply' | 'delete',
    file: string,
    name: string,
  ): Promise<void>;
  /** Names, oldest first; works beside a running guest. */
  listSnapshots(context: WorkContext, file: string): Promise<string[]>;
}

type ConvertTarget = Parameters<QemuImg['convert']>[2];

export function createQemuImg(exec: Exec, run: StreamingRun = runStreaming): QemuImg {
  const call = async (context: WorkContext, intention: string, args: string[], timeoutMs = 60_000) => {
    try {
      return await exec('qemu-img', args, { signal: context.signal, intention, timeoutMs });
    } catch (error) {
      throw readComplaint(error, intention);
    }
  };
  const create: QemuImg['create'] = async (context, file, format, sizeBytes, preallocation = 'off') => {
    const options = [
      ...(format === 'qcow2' ? [clusterOptions(sizeBytes)] : []),
      ...(preallocation === 'off' ? [] : [`preallocation=${preallocation}`]),
    ];
    const args = ['create', '-q', '-f', format, ...optionArgs(options), file, String(sizeBytes)];
    await call(context, 'create the image', args, 600_000);
  };
  const copyStranger = async (
    context: WorkContext,
    source: FileAttachment,
    target: ConvertTarget,
    onOutput: (text: string) => void,
  ) => {
    const facts = await measureForeign(exec, context, source);
    // Whole sectors, as our disks have them. A device is there.
    if (!target.device)
      await create(context, target.file, target.format, Math.ceil(facts.sizeBytes / 512) * 512);
    const { signal } = context;
    const intention = 'copy the disk';
    const confined: RunWithFiles = (file, args, files, onText) =>
      run(file, args, { signal, intention, files, onOutput: onText });
    await copyForeign(confined, context, source, facts, target, onOutput);
  };
  return {
    create,
    async createOverlay(context, file, { name, format, sizeBytes, unseen }) {
      const options = optionArgs([clusterOptions(sizeBytes)]);
      const args = [
        '-q',
        ...(unseen ? ['-u'] : []),
        '-f',
        'qcow2',
        ...options,
        '-b',
        name,
        '-F',
        format,
        file,
      ];
      await call(context, 'create the linked clone', [
        ...['create', ...args],
        ...(unseen ? [String(sizeBytes)] : []),
      ]);
    },
    async virtualSize(context, source) {
      if (source.kind === 'file' && source.foreign) return await inspectForeign(exec, context, source);
      // `info` opens nothing below the image itself, and takes no description of it.
      const alone = 'backing' in source ? { ...source, backing: [] } : source;
      const args = ['info', '-U', '--output=json', imageDescription(alone)];
      return readVirtualSize((await call(context, 'look at the disk', args)).stdout);
    },
    async measure(context, sizeBytes, clusterBytes) {
      const options = optionArgs([clusterOptions(sizeBytes, clusterBytes)]);
      const args = ['measure', '--output=json', '-O', 'qcow2', ...options, '--size', String(sizeBytes)];
      return readFullSize((await call(context, 'measure the image', args)).stdout);
    },
    async rebase(context, file, backing) {
      const below = backing ? ['-b', backing.name, '-F', backing.format] : ['-b', ''];
      const intention = 'merge the images';
      try {
        const onOutput = (text: string) => {
          const fraction = readConvertProgress(text);
          if (fraction !== undefined) context.progress(fraction);
        };
        await run('qemu-img', ['rebase', '-p', '-f', 'qcow2', ...below, file], {
          ...{ signal: context.signal, intention, onOutput },
        });
      } catch (error) {
        throw readComplaint(error, intention);
      }
    },
    async resize(context, file, format, sizeBytes) {
      await call(context, 'resize the image', ['resize', '-q', '-f', format, file, String(sizeBytes)]);
    },
    async convert(context, source, target) {
      const { file, format, sizeBytes, device, bytesPerSecond } = target;
      const intention = 'copy the disk';
      const snapshot = source.kind === 'file' ? source.snapshot : undefined;
      // A running guest may have the image open: what a snapshot holds does not change under it.
      const past = snapshot === undefined ? [] : ['-U', '-l', `snapshot.name=${snapshot}`];
      let logged = 0;
      const onOutput = (text: string) => {
        const fraction = readConvertProgress(text);
        if (fraction === undefined) return;
        context.progress(fraction);
        const tenths = Math.floor(fraction * 10);
        if (tenths > logged) context.log(`${tenths * 10} % copied`);
        logged = Math.max(logged, tenths);
      };
      try {
        if (source.kind === 'file' && source.foreign)
          return await copyStranger(context, source, target, onOutput);
        const options = format === 'qcow2' && !device ? optionArgs([clusterOptions(sizeBytes)]) : [];
        const onto = device ? ['-n', ...(device.zeroed ? ['--target-is-zero'] : [])] : [];
        const rate =
          bytesPerSecond === undefined ? [] : ['-r', String(Math.max(1, Math.floor(bytesPerSecond)))];
        const from = imageDescription(source);
        const args = ['convert', '-p', ...past, ...onto, ...rate, '-O', format, ...options, from, file];
        await run('qemu-img', args, { signal: context.signal, intention, onOutput });
      } catch (error) {
        throw readComplaint(error, intention);
      }
    },
    async snapshot(context, action, file, name) {
      const flag = { create: '-c', apply: '-a', delete: '-d' }[action];
      await call(context, `${action} the snapshot`, ['snapshot', '-q', flag, name, file], 600_000);
    },
    async listSnapshots(context, file) {
      const args = ['info', '-U', '-f', 'qcow2', '--output=json', file];
      return readSnapshotNames((await call(context, 'list the snapshots', args)).stdout);
    },
  };
}

function optionArgs(options: readonly string[]): string[] {
  return options.length > 0 ? ['-o', options.join(',')] : [];
}

/** The newest fraction in what `qemu-img -p` prints: `    (12.34/100%)\r`. */
export function readConvertProgress(text: string): number | undefined {
  const last = [...text.matchAll(/\((\d+(?:\.\d+)?)\/100%\)/g)].at(-1);
  return last ? Math.min(1, Number(last[1]) / 100) : undefined;
}

/** What a guest sees, in the output of `qemu-img info --output=json`. */
export function readVirtualSize(json: string): number {
  return numberAt(json, 'virtual-size');
}

/** The size of an image that is full, in the output of `qemu-img measure --output=json`. */
export function readFullSize(json: string): number {
  return numberAt(json, 'fully-allocated');
}

function numberAt(json: string, name: string): number {
  const found: unknown = JSON.parse(json);
  const value = typeof found === 'object' && found !== null ? Reflect.get(found, name) : undefined;
  if (Number.isSafeInteger(value)) return value as number;
  throw new AppError('internal', 'the answer of qemu-img cannot be read', { detail: json.slice(0, 2000) });
}

/** Names of the internal snapshots in the output of `qemu-img info --output=json`. */
export function readSnapshotNames(json: string): string[] {
  const info: unknown = JSON.parse(json);
  if (typeof info !== 'object' || info === null || !('snapshots' in info)) return [];
  if (!Array.isArray(info.snapshots)) return [];
  return info.snapshots.map((snapshot: { name?: unknown }) => String(snapshot.name));
}

/** Recognises the complaints that mean something to the caller. */
function readComplaint(thrown: unknown, intention: string): AppError {
  const error = asAppError(thrown);
  if (error.code !== 'command-failed') return error;
  const text = `${error.message}\n${error.detail ?? ''}`;
  const options = { detail: error.detail ?? '', cause: error };
  if (/No space left on device|Disk quota exceeded/.test(text))
    return new AppError('no-capacity', `${intention}: no space left on the storage`, options);
  if (/Failed to get .*lock/.test(text))
    return new AppError('busy', `${intention}: a running guest or another task has the disk open`, options);
  return new AppError('command-failed', `${intention}: qemu-img failed`, options);
}

const keptComplaint = 8000;

const runStreaming: StreamingRun = (file, args, { signal, intention, onOutput, files = [] }) =>
  new Promise((resolve, reject) => {
    const child = spawn(file, [...args], {
      stdio: ['ignore', 'pipe', 'pipe', ...files],
      env: { ...process.env, LC_ALL: 'C', LANG: 'C' },
    });
    let complaint = '';
    const abort = () => child.kill('SIGKILL');
    child.stdout?.setEncoding('utf8').on('data', onOutput);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-keptComplaint);
    });
    child.on('error', (cause) => {
      signal.removeEventListener('abort', abort);
      reject(new AppError('unavailable', `${intention}: ${file} is not installed`, { cause }));
    });
    // 'close' and not 'exit': only then nothing writes to the files any more and all complaints are read.
    child.on('close', (exitCode) => {
      signal.removeEventListener('abort', abort);
      if (signal.aborted) reject(new AppError('cancelled', `${intention}: cancelled`));
      else if (exitCode === 0) resolve();
      else reject(commandFailed(intention, [file, ...args].join(' '), exitCode ?? -1, complaint));
    });
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
