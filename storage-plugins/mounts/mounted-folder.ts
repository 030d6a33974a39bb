// A file system of a server, mounted on this node: when it can be used, mounting it, and taking it away again.
import { AppError, asAppError, hasCode } from '../../server/core/errors.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import { inTurn } from '../folders/in-turn.ts';
import type { MountEntry } from '../folders/open-mounts.ts';
import type { MountParts } from './mount-parts.ts';
import { type MountPlace, preparePlace, removePlace, resolvePlace } from './mount-place.ts';
import { probeMount } from './mount-probe.ts';
import { type MountState, readMountState } from './mount-state.ts';
import { reachAny, type ServerAddress } from './server-reach.ts';

/** What a plugin says of its kind of mount. */
export interface MountKind {
  /** In the words of errors: `the NFS export 'nas:/srv/images'`. */
  readonly name: string;
  readonly place: MountPlace;
  /** May the folder of a place that somebody chose be made? */
  readonly mayCreatePlace: boolean;
  /** Mounted to be read only, by its options. */
  readonly readOnly: boolean;
  /** It can be used when any of them answers. Empty: nobody is asked. */
  readonly servers: readonly ServerAddress[];
  isOurs(entry: MountEntry): boolean;
  /** Runs the program that mounts it on the folder. */
  mount(context: WorkContext, place: string): Promise<void>;
}

export interface MountedFolder {
  /** `unavailable` with the reason. Changes nothing, and touches no mount whose server is gone. */
  check(context: WorkContext): Promise<void>;
  /** Mounts it where it is not; replaces a mount that went stale. Repeatable. */
  activate(context: WorkContext): Promise<void>;
  /** Unmounts what is ours, also when its server is gone. Repeatable. `busy` while files of a living mount are open. */
  deactivate(context: WorkContext): Promise<void>;
  /** `unavailable` unless it is mounted now, as it should be: else a call would work on the node's own disk. Asks nobody. */
  requireMounted(): Promise<void>;
  /** `unavailable` when no server answers. Touches no mount. */
  requireServer(context: WorkContext): Promise<void>;
}

/** Mounts may lie on each other; more than so many are not taken for a slip. */
const mostLayers = 8;
const unmountLimitMs = 15_000;

export function createMountedFolder(kind: MountKind, parts: MountParts): MountedFolder {
  const { exec, readMounts, reach } = parts;
  const { name, place } = kind;
  /** The real path of the place, once it was used: then a look costs no more than reading the list. */
  let known: string | undefined;
  const look = async (): Promise<{ at: string; state: MountState }> => {
    const at = known ?? (await resolvePlace(place));
    return { at, state: readMountState(await readMounts(), at, (entry) => kind.isOurs(entry)) };
  };
  const unavailable = (reason: string) => new AppError('unavailable', reason);
  const requireServer = async (context: WorkContext) => {
    const problem = await reachAny(reach, kind.servers, context.signal);
    context.signal.throwIfAborted();
    if (problem !== undefined) throw unavailable(problem);
  };
  /** Of a state that is to be ours. */
  const requireOurs = (state: MountState) => {
    if (state.kind === 'foreign') throw foreign(place.path, state);
    if (state.kind === 'free') throw unavailable(`${name} is not mounted on this node`);
    if (state.readOnly && !kind.readOnly) throw unavailable(`${name} is mounted read-only on this node`);
  };
  /** Unmounts without asking the server. Who has files open there gets errors from then on. */
  const drop = async (context: WorkContext, at: string) => {
    await exec('umount', ['--lazy', '--force', '--internal-only', '--no-canonicalize', '--', at], {
      ...{ signal: context.signal, timeoutMs: unmountLimitMs, intention: `unmount ${name}` },
    });
  };

  return {
    async check(context) {
      const { at, state } = await look();
      if (state.kind === 'foreign') throw foreign(place.path, state);
      await requireServer(context);
      requireOurs(state);
      const probe = await probeMount(exec, at, context.signal);
      if (probe.kind === 'refused') throw unavailable(`${name} answers: ${probe.reason}`);
      if (probe.kind !== 'answers') throw unavailable(`${name} does not answer on this node`);
    },

    async activate(context) {
      await inTurn(place.path, async () => {
        if ((await look()).state.kind === 'free') await mountNow(context);
        else await reuse(context);
        const { at, state } = await look();
        requireOurs(state);
        await makeHarmless(context, at, state);
        known = at;
      });
    },

    async deactivate(context) {
      await inTurn(place.path, async () => {
        known = undefined;
        for (let layer = 0; layer < mostLayers; layer += 1) {
          const { at, state } = await look();
          if (state.kind !== 'ours') break;
          await unmount(context, at);
        }
        const { state } = await look();
        if (state.kind === 'ours') throw new AppError('busy', `${name} could not be unmounted`);
        if (state.kind === 'free') await removePlace(place);
      });
    },

    async requireMounted() {
      requireOurs((await look()).state);
    },
    requireServer,
  };

  async function mountNow(context: WorkContext): Promise<void> {
    await requireServer(context);
    await preparePlace(place, kind.mayCreatePlace);
    const at = await resolvePlace(place);
    await kind.mount(context, at).catch(async (error: unknown) => {
      // Another process was faster, or the program's child mounted it all the same.
      if (hasCode(error, 'cancelled') || (await look()).state.kind !== 'ours') throw mountFailed(error);
    });
  }

  /** A file system's own program may not have passed these on; and who mounted it may have been ended before this, or be somebody else. */
  async function makeHarmless(context: WorkContext, at: string, state: MountState): Promise<void> {
    if (state.kind !== 'ours' || state.harmless) return;
    const options = ['remount', 'bind', 'nosuid', 'nodev', ...(kind.readOnly ? ['ro'] : [])];
    await exec('mount', ['--options', options.join(','), '--', at], {
      ...{ signal: context.signal, intention: `mount ${name} without special files` },
    });
  }

  /** Of what is mounted already: proves that it lives, or replaces it when it never will. */
  async function reuse(context: WorkContext): Promise<void> {
    const { at, state } = await look();
    requireOurs(state);
    await requireServer(context);
    const probe = await probeMount(exec, at, context.signal);
    if (probe.kind === 'answers') return;
    if (probe.kind === 'refused') throw unavailable(`${name} answers: ${probe.reason}`);
    if (probe.kind === 'silent') throw unavailable(`${name} does not answer, though its server does`);
    context.log(`${name} went stale: mounting it anew`);
    await drop(context, at);
    await mountNow(context);
  }

  /** First the way that loses nothing. It does not ask the server, unless something is left to be written. */
  async function unmount(context: WorkContext, at: string): Promise<void> {
    const outcome = await exec('umount', ['--internal-only', '--no-canonicalize', '--', at], {
      ...{ signal: context.signal, timeoutMs: unmountLimitMs, intention: `unmount ${name}` },
      okExitCodes: [0, 1, 32],
    }).catch((error: unknown) => {
      if (hasCode(error, 'timeout')) return undefined;
      throw error;
    });
    if (outcome?.exitCode === 0) return;
    const dead = (await reachAny(reach, kind.servers, context.signal)) !== undefined;
    context.signal.throwIfAborted();
    if (dead || (await probeMount(exec, at, context.signal)).kind === 'stale') return await drop(context, at);
    if (outcome === undefined) throw unavailable(`${name} does not answer: it could not be unmounted`);
    if (/busy/.test(outcome.stderr)) throw new AppError('busy', `${name} is in use on this node`);
    throw new AppError('command-failed', `${name} could not be unmounted`, { detail: outcome.stderr });
  }

  /** What stopped a mount is the world's fault, whatever the program calls it; a cancelled one stays that. */
  function mountFailed(thrown: unknown): AppError {
    const error = asAppError(thrown);
    if (error.code !== 'command-failed' && error.code !== 'timeout') return error;
    return new AppError('unavailable', error.message, { detail: error.detail ?? '', cause: thrown });
  }
}

function foreign(place: string, state: Extract<MountState, { kind: 'foreign' }>): AppError {
  return new AppError(
    'unavailable',
    `something else is mounted on '${place}' (${state.fileSystem} of '${state.source}'): it is left alone`,
  );
}
