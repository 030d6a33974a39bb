// Saves a guest's memory while it runs: QEMU sends it as to another host, and stands before the last of it, for its disks' sake.
import { setTimeout as delay } from 'node:timers/promises';
import { type DomainRef, type ReconnectingLibvirt, XmlFlag } from 'node-libvirt';
import { AppError, asAppError } from '../../core/errors.ts';
import type { WorkContext } from '../../core/work-context.ts';
import { cpuOf, machineOf, writeHead } from './memory-image.ts';
import { MemoryReceiver } from './memory-receiver.ts';
import type { QemuUser } from './qemu-user.ts';
import { qmp } from './qmp.ts';
import type { MemorySaved, MemoryTarget } from './vm-driver.ts';

/** Milliseconds of standing that QEMU plans for the last of the memory. */
const downtimeMs = 200;
/** Bytes per second; QEMU's own limit is meant for networks. */
const bandwidth = 2 ** 40;
const pollMs = 15;
/** Milliseconds for a save that was given up to be so. */
const cancelLimitMs = 30_000;
/** States of a migration in which it still is one (QAPI `MigrationStatus`). */
const underWay = new Set(['setup', 'active', 'pre-switchover', 'device', 'cancelling', 'wait-unplug']);

interface Save {
  readonly receiver: MemoryReceiver;
  readonly target: MemoryTarget;
  readonly xml: string;
  /** Its processors went when it began. */
  readonly ran: boolean;
  /** It was made to stand before its turn. */
  held: boolean;
}

interface Progress {
  readonly status: string;
  readonly problem: string | undefined;
  /** Bytes of the guest's memory, and those of it that are still to be sent. */
  readonly totalBytes: number;
  readonly remainingBytes: number;
}

export class MemorySaves {
  readonly #client: ReconnectingLibvirt;
  readonly #saves = new Map<number, Save>();

  constructor(client: ReconnectingLibvirt) {
    this.#client = client;
  }

  async begin(
    context: WorkContext,
    vmid: number,
    domain: DomainRef,
    place: {
      readonly socketPath: string;
      readonly user: QemuUser;
      readonly target: MemoryTarget;
      readonly ran: boolean;
    },
  ): Promise<void> {
    const { socketPath, user, target, ran } = place;
    await this.abort(vmid, domain);
    const xml = await this.#client.domains.xml(domain, XmlFlag.migratable);
    const receiver = await MemoryReceiver.open(socketPath, user, target);
    const save: Save = { receiver, target, xml, ran, held: false };
    this.#saves.set(vmid, save);
    try {
      await this.#setWays(domain, true);
      await qmp(this.#client, domain, 'migrate-set-parameters', {
        'max-bandwidth': bandwidth,
        'downtime-limit': downtimeMs,
      });
      await qmp(this.#client, domain, 'migrate', { uri: `unix:${socketPath}` });
      await this.#untilItStands(context, domain, save);
    } catch (error) {
      await this.abort(vmid, domain);
      throw error;
    }
  }

  /** `standing`: a guest that ran is not let go on. */
  async finish(
    context: WorkContext,
    vmid: number,
    domain: DomainRef,
    standing: boolean,
  ): Promise<MemorySaved> {
    const save = this.#saves.get(vmid);
    if (!save) throw new AppError('wrong-state', 'no save of the memory is under way');
    await qmp(this.#client, domain, 'migrate-continue', { state: 'pre-switchover' });
    for (;;) {
      context.signal.throwIfAborted();
      const progress = await this.#progress(domain);
      if (progress.status === 'completed') break;
      assertUnderWay(progress);
      await delay(pollMs);
    }
    if (save.ran && !standing) await this.#client.domains.resume(domain);
    await save.receiver.done;
    const digest = await writeHead(save.target.path, save.xml);
    await this.#clear(vmid, domain);
    return { digest, machine: machineOf(save.xml), cpu: cpuOf(save.xml) };
  }

  /** Repeatable; QEMU lets a guest that ran go on by itself. */
  async abort(vmid: number, domain: DomainRef): Promise<void> {
    const until = Date.now() + cancelLimitMs;
    while (underWay.has((await this.#progress(domain)).status)) {
      await qmp(this.#client, domain, 'migrate_cancel');
      if (Date.now() > until) throw new AppError('timeout', 'QEMU does not give up the save of the memory');
      await delay(pollMs);
    }
    const save = this.#saves.get(vmid);
    if (save?.held && save.ran) await this.#client.domains.resume(domain);
    await this.#clear(vmid, domain);
  }

  /** The guest is gone: nothing is left to be given up but our own end. */
  async forget(vmid: number): Promise<void> {
    await this.#saves.get(vmid)?.receiver.close();
    this.#saves.delete(vmid);
  }

  async #clear(vmid: number, domain: DomainRef): Promise<void> {
    await this.forget(vmid);
    await this.#setWays(domain, false);
  }

  /** To stand before the end; and to slow the guest down when it writes faster than can be saved. */
  async #setWays(domain: DomainRef, state: boolean): Promise<void> {
    const capabilities = ['pause-before-switchover', 'auto-converge'].map((capability) => ({
      capability,
      state,
    }));
    await qmp(this.#client, domain, 'migrate-set-capabilities', { capabilities });
  }

  async #untilItStands(context: WorkContext, domain: DomainRef, save: Save): Promise<void> {
    const { receiver, target } = save;
    let failure: AppError | undefined;
    receiver.done.catch((error: unknown) => {
      failure = asAppError(error);
    });
    for (;;) {
      context.signal.throwIfAborted();
      const progress = await this.#progress(domain);
      if (progress.status === 'pre-switchover') return;
      // What kept us from writing says more than QEMU's broken pipe.
      if (failure) throw failure;
      assertUnderWay(progress);
      const { totalBytes, remainingBytes } = progress;
      if (totalBytes > 0) context.progress(Math.max(0, 1 - remainingBytes / totalBytes));
      // As much may come again as there is memory, when the guest stands: that must still fit.
      if (!save.held && totalBytes > 0 && receiver.bytes + totalBytes * 1.1 > target.sizeBytes) {
        save.held = true;
        context.log('the guest writes faster than its memory can be saved: it stands until that is done');
        await this.#client.domains.suspend(domain);
      }
      await delay(pollMs);
    }
  }

  async #progress(domain: DomainRef): Promise<Progress> {
    return readProgress(await qmp(this.#client, domain, 'query-migrate'));
  }
}

function assertUnderWay({ status, problem }: Progress): void {
  if (underWay.has(status)) return;
  throw new AppError('command-failed', `the memory could not be saved: ${problem ?? status}`);
}

/** The answer to `query-migrate` (QAPI `MigrationInfo`); status `none` before the first. */
export function readProgress(answer: unknown): Progress {
  const info = answer as {
    status?: string;
    'error-desc'?: string;
    ram?: { total?: number; remaining?: number };
  };
  return {
    status: info.status ?? 'none',
    problem: info['error-desc'],
    totalBytes: info.ram?.total ?? 0,
    remainingBytes: info.ram?.remaining ?? 0,
  };
}
