// The guest driver of containers: LXC by its programs, states from the kernel's files, mounts and cards by the host's own means.
import { chmod, cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../../core/clock.ts';
import { AppError, notFound } from '../../../core/errors.ts';
import type { Exec } from '../../../core/exec.ts';
import type { Logger } from '../../../core/log.ts';
import { openTerminal } from '../../../core/pty-terminal.ts';
import type { Terminal, TerminalSize } from '../../../core/terminal.ts';
import type { WorkContext } from '../../../core/work-context.ts';
import type { ConsoleEndpoint, GuestObservation, GuestStats, ObservedGuest } from '../../guest-driver.ts';
import type { CtChange, CtDriver, CtExecResult, CtInterface, CtMountPlan, CtStart } from '../ct-driver.ts';
import { ctCgroups, ctEventsFolder, ctPaths } from '../ct-paths.ts';
import { readCgroupStats } from './cgroup-stats.ts';
import { type CgroupTree, endProcess, readCgroupTree } from './cgroup-tree.ts';
import { attachAndRun } from './ct-exec.ts';
import { isMountedAs, mountAll, mountedPaths, unmountAll } from './ct-mounts.ts';
import { startContainer } from './ct-start.ts';
import { isWatched, knownContainers, sweepContainer, waitForMonitor } from './ct-sweep.ts';
import { hostWarnings } from './ct-warnings.ts';
import { asRunState, CtWatch } from './ct-watch.ts';
import { readInterfaces } from './guest-network.ts';
import { applyChange } from './hot-plug.ts';
import { untilInitListens } from './init-signals.ts';
import { askArguments, attachArguments, consoleArguments, lxcPath } from './lxc-commands.ts';
import { createMounter, type Mounter } from './mounter.ts';
import { readNicCounters } from './nic-host.ts';
import { type CtRunState, readRunState, readRunStates, setFrozen } from './run-state.ts';

export interface LxcDriverOptions {
  readonly exec: Exec;
  /** `<runtimeDir>/lxc`. Every folder above must let others pass (0711): LXC opens root file systems as the container's root. */
  readonly base: string;
  /** Keeps several daemons of one host apart: `croft.`. */
  readonly prefix: string;
  /** Where the hooks come from; default: the folder beside this file. They are copied below `base`. */
  readonly hooksFolder?: string;
  readonly log: Logger;
  readonly clock: Clock;
  /** Put before programs that leave children behind, where PID 1 does not collect them: `['tini', '-s', '--']`. */
  readonly reaper?: readonly string[];
  /** Milliseconds between two looks at what runs, without an event; default 3,000. */
  readonly lookEveryMs?: number;
  /** Default /sys/fs/cgroup. */
  readonly cgroupRoot?: string;
}

/** Where the hooks are that a rendered configuration names: `<base>/hooks/ct-started` and `ct-stopped`. */
export function installedHooks(base: string): string {
  return join(base, 'hooks');
}

/** Nothing happens before `open`. */
export function createLxcDriver(options: LxcDriverOptions): CtDriver {
  return new LxcDriver(options);
}

class LxcDriver implements CtDriver {
  readonly kind = 'lxc';
  readonly #options: LxcDriverOptions;
  #cgroups: CgroupTree = { version: 2, hierarchies: [], hierarchyOf: (name) => name };
  readonly #mounter: Mounter;
  #watch: CtWatch | undefined;
  /** Listeners that came before `open`. */
  readonly #listeners = new Map<(observation: GuestObservation) => void, () => void>();
  /** The last work on each container: one after the other. */
  readonly #queue = new Map<number, Promise<unknown>>();

  constructor(options: LxcDriverOptions) {
    this.#options = options;
    this.#mounter = createMounter(join(installedHooks(options.base), 'mounter.pl'));
  }

  get #parts() {
    const { exec, base, prefix, clock, reaper = [] } = this.#options;
    const hooksFolder = installedHooks(base);
    const mounter = this.#mounter;
    return { exec, mounter, base, prefix, clock, reaper, cgroups: this.#cgroups, hooksFolder };
  }

  async open(): Promise<void> {
    const { base, log, cgroupRoot, lookEveryMs: everyMs = 3000 } = this.#options;
    this.#cgroups = await readCgroupTree(cgroupRoot);
    await mkdir(base, { recursive: true, mode: 0o711 });
    await chmod(base, 0o711);
    await mkdir(ctEventsFolder(base), { recursive: true, mode: 0o700 });
    // LXC wants the container's root to get this far, though it keeps nothing there.
    await mkdir(lxcPath(base), { recursive: true, mode: 0o711 });
    await this.#installHooks();
    await this.#clearLeftovers();
    const clear = (vmid: number) => this.#clearAfterCrash(vmid);
    this.#watch = new CtWatch({ place: this.#parts, log, everyMs, clear });
    for (const listener of this.#listeners.keys())
      this.#listeners.set(listener, this.#watch.listen(listener));
    await this.#watch.open();
  }

  async close(): Promise<void> {
    await this.#watch?.close();
    await Promise.allSettled(this.#queue.values());
    this.#mounter.close();
    this.#watch = undefined;
  }

  watch(listener: (observation: GuestObservation) => void): () => void {
    this.#listeners.set(listener, this.#watch?.listen(listener) ?? (() => {}));
    return () => {
      this.#listeners.get(listener)?.();
      this.#listeners.delete(listener);
    };
  }

  async observe(): Promise<ObservedGuest[]> {
    return (await readRunStates(this.#parts))
      .filter(({ state }) => state !== 'dead')
      .map((run) => ({
        vmid: run.vmid,
        state: asRunState(run),
        startedAt: run.startedAt,
        pid: run.pid,
        accelerated: true,
      }));
  }

  async stats(): Promise<GuestStats[]> {
    const [runs, counters] = await Promise.all([readRunStates(this.#parts), readNicCounters()]);
    const all = await Promise.all(
      runs.map(async ({ vmid }) => {
        const counted = await readCgroupStats(this.#cgroups, ctCgroups(this.#options.prefix, vmid).payload);
        const net = counters.get(vmid);
        return (
          counted && { vmid, ...counted, netInBytes: net?.inBytes ?? 0, netOutBytes: net?.outBytes ?? 0 }
        );
      }),
    );
    return all.filter((stats) => stats !== undefined);
  }

  start(context: WorkContext, spec: CtStart): Promise<void> {
    return this.#inTurn(spec.vmid, async () => {
      await startContainer(this.#parts, context, spec);
      await this.#watch?.look();
    });
  }

  mount(
    context: WorkContext,
    vmid: number,
    mounts: readonly CtMountPlan[],
    unprivileged: boolean,
  ): Promise<string> {
    return this.#inTurn(vmid, async () => {
      const { base } = this.#options;
      if (!this.#isDown(vmid)) {
        if (isMountedAs(base, vmid, mounts, unprivileged)) return ctPaths(base, vmid).root;
        throw wrongState(`container ${vmid} runs with other file systems`, 'stopped', 'running');
      }
      return mountAll(this.#parts, context, vmid, mounts, unprivileged);
    });
  }

  unmount(vmid: number): Promise<void> {
    return this.#inTurn(vmid, async () => {
      if (!this.#isDown(vmid)) throw wrongState(`container ${vmid} runs`, 'stopped', 'running');
      await unmountAll(this.#parts, vmid);
    });
  }

  stop(_context: WorkContext, vmid: number): Promise<void> {
    return this.#inTurn(vmid, async () => {
      const run = readRunState(this.#parts, vmid);
      if (!run && !(await isWatched(this.#parts, vmid))) return;
      this.#watch?.noteDestroyed(vmid);
      // LXC's monitor sees its init end, cleans up and runs the hook. lxc-stop would do no more, but waits half a minute where the
      // monitor was killed. What is left, the kernel holding a process for instance, is ended by its control group.
      if (run?.state === 'paused') await setFrozen(this.#parts, vmid, false);
      if (run?.state === 'running' || run?.state === 'paused') endProcess(run.pid);
      for (let tries = 0; tries < 1000 && !this.#isDown(vmid); tries++) await this.#options.clock.sleep(5);
      await sweepContainer(this.#parts, vmid);
      await waitForMonitor(this.#parts, vmid);
      await this.#watch?.look();
    });
  }

  async requestShutdown(vmid: number): Promise<void> {
    await this.#ask(vmid, 'shutdown');
  }

  async requestReboot(vmid: number): Promise<void> {
    await this.#ask(vmid, 'reboot');
  }

  async reset(vmid: number): Promise<void> {
    await this.#run(vmid);
    throw new AppError('unsupported', 'a container cannot be reset: stop and start it');
  }

  async pause(vmid: number): Promise<void> {
    await this.#run(vmid);
    await setFrozen(this.#parts, vmid, true);
    await this.#waitFor(vmid, 'paused');
  }

  async resume(vmid: number): Promise<void> {
    const { state } = await this.#run(vmid);
    if (state !== 'paused') throw wrongState(`container ${vmid} is not paused`, 'paused', state);
    await setFrozen(this.#parts, vmid, false);
    await this.#waitFor(vmid, 'running');
  }

  async hotPlug(context: WorkContext, vmid: number, changes: readonly CtChange[]): Promise<string[]> {
    await this.#run(vmid);
    return this.#inTurn(vmid, async () => {
      const left = new Set<string>();
      for (const change of changes) {
        const { pid } = await this.#run(vmid);
        try {
          if (!(await applyChange(this.#parts, context, vmid, pid, change))) left.add(change.key);
        } catch (error) {
          if (context.signal.aborted || !(error instanceof AppError)) throw error;
          context.log(`${change.key}: ${error.message}`);
          this.#options.log.warn({ err: error, vmid, key: change.key }, 'a change needs a restart');
          left.add(change.key);
        }
      }
      return [...left];
    });
  }

  async console(vmid: number): Promise<ConsoleEndpoint> {
    await this.#run(vmid);
    throw new AppError('unsupported', 'a container has terminals, no console sockets');
  }

  undefine(vmid: number): Promise<void> {
    return this.#inTurn(vmid, async () => {
      if (!this.#isDown(vmid)) throw wrongState(`container ${vmid} runs`, 'stopped', 'running');
      await sweepContainer(this.#parts, vmid);
      await rm(ctPaths(this.#options.base, vmid).folder, { recursive: true, force: true });
    });
  }

  warnings(): readonly string[] {
    return hostWarnings(this.#cgroups.version);
  }

  async mountPoints(vmid: number): Promise<ReadonlyMap<string, string>> {
    await this.#usable(vmid);
    return mountedPaths(this.#options.base, vmid);
  }

  async interfaces(vmid: number): Promise<CtInterface[]> {
    const { pid } = await this.#usable(vmid);
    return readInterfaces(this.#options.exec, pid);
  }

  async terminal(vmid: number, mode: 'tty' | 'console' | 'shell', size: TerminalSize): Promise<Terminal> {
    await this.#usable(vmid);
    if (mode === 'shell') return this.execTerminal(vmid, ['/bin/sh', '-l'], size);
    return openTerminal('lxc-console', consoleArguments(this.#options, vmid, mode), size);
  }

  async execTerminal(vmid: number, argv: readonly string[], size: TerminalSize): Promise<Terminal> {
    await this.#usable(vmid);
    checkArgv(argv);
    const args = attachArguments(this.#options, vmid, argv, ['TERM=xterm-256color']);
    return openTerminal('lxc-attach', args, size);
  }

  async exec(
    { signal }: WorkContext,
    vmid: number,
    argv: readonly string[],
    options: Parameters<CtDriver['exec']>[3] = {},
  ): Promise<CtExecResult> {
    await this.#usable(vmid);
    checkArgv(argv);
    return attachAndRun(attachArguments(this.#options, vmid, argv), { ...options, signal });
  }

  async rootOf(vmid: number): Promise<string> {
    return `/proc/${(await this.#usable(vmid)).pid}/root`;
  }

  /** Copied: the daemon's own folder may be replaced or gone when a container ends. */
  async #installHooks(): Promise<void> {
    const source = this.#options.hooksFolder ?? fileURLToPath(new URL('./hooks', import.meta.url));
    const target = installedHooks(this.#options.base);
    await mkdir(target, { recursive: true, mode: 0o700 });
    for (const name of ['ct-started', 'ct-stopped', 'mount-into.pl', 'mounter.pl']) {
      await cp(join(source, name), join(target, name));
      await chmod(join(target, name), 0o755);
    }
  }

  /** Of containers that ended while nobody looked. */
  async #clearLeftovers(): Promise<void> {
    for (const vmid of await knownContainers(this.#parts)) {
      const run = readRunState(this.#parts, vmid);
      if (run ? !isOver(run) : await isWatched(this.#parts, vmid)) continue;
      await this.#sweep(vmid);
    }
  }

  /** What was read of it may be old by now: it is read again when nobody else works on it. */
  async #clearAfterCrash(vmid: number): Promise<'cleared' | 'ended' | 'later'> {
    if (this.#queue.has(vmid)) return 'later';
    return this.#inTurn(vmid, async () => {
      const run = readRunState(this.#parts, vmid);
      if (!run) return 'ended';
      if (!isOver(run)) return 'later';
      await this.#sweep(vmid);
      return 'cleared';
    });
  }

  async #sweep(vmid: number): Promise<void> {
    await sweepContainer(this.#parts, vmid).catch((error: unknown) =>
      this.#options.log.error({ err: error, vmid }, 'what is left of a container cannot be taken away'),
    );
  }

  #isDown(vmid: number): boolean {
    const run = readRunState(this.#parts, vmid);
    return run === undefined || isOver(run);
  }

  /** It runs, with or without its init being there at this moment. */
  async #run(vmid: number): Promise<CtRunState> {
    const run = readRunState(this.#parts, vmid);
    if (!run || isOver(run)) throw notFound('container', vmid);
    return run;
  }

  async #usable(vmid: number): Promise<CtRunState> {
    const run = readRunState(this.#parts, vmid);
    if (run?.state !== 'running' && run?.state !== 'paused')
      throw wrongState(`container ${vmid} does not run`, 'running', run?.state ?? 'stopped');
    return run;
  }

  async #ask(vmid: number, what: 'shutdown' | 'reboot'): Promise<void> {
    const { pid } = await this.#run(vmid);
    await untilInitListens(pid, this.#options.clock);
    const args = askArguments(this.#options, vmid, what);
    await this.#options.exec('lxc-stop', args, {
      timeoutMs: 10_000,
      intention: `ask container ${vmid} to ${what}`,
    });
  }

  async #waitFor(vmid: number, state: 'paused' | 'running'): Promise<void> {
    for (let tries = 0; tries < 250; tries++) {
      if ((await this.#run(vmid)).state === state) break;
      await this.#options.clock.sleep(20);
    }
    await this.#watch?.look();
  }

  #inTurn<T>(vmid: number, work: () => Promise<T>): Promise<T> {
    const turn = (this.#queue.get(vmid) ?? Promise.resolve()).then(work, work);
    this.#queue.set(vmid, turn);
    const forget = () => {
      if (this.#queue.get(vmid) === turn) this.#queue.delete(vmid);
    };
    turn.then(forget, forget);
    return turn;
  }
}

function isOver({ state }: CtRunState): boolean {
  return state === 'dead' || state === 'orphan';
}

function wrongState(message: string, expected: string, actual: string): AppError {
  return new AppError('wrong-state', message, { data: { expected, actual } });
}

/** Names of programs cannot be taken for options: they come after `--`. */
function checkArgv(argv: readonly string[]): void {
  if (argv.length === 0 || argv.some((each) => each.includes('\0')))
    throw new AppError('invalid-input', 'a program to run is needed');
}
