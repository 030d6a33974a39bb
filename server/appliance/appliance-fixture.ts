// An installed appliance for tests, in a temporary folder: slots with images, two boot partitions, state, a key for updates.
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { Faults } from '../../test/contracts/faults.ts';
import type { TaskKindWorld } from '../../test/contracts/task-kind.ts';
import type { Slot } from '../core/appliance-layout.ts';
import { AppError } from '../core/errors.ts';
import { readGrubEnv, renderGrubEnv } from '../core/grub-env.ts';
import { tarOf, testContents, testKey, testManifest, updateMembers } from '../core/update-fixture.ts';
import { renderManifest } from '../core/update-manifest.ts';
import { readUpdate } from '../core/update-reader.ts';
import type { TaskKind } from '../tasks/task.ts';
import { type BootChoices, createBootChoices } from './boot-choice.ts';
import {
  type AppliancePaths,
  type BootFacts,
  isOnTrial,
  readBootFacts,
  readStateSchema,
} from './boot-facts.ts';
import type { EspPartitions } from './esp-partitions.ts';
import { createSlotFiles, type SlotFiles } from './slot-files.ts';
import { createUpdateRecords, type UpdateRecords } from './update-records.ts';
import { createSlotWriter, type SlotWriter } from './write-slot.ts';

const key = testKey();

/** An update file with a good signature. */
export function updateFile(version = '2.0.0', stateSchema = 1): Buffer {
  return tarOf(updateMembers(key, renderManifest(testManifest({ version, stateSchema }))));
}

export interface ApplianceWorld {
  readonly root: string;
  readonly paths: AppliancePaths;
  /** Of the running slot A, version 1.0.0; B holds 0.9.0. */
  facts(): BootFacts;
  /** Folders that stand for the mounted boot partitions of two disks. */
  readonly esps: readonly string[];
  readonly espPartitions: EspPartitions;
  readonly boot: BootChoices;
  /** The system partition; writing fails while it is not writable. */
  readonly files: SlotFiles;
  readonly faults: Faults;
  readonly records: UpdateRecords;
  readonly writer: SlotWriter;
  /** Another writer, on other files. */
  writerOn(files: SlotFiles): SlotWriter;
  readonly system: { writable: boolean; freeBytes: number };
  fillSlot(folder: string, version: string, stateSchema?: number): void;
  grubEnv(esp: number): Record<string, string>;
  setGrubEnv(esp: number, variables: Record<string, string>): void;
  /** Relative path to a digest of the content, for every file of the system partition. */
  systemTree(): Record<string, string>;
  snapshot(): unknown;
  under<P, S>(kind: TaskKind<P, S>, params: P): TaskKindWorld<P, S>;
  dispose(): void;
}

/** Operations that need a writable partition. */
const changing = ['makeFolder', 'write', 'rename', 'remove'] as const;
export const slotOperations = [...changing, 'flushFolder', 'makeWritable', 'makeReadOnly'] as const;

export function applianceWorld(options: { readonly running?: Slot } = {}): ApplianceWorld {
  const root = mkdtempSync(join(tmpdir(), 'croft-appliance-'));
  const at = (...names: string[]) => join(root, ...names);
  const paths: AppliancePaths = {
    boot: at('boot'),
    livePassword: at('boot/live-password'),
    mode: at('boot/mode'),
    slot: at('boot/slot'),
    trial: at('boot/trial'),
    system: at('boot/system'),
    medium: at('boot/medium'),
    state: at('state'),
    lib: at('lib'),
    updateKeys: at('lib/update-keys'),
    imageInfo: at('lib/image.json'),
    consoleHead: at('console-head'),
    sysBlock: at('sys-block'),
  };
  for (const folder of [
    paths.system,
    paths.state,
    paths.updateKeys,
    paths.sysBlock,
    at('esp0/grub'),
    at('esp1/grub'),
  ])
    mkdirSync(folder, { recursive: true });
  writeFileSync(paths.mode, 'installed\n');
  writeFileSync(paths.slot, `${options.running ?? 'A'}\n`);
  writeFileSync(join(paths.state, 'schema'), '1\n');
  const info = { product: 'croft', version: '1.0.0', built: '2026-01-31T12:00:00.000Z', stateSchema: 1 };
  writeFileSync(paths.imageInfo, JSON.stringify(info));
  const esps = [at('esp0'), at('esp1')];
  const envFile = (esp: number) => join(esps[esp] ?? '', 'grub/grubenv');

  const fillSlot = (folder: string, version: string, stateSchema = 1) => {
    mkdirSync(join(paths.system, folder));
    for (const [name, content] of Object.entries(testContents))
      writeFileSync(join(paths.system, folder, name), content);
    const manifest = renderManifest(testManifest({ version, stateSchema }));
    writeFileSync(join(paths.system, folder, 'manifest.json'), manifest);
  };
  const setGrubEnv = (esp: number, variables: Record<string, string>) =>
    writeFileSync(envFile(esp), renderGrubEnv(new Map(Object.entries(variables))));
  fillSlot('A', '1.0.0');
  fillSlot('B', '0.9.0');
  for (const esp of [0, 1]) setGrubEnv(esp, { slot: 'A', try: '' });

  const system = { writable: false, freeBytes: 1024 ** 3 };
  const real = createSlotFiles(paths.system, async (file, args) => {
    if (file === 'mount') system.writable = args.includes('remount,rw');
    return { exitCode: 0, stdout: '', stderr: '' };
  });
  const guarded: SlotFiles = new Proxy(real, {
    get(target, name: keyof SlotFiles) {
      if (name === 'freeBytes') return async () => system.freeBytes;
      if (!changing.some((one) => one === name)) return target[name];
      return async (...args: never[]) => {
        if (!system.writable) throw new AppError('internal', `${name} on a read-only system partition`);
        return await (target[name] as (...given: never[]) => Promise<unknown>)(...args);
      };
    },
  });
  const faults = new Faults();
  const files = faults.wrap(guarded, [...slotOperations]);
  const espPartitions: EspPartitions = {
    list: async () => esps,
    mounted: (device, _mode, work) => work(device),
  };
  const boot = createBootChoices(espPartitions);
  const records = createUpdateRecords(paths.state);
  const writerOn = (on: SlotFiles) =>
    createSlotWriter({
      files: on,
      boot,
      runningSlot: () => options.running ?? 'A',
      onTrial: () => isOnTrial(paths),
      stateSchema: () => readStateSchema(paths),
      readUpdate,
      publicKeys: async () => [key.publicPem],
    });
  const systemTree = () => treeOf(paths.system);
  const grubEnv = (esp: number) => Object.fromEntries(readGrubEnv(readFileSync(envFile(esp))));

  const snapshot = () => ({
    system: systemTree(),
    writable: system.writable,
    grub: [grubEnv(0), grubEnv(1)],
    pending: withoutTimes(records.pending()),
    sick: withoutTimes(records.sick()),
    last: withoutTimes(records.last()),
  });
  const dispose = () => rmSync(root, { recursive: true, force: true });
  return {
    ...{ root, paths, esps, espPartitions, boot, files, faults, records, system },
    facts: () => readBootFacts(paths, at('no-efi')),
    writer: writerOn(files),
    ...{ writerOn, fillSlot, grubEnv, setGrubEnv, systemTree, snapshot, dispose },
    under: (kind, params) => ({ kind, params, snapshot, faults, dispose: async () => dispose() }),
  };
}

function treeOf(root: string): Record<string, string> {
  const found = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((name) => join(root, name))
    .filter((path) => !statSync(path).isDirectory())
    .map((path) => [
      relative(root, path),
      createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 8),
    ]);
  return Object.fromEntries(found.sort()) as Record<string, string>;
}

function withoutTimes<T extends object>(record: T | undefined): unknown {
  return record && { ...record, at: undefined };
}
