// The guest driver of virtual machines: transient libvirt domains, one for each running guest.
import { join } from 'node:path';
import {
  type DomainRef,
  ErrorNumber,
  hasErrorNumber,
  KeycodeSet,
  ReconnectingLibvirt,
  ShutdownFlag,
  StatsFlag,
  StatsGroup,
} from 'node-libvirt';
import type { Attachment } from '../../../storage-plugins/plugin.ts';
import { AppError } from '../../core/errors.ts';
import { exec } from '../../core/exec.ts';
import type { WorkContext } from '../../core/work-context.ts';
import type {
  ConsoleEndpoint,
  ConsoleKind,
  GuestObservation,
  GuestStats,
  ObservedGuest,
} from '../guest-driver.ts';
import { AgentCalls } from './agent-calls.ts';
import type { BackupView, BackupWish } from './backup-types.ts';
import { copyBytes } from './copy-bytes.ts';
import { DiskMirrors } from './disk-mirrors.ts';
import { dropDiskSnapshots, takeDiskSnapshots } from './disk-snapshots.ts';
import { DomainFactsCache } from './domain-facts.ts';
import { domainName, vmidOf } from './domain-name.ts';
import { isRunning, startDomain } from './domain-start.ts';
import { runStateOf } from './domain-state.ts';
import { readGuestStats, statsGroups } from './domain-stats.ts';
import { GuestStates } from './guest-states.ts';
import { applyChanges } from './hot-plug.ts';
import { askMonitor, commandLineOf } from './human-monitor.ts';
import { readKeys } from './key-names.ts';
import type { LibvirtDriverOptions } from './libvirt-driver-options.ts';
import { asGuestError } from './libvirt-errors.ts';
import { MemorySaves } from './memory-saves.ts';
import { type QemuUser, readQemuUser } from './qemu-user.ts';
import { isSocket, memorySocketPath, serialSocketPath, vncSocketPath } from './run-directory.ts';
import { takeScreenshot } from './screenshot.ts';
import { endTpm } from './tpm.ts';
import { removeTraces } from './traces.ts';
import { VmBackups } from './vm-backups.ts';
import type { AskOptions, DiskMirror, MemorySaved, MemoryTarget, Screenshot, VmDriver } from './vm-driver.ts';
import type { VmChange, VmStart } from './vm-start.ts';

const listGroups = StatsGroup.state;

/** Nothing happens before `open`. */
export function createLibvirtDriver(options: LibvirtDriverOptions): VmDriver {
  return new LibvirtDriver(options);
}

class LibvirtDriver implements VmDriver {
  readonly kind = 'qemu';
  readonly #options: LibvirtDriverOptions;
  /** Short calls and events. */
  readonly #client: ReconnectingLibvirt;
  /** Starts, stops, hot-plugs: libvirtd handles few calls of one client at a time, and these take long. */
  readonly #slow: ReconnectingLibvirt;
  readonly #agent: AgentCalls;
  readonly #facts: DomainFactsCache;
  readonly #states: GuestStates;
  readonly #saves: MemorySaves;
  readonly #mirrors: DiskMirrors;
  readonly #backups: VmBackups;
  #qemuUser: Promise<QemuUser> | undefined;
  readonly #starting = new Map<number, Promise<void>>();
  #listed: Promise<unknown> = Promise.resolve();

  constructor(options: LibvirtDriverOptions) {
    const { socketPath, guestPrefix } = options;
    this.#options = options;
    this.#client = new ReconnectingLibvirt({ socketPath });
    this.#slow = new ReconnectingLibvirt({ socketPath, callTimeoutMs: 300_000 });
    this.#agent = new AgentCalls(socketPath, guestPrefix);
    this.#facts = new DomainFactsCache(this.#client, options.libvirtStateDir ?? '/run/libvirt');
    this.#states = new GuestStates(guestPrefix);
    this.#saves = new MemorySaves(this.#client);
    this.#mirrors = new DiskMirrors(this.#client, this.#slow, (vmid) => this.#find(vmid));
    this.#backups = new VmBackups({
      ...{ client: this.#client, slow: this.#slow, agent: this.#agent, states: this.#states },
      ...{ guestPrefix, runtimeDir: options.runtimeDir, log: options.log },
      recordsDir: options.backupsDir ?? join(options.runtimeDir, 'backups'),
    });
  }

  async open(): Promise<void> {
    const client = this.#client;
    client.onDomainEvent('lifecycle', (e) => this.#states.lifecycle(e.domain, e.event, e.detail));
    client.onDomainEvent('reboot', (e) => this.#states.notice(e.domain, 'reset'));
    client.onDomainEvent('agent-lifecycle', (e) => this.#states.notice(e.domain, 'agent'));
    client.onDomainEvent('device-added', (e) => this.#states.notice(e.domain, 'device'));
    client.onDomainEvent('device-removed', (e) => this.#states.notice(e.domain, 'device'));
    client.onDomainEvent('device-removal-failed', (e) => this.#states.notice(e.domain, 'device'));
    client.onConnection((change) => {
      if (change.state === 'disconnected') {
        this.#options.log.warn(
          { reason: change.reason.message },
          'libvirtd is gone; trying to reach it again',
        );
        return;
      }
      this.#listed = this.#list(!change.first).catch((error: unknown) => {
        this.#options.log.warn(
          { error: String(error) },
          'guests could not be listed after connecting to libvirtd',
        );
      });
      void this.#backups.endLeft();
    });
    this.#backups.open();
    await Promise.all([client.open(), this.#slow.open(), this.#agent.open()]);
    await this.#listed;
  }

  async close(): Promise<void> {
    this.#backups.close();
    await Promise.all([this.#client.close(), this.#slow.close(), this.#agent.close()]);
  }

  watch(listener: (observation: GuestObservation) => void): () => void {
    return this.#states.watch(listener);
  }

  async observe(): Promise<ObservedGuest[]> {
    const guests = await this.#try(0, 'list the VMs', () => this.#list(false));
    this.#facts.keepOnly(guests.map((guest) => guest.domain));
    return Promise.all(
      guests.map(async ({ vmid, domain, state, halted }) => {
        const facts = await this.#facts.get(domain);
        return {
          vmid,
          state,
          startedAt: facts?.process?.startedAt,
          pid: facts?.process?.pid,
          accelerated: facts?.accelerated,
          halted,
        };
      }),
    );
  }

  async stats(): Promise<GuestStats[]> {
    const records = await this.#try(0, 'read the statistics of the VMs', () =>
      this.#client.stats.all(statsGroups, StatsFlag.active | StatsFlag.noWait),
    );
    const ours = records.flatMap((record) => {
      const vmid = vmidOf(this.#options.guestPrefix, record.domain.name);
      return vmid === undefined ? [] : [{ vmid, ...record }];
    });
    return Promise.all(
      ours.map(async ({ vmid, domain, values }) => {
        const facts = await this.#facts.get(domain);
        return readGuestStats(vmid, facts?.cpus ?? 1, values);
      }),
    );
  }

  async start(context: WorkContext, spec: VmStart): Promise<void> {
    // One start of a guest at a time: the second finds what the first has left.
    for (let other = this.#starting.get(spec.vmid); other; other = this.#starting.get(spec.vmid)) {
      await other.catch(() => {});
    }
    const start = this.#start(context, spec);
    this.#starting.set(spec.vmid, start);
    try {
      await start;
    } finally {
      this.#starting.delete(spec.vmid);
    }
  }

  async #start(context: WorkContext, spec: VmStart): Promise<void> {
    const place = {
      name: domainName(this.#options.guestPrefix, spec.vmid),
      runtimeDir: this.#options.runtimeDir,
      qemuUser: await this.#user(),
      exec,
    };
    await this.#try(spec.vmid, `start VM ${spec.vmid}`, () => startDomain(this.#slow, place, context, spec));
  }

  async stop(context: WorkContext, vmid: number): Promise<void> {
    if (context.signal.aborted) throw new AppError('cancelled', 'cancelled');
    await this.#try(vmid, `stop VM ${vmid}`, async () => {
      try {
        await this.#slow.domains.destroy(await this.#find(vmid), 0, { timeoutMs: 60_000 });
      } catch (error) {
        if (!hasErrorNumber(error, ErrorNumber.noDomain, ErrorNumber.operationInvalid)) throw error;
      }
      // Of a start that was cut off before there was a QEMU to end with.
      await endTpm(this.#options.runtimeDir, vmid);
    });
  }

  async requestShutdown(vmid: number, options: AskOptions = {}): Promise<void> {
    await this.#try(vmid, `shut down VM ${vmid}`, async () => {
      const domain = await this.#find(vmid);
      if (options.agent && (await this.#agent.shutdown(domain))) return;
      await this.#client.domains.shutdown(domain, ShutdownFlag.acpiPowerButton);
    });
  }

  async requestReboot(vmid: number, options: AskOptions = {}): Promise<void> {
    await this.#try(vmid, `reboot VM ${vmid}`, async () => {
      const domain = await this.#find(vmid);
      if (options.agent && (await this.#agent.reboot(domain))) return;
      await this.#client.domains.reboot(domain, ShutdownFlag.acpiPowerButton);
    });
  }

  async reset(vmid: number): Promise<void> {
    await this.#do(vmid, `reset VM ${vmid}`, (domain) => this.#client.domains.reset(domain));
  }

  async pause(vmid: number): Promise<void> {
    await this.#do(vmid, `pause VM ${vmid}`, (domain) => this.#client.domains.suspend(domain));
  }

  async resume(vmid: number): Promise<void> {
    await this.#do(vmid, `resume VM ${vmid}`, async (domain) => {
      const { state, reason } = await this.#client.domains.state(domain);
      if (runStateOf(state, reason) === 'suspended') await this.#client.domains.wakeUp(domain);
      else await this.#client.domains.resume(domain);
    });
  }

  async hotPlug(context: WorkContext, vmid: number, changes: readonly VmChange[]): Promise<string[]> {
    let waiting: string[] = [];
    await this.#do(vmid, `change VM ${vmid}`, async (domain) => {
      try {
        waiting = await applyChanges(this.#slow, this.#client, context, domain, changes);
      } finally {
        if (changes.some(({ action }) => action === 'vcpus')) this.#facts.forget(domain);
      }
    });
    return waiting;
  }

  async console(vmid: number, kind: ConsoleKind): Promise<ConsoleEndpoint> {
    const { runtimeDir } = this.#options;
    await this.#do(vmid, `open the console of VM ${vmid}`, async () => {});
    const unixPath =
      kind === 'graphic' ? vncSocketPath(runtimeDir, vmid) : serialSocketPath(runtimeDir, vmid);
    if (!(await isSocket(unixPath))) {
      throw new AppError('unsupported', `VM ${vmid} has no ${kind === 'graphic' ? 'screen' : 'serial port'}`);
    }
    return { unixPath };
  }

  async undefine(vmid: number): Promise<void> {
    const name = domainName(this.#options.guestPrefix, vmid);
    await this.#try(vmid, `clean up after VM ${vmid}`, async () => {
      if (await isRunning(this.#client, name)) {
        throw new AppError('wrong-state', `VM ${vmid} is running`, { data: { expected: 'stopped' } });
      }
    });
    await removeTraces(this.#options, vmid);
  }

  async sendKey(vmid: number, keys: string): Promise<void> {
    const codes = readKeys(keys);
    await this.#do(vmid, `send keys to VM ${vmid}`, (domain) =>
      this.#client.domains.sendKey(domain, KeycodeSet.linux, 100, codes),
    );
  }

  async agentCommand(vmid: number, command: string, timeoutSeconds: number): Promise<string> {
    return this.#try(vmid, `ask the agent of VM ${vmid}`, () =>
      this.#agent.command(vmid, command, timeoutSeconds),
    );
  }

  monitorCommand(vmid: number, command: string): Promise<string> {
    const ask = async () => askMonitor(this.#slow, await this.#find(vmid), command);
    return this.#try(vmid, `ask the monitor of VM ${vmid}`, ask);
  }

  commandLine(xml: string): Promise<string> {
    return this.#try(0, 'read a command line', () => commandLineOf(this.#client, xml));
  }

  async screenshot(vmid: number): Promise<Screenshot> {
    return this.#try(vmid, `take a screenshot of VM ${vmid}`, async () =>
      takeScreenshot(this.#client, await this.#find(vmid)),
    );
  }

  async snapshotDisks(vmid: number, keys: readonly string[], snapshot: string): Promise<void> {
    await this.#do(vmid, `keep the disks of VM ${vmid}`, (domain) =>
      takeDiskSnapshots(this.#slow, domain, keys, snapshot),
    );
  }

  async removeDiskSnapshots(vmid: number, keys: readonly string[], snapshot: string): Promise<void> {
    await this.#do(vmid, `remove the snapshot of VM ${vmid}`, (domain) =>
      dropDiskSnapshots(this.#slow, domain, keys, snapshot),
    );
  }

  async beginMemorySave(context: WorkContext, vmid: number, target: MemoryTarget): Promise<void> {
    const user = await this.#user();
    const socketPath = memorySocketPath(this.#options.runtimeDir, vmid);
    await this.#do(vmid, `save the memory of VM ${vmid}`, async (domain) => {
      const { state, reason } = await this.#client.domains.state(domain);
      const ran = runStateOf(state, reason) === 'running';
      await this.#saves.begin(context, vmid, domain, { socketPath, user, target, ran });
    });
  }

  async finishMemorySave(
    context: WorkContext,
    vmid: number,
    { standing = false }: { readonly standing?: boolean } = {},
  ): Promise<MemorySaved> {
    return this.#try(vmid, `save the memory of VM ${vmid}`, async () =>
      this.#saves.finish(context, vmid, await this.#find(vmid), standing),
    );
  }

  pullDisk(context: WorkContext, vmid: number, disk: string, bytesPerSecond: number): Promise<void> {
    return this.#mirrors.pull(context, vmid, disk, bytesPerSecond);
  }

  mirrorDisk(context: WorkContext, vmid: number, mirror: DiskMirror): Promise<void> {
    return this.#mirrors.copy(context, vmid, mirror);
  }

  switchDisk(vmid: number, disk: string, to: Attachment): Promise<void> {
    return this.#mirrors.switchTo(vmid, disk, to);
  }

  endMirror(vmid: number, disk: string): Promise<boolean> {
    return this.#mirrors.end(vmid, disk);
  }

  usesDisk(vmid: number, disk: string, what: Attachment): Promise<boolean> {
    return this.#mirrors.uses(vmid, disk, what);
  }

  async copyContent(context: WorkContext, from: Attachment, to: Attachment): Promise<void> {
    await copyBytes(context, from, to);
  }

  beginBackup(context: WorkContext, vmid: number, wish: BackupWish): Promise<BackupView> {
    return this.#backups.begin(context, vmid, wish);
  }

  endBackup(context: WorkContext, vmid: number): Promise<void> {
    return this.#backups.end(context, vmid);
  }

  watchBackup(vmid: number, listener: (problem: AppError) => void): () => void {
    return this.#backups.watch(vmid, listener);
  }

  async abortMemorySave(vmid: number): Promise<void> {
    await this.#try(vmid, `give up the save of the memory of VM ${vmid}`, async () => {
      try {
        await this.#saves.abort(vmid, await this.#find(vmid));
      } catch (error) {
        if (!hasErrorNumber(error, ErrorNumber.noDomain, ErrorNumber.operationInvalid)) throw error;
        await this.#saves.forget(vmid);
      }
    });
  }

  #user(): Promise<QemuUser> {
    this.#qemuUser ??= this.#options.qemuUser ? Promise.resolve(this.#options.qemuUser) : readQemuUser();
    return this.#qemuUser;
  }

  #list(announce: boolean) {
    return this.#states.takeListing(() => this.#client.stats.all(listGroups, StatsFlag.active), announce);
  }

  #find(vmid: number): Promise<DomainRef> {
    return this.#client.domains.lookupByName(domainName(this.#options.guestPrefix, vmid));
  }

  #do(vmid: number, intention: string, work: (domain: DomainRef) => Promise<void>): Promise<void> {
    return this.#try(vmid, intention, async () => work(await this.#find(vmid)));
  }

  async #try<T>(vmid: number, intention: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw asGuestError(error, vmid, intention);
    }
  }
}
