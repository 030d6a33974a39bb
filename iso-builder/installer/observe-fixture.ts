// Machines for tests: programs that answer from testdata, files from a table. An unknown command fails the test.
import { readFileSync } from 'node:fs';
import { commandFailed, type Exec } from '../../server/core/exec.ts';
import type { HostFiles } from './observe-files.ts';

type Probed = Readonly<Record<string, { readonly exit: number; readonly text: string }>>;

export function testdata(name: string): string {
  return readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8');
}

export interface FixtureOptions {
  /** Names in testdata, without `.composed.json`. */
  readonly lsblk: string;
  readonly blkid: string;
  /** Undefined: LVM's tools are not there. */
  readonly pvs?: string;
  /** Files below each mount by device. */
  readonly mounts?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Other files and links by path. */
  readonly texts?: Readonly<Record<string, string>>;
  readonly links?: Readonly<Record<string, string>>;
  /** Devices that answer a read with an error. */
  readonly broken?: readonly string[];
}

export interface FixtureMachine {
  readonly exec: Exec;
  readonly files: HostFiles;
  /** What is mounted where just now. */
  readonly mounted: Map<string, string>;
  readonly commands: string[];
  readonly folders: Set<string>;
}

export function fixtureMachine(options: FixtureOptions): FixtureMachine {
  const mounted = new Map<string, string>();
  const folders = new Set<string>();
  const commands: string[] = [];
  const recorded = (name: string) => testdata(`${name}.composed.json`);
  const probes = JSON.parse(recorded(options.blkid)) as Probed;

  const answer = (file: string, args: readonly string[]): { exitCode: number; stdout: string } => {
    const [last = ''] = args.slice(-1);
    if (file === 'lsblk') return { exitCode: 0, stdout: recorded(options.lsblk) };
    if (file === 'pvs' && options.pvs !== undefined) return { exitCode: 0, stdout: recorded(options.pvs) };
    if (file === 'blkid') {
      const probe = probes[last];
      if (options.broken?.includes(last)) return { exitCode: 4, stdout: '' };
      if (probe) return { exitCode: probe.exit, stdout: probe.text };
    }
    if (file === 'mount') {
      const device = args.at(-2) ?? '';
      if (options.mounts?.[device] === undefined) return { exitCode: 32, stdout: '' };
      mounted.set(last, device);
      return { exitCode: 0, stdout: '' };
    }
    if (file === 'umount') return { exitCode: mounted.delete(last) ? 0 : 32, stdout: '' };
    return { exitCode: 127, stdout: '' };
  };

  const exec: Exec = async (file, args, { okExitCodes = [0], intention = file } = {}) => {
    const line = [file, ...args].join(' ');
    commands.push(line);
    const { exitCode, stdout } = answer(file, args);
    if (!okExitCodes.includes(exitCode)) throw commandFailed(intention, line, exitCode, 'no such thing');
    return { exitCode, stdout, stderr: '' };
  };

  const files: HostFiles = {
    list: async (folder) =>
      [...Object.keys(options.texts ?? {}), ...Object.keys(options.links ?? {})]
        .filter((path) => path.startsWith(`${folder}/`))
        .map((path) => path.slice(folder.length + 1).split('/')[0] ?? ''),
    text: async (path) => {
      for (const [folder, device] of mounted)
        if (path.startsWith(`${folder}/`)) return options.mounts?.[device]?.[path.slice(folder.length + 1)];
      return options.texts?.[path];
    },
    link: async (path) => options.links?.[path],
    mountFolder: async () => {
      const path = `/tmp/look-${folders.size}`;
      folders.add(path);
      return { path, remove: async () => void folders.delete(path) };
    },
  };
  return { exec, files, mounted, commands, folders };
}
