// Backups of running VMs by libvirt's pull mode: begun, watched, and ended whatever became of the guest or of the daemon.
import { chmod, mkdir, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type DomainRef,
  DomainState,
  ErrorNumber,
  hasErrorNumber,
  JobType,
  type ReconnectingLibvirt,
} from 'node-libvirt';
import { AppError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import { quietContext, type WorkContext } from '../../core/work-context.ts';
import type { AgentCalls } from './agent-calls.ts';
import { type AskAgent, freeze, thaw } from './backup-freeze.ts';
import type { BackupListener } from './backup-listeners.ts';
import { allocatedBytes, fillCopies, placesOf, type ScratchImage } from './backup-places.ts';
import { untilNobodyReads } from './backup-readers.ts';
import { type BackupRecord, readRecord, recordedGuests, removeRecord, writeRecord } from './backup-record.ts';
import { assertRoom } from './backup-room.ts';
import { requireReadable } from './backup-threads.ts';
import type { BackupView, BackupWish } from './backup-types.ts';
import { BackupWatch } from './backup-watch.ts';
import { exportNameOf, readBackupSocket, readSizes, readTargets, renderBackupXml } from './backup-xml.ts';
import { domainName, vmidOf } from './domain-name.ts';
import { haltOf, runStateOf } from './domain-state.ts';
import type { GuestStates } from './guest-states.ts';
import { asGuestError } from './libvirt-errors.ts';
import { qmp } from './qmp.ts';
import { backupSocketPath } from './run-directory.ts';

export interface VmBackupParts {
  readonly client: ReconnectingLibvirt;
  /** For what waits until QEMU is through. */
  readonly slow: ReconnectingLibvirt;
  readonly agent: AgentCalls;
  readonly states: GuestStates;
  readonly guestPrefix: string;
  readonly runtimeDir: string;
  /** Where it is remembered what is under way; root's alone. */
  readonly recordsDir: string;
  readonly log: Logger;
}

/** Milliseconds for those who read to close their connections, and then for QEMU to end the job. */
const readersWithinMs = 15_000;
const endWithinMs = 60_000;
const pollMs = 20;
/** Milliseconds until it is tried again to end what could not be ended. */
const againMs = 30_000;
/** libvirt's ways to say that there is no backup, or no guest any more. */
const nothingThere = [ErrorNumber.noDomainBackup, ErrorNumber.noDomain, ErrorNumber.operationInvalid];
const off = { state: DomainState.shutoff, reason: 0 };

/** What this life of the daemon began. */
interface Backup {
  readonly images: readonly ScratchImage[];
  /** It was to be ended, and could not be. */
  overdue: boolean;
}

export class VmBackups {
  readonly #parts: VmBackupParts;
  readonly #watch: BackupWatch;
  readonly #backups = new Map<number, Backup>();
  /** One call at a time for each guest: the second finds what the first has left. */
  readonly #turns = new Map<number, Promise<unknown>>();
  /** Before the next look for what could not be ended. */
  #again: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(parts: VmBackupParts) {
    this.#parts = parts;
    this.#watch = new BackupWatch({
      shows: async (vmid) => this.#isShown(vmid, await this.#find(vmid)),
      stateOf: async (vmid) => {
        const { state, reason } = await this.#stateOf(await this.#find(vmid));
        return runStateOf(state, reason);
      },
    });
    parts.states.watch((observation) => this.#watch.observed(observation));
  }

  /** Listens to libvirt. To be called before it is connected to. */
  open(): void {
    this.#parts.client.onDomainEvent('job-completed', ({ domain }) => {
      const vmid = vmidOf(this.#parts.guestPrefix, domain.name);
      if (vmid !== undefined) void this.#watch.look(vmid);
    });
  }

  /** Looks at nothing any more; what is under way stays so. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#again);
    this.#watch.close();
  }

  /** Ends what a former life of the daemon has left, and what could not be ended when it was asked for: until it is. */
  async endLeft(): Promise<void> {
    const { recordsDir, log } = this.#parts;
    const vmids = await recordedGuests(recordsDir).catch((error: unknown) => {
      log.warn({ error: String(error) }, 'backups of an earlier life cannot be looked for');
      return [];
    });
    for (const vmid of vmids) {
      await this.#inTurn(vmid, async () => {
        const backup = this.#backups.get(vmid);
        if (!this.#closed && (!backup || backup.overdue)) await this.#end(quietContext(), vmid);
      }).catch((error: unknown) => {
        log.warn({ vmid, error: String(error) }, 'a backup that nobody needs cannot be ended yet');
      });
    }
  }

  begin(context: WorkContext, vmid: number, wish: BackupWish): Promise<BackupView> {
    return this.#inTurn(vmid, () => this.#begin(context, vmid, wish));
  }

  end(context: WorkContext, vmid: number): Promise<void> {
    return this.#inTurn(vmid, () => this.#end(context, vmid));
  }

  watch(vmid: number, listener: BackupListener): () => void {
    return this.#watch.listen(vmid, listener);
  }

  async #begin(context: WorkContext, vmid: number, wish: BackupWish): Promise<BackupView> {
    const { client, slow, runtimeDir, recordsDir, guestPrefix } = this.#parts;
    const { disks, copies = [], scratch } = wish;
    if (disks.length + copies.length === 0)
      throw new AppError('internal', 'a backup of no disk was asked for');
    // Without a drive there is nothing for QEMU to show, and a guest that ends takes nothing along.
    const shows = disks.length > 0;
    if (this.#backups.get(vmid)?.overdue === false)
      throw new AppError('busy', `a backup of VM ${vmid} is under way`);
    if (await readRecord(recordsDir, vmid)) await this.#end(context, vmid);
    const domain = await client.domains.lookupByName(domainName(guestPrefix, vmid));
    // Asked for first: with a job there, libvirt would wait half a minute for it before it says so.
    if ((await client.backups.job(domain)).type !== JobType.none)
      throw new AppError('busy', `VM ${vmid} is busy: it is being backed up, saved or moved`);
    const xml = await client.domains.xml(domain);
    const targets = readTargets(xml, disks);
    await requireReadable(xml, disks, () => qmp(client, domain, 'query-version'));
    const sizes = readSizes(await qmp(client, domain, 'query-block'), disks);
    const { state, reason } = await client.domains.state(domain);
    const ran = runStateOf(state, reason) === 'running';
    // QEMU's user has to pass, whatever mode new folders usually get.
    if ((await mkdir(scratch.folder, { recursive: true })) !== undefined) await chmod(scratch.folder, 0o711);
    await assertRoom(scratch);
    const places = placesOf(vmid, wish);
    const socket = backupSocketPath(runtimeDir, vmid);
    const files = [...places.images, ...places.copies].map(({ path }) => path);
    const record: BackupRecord = { vmid, files, ran, frozen: wish.freeze && ran };
    if (context.signal.aborted) throw new AppError('cancelled', 'cancelled');
    this.#backups.set(vmid, { images: places.images, overdue: false });
    if (shows) this.#watch.expect(vmid, scratch, places.images);
    try {
      await writeRecord(recordsDir, record);
      for (const path of [...files, socket]) await rm(path, { force: true });
      const filled = await this.#still(context, record, async () => {
        const drives = places.images.map(({ key, path }) => ({
          ...{ key, target: targets.get(key)!, scratch: path },
        }));
        if (shows) await slow.backups.begin(domain, renderBackupXml(socket, drives));
        return fillCopies(places, domain.name, context.signal);
      });
      this.#watch.begin(vmid);
      const shown = disks.map((key) => ({
        ...{ key, exportName: exportNameOf(key), sizeBytes: sizes.get(key)! },
      }));
      return { socket, disks: shown, copies: filled };
    } catch (error) {
      // What cannot be taken back now has its record.
      await this.#end(quietContext(), vmid).catch((second: unknown) => {
        this.#parts.log.warn({ vmid, error: String(second) }, 'a backup that failed cannot be ended yet');
      });
      throw error;
    }
  }

  /** Does the work while the guest's file systems are held still, if that was asked for. */
  async #still<T>(context: WorkContext, record: BackupRecord, work: () => Promise<T>): Promise<T> {
    const ask = this.#agentOf(record.vmid);
    const frozen = record.frozen && (await freeze(context, ask));
    try {
      if (context.signal.aborted) throw new AppError('cancelled', 'cancelled');
      return await work();
    } finally {
      const thawed = !frozen || (await thaw(ask));
      if (!thawed) context.log('its file systems could not be thawed: that is tried again at the end');
      if (record.frozen && thawed) await writeRecord(this.#parts.recordsDir, { ...record, frozen: false });
    }
  }

  async #end(context: WorkContext, vmid: number): Promise<void> {
    try {
      await this.#endNow(context, vmid);
    } catch (error) {
      const backup = this.#backups.get(vmid);
      if (backup) backup.overdue = true;
      clearTimeout(this.#again);
      if (!this.#closed) this.#again = setTimeout(() => void this.endLeft(), againMs).unref();
      throw error;
    }
  }

  /** Whether the work was cancelled does not matter: this is what is done then. */
  async #endNow(context: WorkContext, vmid: number): Promise<void> {
    const { client, slow, runtimeDir, recordsDir } = this.#parts;
    const socket = backupSocketPath(runtimeDir, vmid);
    const record = await readRecord(recordsDir, vmid);
    const domain = await this.#find(vmid);
    if (domain && (await this.#isShown(vmid, domain))) {
      await untilNobodyReads(socket, readersWithinMs);
      await this.#tellUse(context, vmid);
      this.#watch.forget(vmid);
      await slow.backups.abortJob(domain).catch(unlessNothing);
      for (const until = Date.now() + endWithinMs; await this.#isShown(vmid, domain); ) {
        if (Date.now() > until) throw new AppError('timeout', `QEMU does not end the backup of VM ${vmid}`);
        await delay(pollMs);
      }
    }
    if (domain && record?.frozen && !(await thaw(this.#agentOf(vmid))))
      context.log('its file systems could not be thawed: the agent does not answer');
    if (domain && record?.ran) {
      const { state, reason } = await this.#stateOf(domain);
      if (haltOf(state, reason) === 'io-error') await client.domains.resume(domain).catch(unlessNothing);
    }
    for (const path of record?.files ?? []) await rm(path, { force: true });
    await rm(socket, { force: true });
    await removeRecord(recordsDir, vmid);
    this.#watch.forget(vmid);
    this.#backups.delete(vmid);
  }

  async #tellUse(context: WorkContext, vmid: number): Promise<void> {
    const images = this.#backups.get(vmid)?.images ?? [];
    const used = await Promise.all(images.map(({ path }) => allocatedBytes(path)));
    const mebibytes = used.reduce((sum, bytes) => sum + bytes, 0) / 1024 / 1024;
    context.log(`what the guest overwrote meanwhile took ${mebibytes.toFixed(1)} MiB`);
  }

  /** Is our backup under way? One of somebody else has another socket. */
  async #isShown(vmid: number, domain: DomainRef | undefined): Promise<boolean> {
    const xml = domain && (await this.#parts.client.backups.xml(domain).catch(unlessNothing));
    return xml !== undefined && readBackupSocket(xml) === backupSocketPath(this.#parts.runtimeDir, vmid);
  }

  #agentOf(vmid: number): AskAgent {
    return (command, seconds) =>
      this.#parts.agent.command(vmid, command, seconds).catch((error: unknown) => {
        throw asGuestError(error, vmid, `ask the agent of VM ${vmid}`);
      });
  }

  /** The guest's domain while it runs. */
  #find(vmid: number): Promise<DomainRef | undefined> {
    return this.#parts.client.domains
      .lookupByName(domainName(this.#parts.guestPrefix, vmid))
      .catch(unlessNothing);
  }

  async #stateOf(domain: DomainRef | undefined): Promise<{ state: number; reason: number }> {
    return (domain && (await this.#parts.client.domains.state(domain).catch(unlessNothing))) ?? off;
  }

  async #inTurn<T>(vmid: number, work: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(vmid) ?? Promise.resolve();
    const turn = before.then(work).catch((error: unknown) => {
      throw asGuestError(error, vmid, `back up VM ${vmid}`);
    });
    const settled = turn.catch(() => {});
    this.#turns.set(vmid, settled);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(vmid) === settled) this.#turns.delete(vmid);
    }
  }
}

function unlessNothing(error: unknown): undefined {
  if (!hasErrorNumber(error, ...nothingThere)) throw error;
  return undefined;
}
