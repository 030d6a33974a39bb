// Task `vzdump` of one guest: its disks or files as of one moment, in an archive that is there whole or not at all.
import { randomUUID } from 'node:crypto';
import { makeArchiveName } from '../../../storage-plugins/backup-names/archive-name.ts';
import type { BackupHooks, GuestHookFacts, GuestPhase } from '../../backup/run/backup-hooks.ts';
import type { BackupLogs } from '../../backup/run/backup-log.ts';
import type { BackupOptions } from '../../backup/run/backup-options.ts';
import type { BackupTarget, MadeArchive, PendingArchive } from '../../backup/run/backup-target.ts';
import { guestBackupLock, lockForBackup, unlockAfterBackup } from '../../backup/run/guest-lock.ts';
import type { GuestSource, OpenedSource, SourcePlan } from '../../backup/run/guest-source.ts';
import { clockText, createProgressTexts, endTexts } from '../../backup/run/log-texts.ts';
import { renderNotesTemplate } from '../../backup/run/notes-template.ts';
import type { ClusterStore } from '../../cluster/cluster-store.ts';
import type { Clock } from '../../core/clock.ts';
import { type AppError, asAppError } from '../../core/errors.ts';
import { type GuestKind, guestLabel } from '../../guests/config/guest-document.ts';
import type { TaskContext, TaskKind, TaskStep } from '../task.ts';
import { whileUnused } from './backup-in-use.ts';
import { guestLock } from './guest-task-names.ts';

export interface GuestBackupParams {
  readonly vmid: number;
  readonly kind: GuestKind;
  readonly options: BackupOptions;
  /** Of who hears it (`BackupLogs.listen`). */
  readonly listener: string | null;
}

interface GuestBackupState {
  plan: SourcePlan;
  /** Of the archive. */
  fileName: string;
  uuid: string;
  /** Milliseconds since the epoch. */
  atMs: number;
  pending: PendingArchive;
  /** It went down, where the mode wants that. */
  down: boolean;
  opened: OpenedSource;
  /** It runs again. */
  up: boolean;
  made: MadeArchive;
}

export interface GuestBackupParts {
  readonly node: string;
  /** Of the cluster's name; undefined on a node without one. */
  clusterName(): string | undefined;
  readonly store: ClusterStore;
  readonly clock: Clock;
  /** The node's time zone, `Europe/Rome`. */
  zone(): string;
  source(kind: GuestKind): GuestSource;
  target(options: BackupOptions): BackupTarget;
  readonly hooks: BackupHooks;
  readonly logs: BackupLogs;
  /** Reads back what was written: the whole of an archive's structure, not its content. */
  verify(
    context: TaskContext,
    archive: { path: string; name: string },
    options: BackupOptions,
  ): Promise<void>;
}

type Step = TaskStep<GuestBackupParams, GuestBackupState>;

export function guestBackupKind(parts: GuestBackupParts): TaskKind<GuestBackupParams, GuestBackupState> {
  const { logs, clock } = parts;
  const sourceOf = ({ kind }: GuestBackupParams) => parts.source(kind);
  const targetOf = ({ options }: GuestBackupParams) => parts.target(options);

  async function hook(
    context: TaskContext,
    { vmid, kind, options }: GuestBackupParams,
    phase: GuestPhase,
    guestName: string,
    facts: Pick<GuestHookFacts, 'target' | 'logFile'> = {},
  ): Promise<void> {
    if (options.script === null) return;
    const { folder } = parts.target(options);
    const about = { kind, vmid, mode: options.mode, hostName: guestName, storage: options.storage, folder };
    await parts.hooks.guest(context, options, phase, { ...about, ...facts });
  }

  const steps: readonly Step[] = [
    {
      name: 'plan',
      async run(context, params) {
        const { vmid, kind, options } = params;
        const atMs = clock.now();
        context.log(`Starting Backup of ${guestLabel(kind, vmid)} (${kind})`);
        context.log(`Backup started at ${logs.timeText()}`);
        const plan = await sourceOf(params).plan(context, vmid, options);
        logs.listenerOf(params.listener)?.named(plan.guestName);
        const compression = options.compression ?? undefined;
        const fileName = makeArchiveName({ kind, vmid, atMs, compression }, parts.zone());
        await hook(context, params, 'backup-start', plan.guestName);
        return { plan, fileName, atMs, uuid: randomUUID() };
      },
      async undo(context, params, { plan }) {
        context.log(`Failed at ${logs.timeText()}`);
        await hook(context, params, 'backup-abort', plan?.guestName ?? '').catch((error: unknown) =>
          context.log(asAppError(error).message),
        );
        logs.forget(context.upid);
      },
    },
    {
      name: 'lock-guest',
      async run(context, { vmid }) {
        await context.holding([guestLock(vmid)], () => lockForBackup(parts.store, vmid));
      },
      undo: async (_context, { vmid }) => unlockAfterBackup(parts.store, vmid),
    },
    {
      name: 'begin-archive',
      async run(context, params, { fileName }) {
        const target = targetOf(params);
        const pending = await target.begin(context, fileName!, context.upid);
        context.log(`creating vzdump archive '${target.folder ?? target.label}/${fileName}'`);
        return { pending };
      },
      undo: async (context, params, { fileName }) => {
        if (fileName !== undefined) await targetOf(params).discard(context, fileName, context.upid);
      },
    },
    {
      name: 'bring-down',
      async run(context, params, { plan }) {
        const { vmid, options } = params;
        if (options.mode === 'stop' && plan!.state !== 'stopped')
          await hook(context, params, 'pre-stop', plan!.guestName);
        await sourceOf(params).bringDown(context, vmid, options, plan!);
        return { down: true };
      },
      async undo(context, params, { plan, opened, up, down = false }) {
        if (!plan || params.options.mode !== 'stop' || opened?.restarted || up) return;
        await sourceOf(params).bringUp(context, params.vmid, plan, down);
      },
    },
    {
      name: 'open',
      async run(context, params, { plan }) {
        const { vmid, options } = params;
        const opened = await sourceOf(params).open(context, vmid, options, plan!);
        if (opened.restarted) await hook(context, params, 'post-restart', plan!.guestName);
        return { opened };
      },
      async undo(context, params, { plan, opened }) {
        if (plan) await sourceOf(params).close(context, params.vmid, plan, opened);
      },
    },
    { name: 'write', run: (context, params, state) => write(context, params, state) },
    {
      name: 'close',
      async run(context, params, { plan, opened }) {
        await sourceOf(params).close(context, params.vmid, plan!, opened);
      },
    },
    {
      name: 'bring-up',
      async run(context, params, { plan, opened }) {
        const { vmid, options } = params;
        if (options.mode !== 'stop' || opened?.restarted) return { up: true };
        if (plan!.state !== 'stopped') await hook(context, params, 'pre-restart', plan!.guestName);
        await sourceOf(params).bringUp(context, vmid, plan!, true);
        return { up: true };
      },
    },
    {
      name: 'verify',
      async run(context, { options }, { pending, fileName }) {
        await parts.verify(context, { path: pending!.path, name: fileName! }, options);
      },
    },
    {
      name: 'commit',
      async run(context, params, { pending, fileName }) {
        return { made: await targetOf(params).commit(context, fileName!, pending!) };
      },
      async undo(context, params, { pending, fileName }) {
        if (pending && fileName !== undefined) await targetOf(params).takeBack(context, fileName, pending);
      },
    },
    {
      // Only now: undoing what came before lets go of volumes that the guest must not be started with meanwhile.
      name: 'unlock-guest',
      final: true,
      run: async (_context, { vmid }) => unlockAfterBackup(parts.store, vmid),
    },
    { name: 'finish', final: true, run: (context, params, state) => finish(context, params, state) },
  ];

  async function write(
    context: TaskContext,
    params: GuestBackupParams,
    { plan, opened, pending, fileName, uuid, atMs }: Partial<GuestBackupState>,
  ): Promise<void> {
    const { vmid, options } = params;
    const source = sourceOf(params);
    const startMs = clock.now();
    const textOf = createProgressTexts(startMs);
    let problem: AppError | undefined;
    const broken = new AbortController();
    const stopWatching = source.watch(vmid, opened!, (found) => {
      problem = found;
      broken.abort();
    });
    context.log(`started backup task '${uuid}'`);
    try {
      const signal = AbortSignal.any([context.signal, broken.signal]);
      const done = await source.write(
        { ...context, signal },
        {
          ...{ vmid, options, plan: plan!, opened: opened!, uuid: uuid! },
          archive: { path: pending!.path, name: fileName! },
          ctime: Math.floor(atMs! / 1000),
          onProgress(progress) {
            const { processedBytes, totalBytes } = progress;
            const bytes = { done: processedBytes, total: totalBytes };
            if (totalBytes > 0) context.progress(processedBytes / totalBytes, bytes);
            const text = textOf(progress, clock.now());
            if (text !== undefined) context.log(text);
          },
        },
      );
      for (const text of endTexts(done, (clock.now() - startMs) / 1000)) context.log(text);
    } catch (error) {
      throw context.signal.aborted ? error : (problem ?? error);
    } finally {
      stopWatching();
    }
  }

  /** The archive is there and whole: what fails from here on is a warning. */
  async function finish(
    context: TaskContext,
    params: GuestBackupParams,
    { plan, fileName, atMs, made }: Partial<GuestBackupState>,
  ): Promise<void> {
    const { vmid, kind, options, listener } = params;
    const target = targetOf(params);
    const guestName = plan!.guestName;
    const tried = async (what: string, work: () => Promise<unknown>) => {
      try {
        await work();
      } catch (error) {
        if (context.signal.aborted) throw error;
        context.warn(`${what}: ${asAppError(error).message}`);
      }
    };
    const path =
      options.script === null ? undefined : await target.pathOf(context, fileName!).catch(() => undefined);
    const notes = options.notesTemplate;
    if (notes !== null) {
      context.log('adding notes to backup');
      const words = { cluster: parts.clusterName(), guestname: guestName, node: parts.node, vmid };
      await tried('the notes could not be written', () =>
        target.addBeside(context, fileName!, { notes: renderNotesTemplate(notes, words) }),
      );
    }
    if (options.protect) {
      context.log('marking backup as protected');
      await tried('it could not be protected', () => target.addBeside(context, fileName!, { protect: true }));
    }
    const { keep } = options;
    if (keep !== null) {
      context.log(`prune older backups with retention: ${keep}`);
      await tried('older backups could not be removed', async () => {
        const removed = await target.prune(context, { kind, vmid }, keep, parts.zone(), whileUnused(context));
        context.log(`pruned ${removed} backup(s) not covered by keep-retention policy`);
      });
    }
    await tried('hook script', () => hook(context, params, 'backup-end', guestName, { target: path }));
    const seconds = (clock.now() - atMs!) / 1000;
    context.log(`Finished Backup of ${guestLabel(kind, vmid)} (${clockText(seconds)})`);
    context.log(`Backup finished at ${logs.timeText()}`);
    const log = logs.textOf(context.upid);
    await tried('its log could not be kept', () => target.addBeside(context, fileName!, { log }));
    const logFile = path?.replace(/\.(tgz|(tar|vma)(\.\w+)?)$/, '.log');
    await tried('hook script', () => hook(context, params, 'log-end', guestName, { target: path, logFile }));
    logs.listenerOf(listener)?.made(made!);
    logs.forget(context.upid);
  }

  return {
    type: 'vzdump',
    describe: ({ vmid, kind }) => `${guestLabel(kind, vmid)} - Backup`,
    objectId: ({ vmid }) => String(vmid),
    locks: ({ vmid }) => [guestBackupLock(vmid)],
    async check(params) {
      await sourceOf(params).check(params.vmid);
      await targetOf(params).check();
      if (params.options.protect) await targetOf(params).requireRoomForProtected(params);
    },
    steps: steps.map((step) => inWords(logs, step)),
    afterCrash: 'unwind',
    cancellable: true,
  };
}

/** What a step says is said in vzdump's manner, kept for the archive's log, and heard by the task of the whole run. */
function inWords(logs: BackupLogs, step: Step): Step {
  const told = (context: TaskContext, { listener }: GuestBackupParams): TaskContext => {
    const heard = logs.listenerOf(listener);
    const say = (line: string, mark: string) => {
      logs.add(context.upid, `${mark}: ${line}`);
      heard?.line(`${mark}: ${line}`);
    };
    return {
      ...context,
      log(line) {
        say(line, 'INFO');
        context.log(`INFO: ${line}`);
      },
      warn(line) {
        say(line, 'WARN');
        context.warn(line);
      },
      progress(fraction, bytes) {
        heard?.progress(fraction, bytes);
        context.progress(fraction, bytes);
      },
    };
  };
  const { undo } = step;
  return {
    ...step,
    run: (context, params, state) => step.run(told(context, params), params, state),
    ...(undo ? { undo: async (context, params, state) => undo(told(context, params), params, state) } : {}),
  };
}
