// A daemon that a test lets crash at named boundaries of its tasks, and what must be true of the machine afterwards.
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { TaskKind } from '../../server/tasks/task.ts';
import { TestDaemon } from './daemon.ts';
import { eventually, within } from './wait.ts';

interface Steps {
  readonly type: string;
  readonly steps: readonly { readonly name: string; readonly undo?: unknown }[];
}

/** Every boundary of a kind on its way forwards, as `CROFT_TEST_CRASH_AT` names them. */
export function boundariesOf({ type, steps }: Steps): string[] {
  return [
    ...['created', 'locked', 'checked'].map((moment) => `${type}::${moment}`),
    ...steps.flatMap(({ name }) =>
      ['before-run', 'after-run', 'after-save'].map((moment) => `${type}:${name}:${moment}`),
    ),
    `${type}::ended`,
  ];
}

/** Every boundary on the way back from the end, newest step first. */
export function undoBoundariesOf({ type, steps }: Steps): string[] {
  return steps
    .toReversed()
    .flatMap(({ name }) => ['before-undo', 'after-undo'].map((moment) => `${type}:${name}:${moment}`));
}

/** Is the task's end stored already when the crash comes? */
export function endsBefore({ type, steps }: Steps, spec: string): boolean {
  return spec === `${type}::ended` || spec === `${type}:${steps.at(-1)?.name}:after-save`;
}

/** The log's lines about undoing that a crash at the boundary must lead to. */
export function undoLines({ steps }: Steps, spec: string): string[] {
  const [, step = '', moment] = spec.split(':');
  const at = steps.findIndex(({ name }) => name === step);
  // The commit that stores a result stores the next step's beginning too.
  const begun = at < 0 ? 0 : at + (moment === 'after-save' ? 2 : 1);
  return steps
    .slice(0, begun)
    .filter(({ undo }) => undo !== undefined)
    .toReversed()
    .map(({ name }) => `undoing step ${name}`);
}

export interface TaskLine {
  readonly upid: string;
  readonly type: string;
  readonly id: string;
  readonly state: string;
  readonly status?: string;
}

const crashWithinMs = 60_000;
const recoveryWithinMs = 60_000;

export class CrashWorld {
  readonly daemon: TestDaemon;

  constructor(daemon = new TestDaemon()) {
    this.daemon = daemon;
  }

  /** Makes a VM with a disk of 1 MiB, and starts it. */
  async runVm(vmid: number): Promise<void> {
    const guest = { vmid, memory: 32, scsihw: 'virtio-scsi-pci', scsi0: 'local:0.0009765625', start: 1 };
    const ended = await this.daemon.task('POST', '/nodes/testnode/qemu', guest);
    if (ended !== 'OK') throw new Error(`the VM does not start: ${ended}`);
  }

  /** Starts the daemon so that it kills itself at the boundary, sends the request and waits for the crash. */
  async crash(spec: string, request: () => Promise<unknown>): Promise<void> {
    await this.daemon.end('SIGKILL');
    await this.daemon.start({ CROFT_TEST_CRASH_AT: spec });
    // The answer comes, or is lost with the daemon.
    await request().catch(() => {});
    await within(`the crash at ${spec}`, crashWithinMs, this.daemon.ended());
  }

  /** Starts it again so that it crashes once more while it takes care of what the first crash left. */
  async crashInRecovery(spec: string): Promise<void> {
    const started = await this.daemon.start({ CROFT_TEST_CRASH_AT: spec }).then(
      () => true,
      () => false,
    );
    if (started) await within(`the second crash at ${spec}`, crashWithinMs, this.daemon.ended());
  }

  /** Starts it without a crash and waits until no task is under way. */
  async recover(): Promise<void> {
    await this.daemon.start();
    await eventually('the end of all tasks', recoveryWithinMs, async () => {
      const active = await this.daemon.ok<TaskLine[]>('GET', '/nodes/testnode/tasks', { source: 'active' });
      return active.length === 0;
    });
  }

  /** The newest task of a type. */
  async newest(type: string): Promise<TaskLine> {
    const [task] = await this.daemon.ok<TaskLine[]>('GET', '/nodes/testnode/tasks', {
      source: 'all',
      typefilter: type,
      limit: 1,
    });
    if (!task) throw new Error(`there is no task ${type}`);
    return task;
  }

  async log(upid: string): Promise<string[]> {
    const lines = await this.daemon.ok<{ t: string }[]>('GET', `/nodes/testnode/tasks/${upid}/log`, {
      limit: 0,
    });
    return lines.map((line) => line.t);
  }

  /** Everything on the storage below its content folders: files, hidden ones too, and guests' folders. */
  async storageEntries(): Promise<string[]> {
    const root = this.daemon.storagePath;
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    return entries
      .map((entry) => ({ entry, path: relative(root, join(entry.parentPath, entry.name)) }))
      .filter(({ entry, path }) => !entry.isDirectory() || /^images\/./.test(path))
      .map(({ path }) => path)
      .sort();
  }

  hasRunDirectory(vmid: number): boolean {
    return existsSync(join(this.daemon.folder, 'run', 'guests', String(vmid)));
  }

  async guestExists(vmid: number): Promise<boolean> {
    return (await this.daemon.call('GET', `/nodes/testnode/qemu/${vmid}/config`)).status === 200;
  }

  domainOf(vmid: number): string {
    return `${this.daemon.guestPrefix}${vmid}`;
  }
}

/** The kind with its parts left out: for the names of its steps only. */
export function stepsOf<P, S>(kind: TaskKind<P, S>): Steps {
  return kind;
}
