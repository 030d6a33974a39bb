// Copies of the disks of running guests, by QEMU's mirror job through libvirt, which keeps its own picture of the domain right.
import { setTimeout as delay } from 'node:timers/promises';
import { XMLParser } from 'fast-xml-parser';
import {
  BlockAbortFlag,
  BlockCopyFlag,
  type BlockJobInfo,
  BlockPullFlag,
  type DomainRef,
  ErrorNumber,
  hasErrorNumber,
  LibvirtError,
  type ReconnectingLibvirt,
} from 'node-libvirt';
import type { Attachment } from '../../../storage-plugins/plugin.ts';
import { AppError } from '../../core/errors.ts';
import type { WorkContext } from '../../core/work-context.ts';
import { imageFormatOf, sourceElement } from './domain-xml-disks.ts';
import { asGuestError } from './libvirt-errors.ts';
import type { DiskMirror } from './vm-driver.ts';
import { element, renderXml } from './xml.ts';

/** Milliseconds between two looks at a job: short ones are soon through. */
const firstPollMs = 40;
const longestPollMs = 1000;
/** Milliseconds for libvirt to notice that a copy is finished which QEMU calls finished. */
const readyWithinMs = 20_000;
/** Milliseconds without libvirtd that a copy outlives: QEMU goes on with it meanwhile. */
const patienceMs = 60_000;

/** A drive as libvirt describes it: what the guest uses, and what is being made of it. */
export interface OpenDisk {
  readonly source: string | undefined;
  readonly mirror: { readonly to: string | undefined; readonly ready: boolean } | undefined;
  /** There is an image below. */
  readonly backed: boolean;
}

export class DiskMirrors {
  readonly #client: ReconnectingLibvirt;
  /** For what waits until QEMU is through. */
  readonly #slow: ReconnectingLibvirt;

  readonly #find: (vmid: number) => Promise<DomainRef>;

  constructor(
    client: ReconnectingLibvirt,
    slow: ReconnectingLibvirt,
    find: (vmid: number) => Promise<DomainRef>,
  ) {
    this.#client = client;
    this.#slow = slow;
    this.#find = find;
  }

  copy(context: WorkContext, vmid: number, mirror: DiskMirror): Promise<void> {
    return this.#try(vmid, `copy disk ${mirror.disk} of VM ${vmid}`, async () =>
      this.#copy(context, await this.#find(vmid), mirror),
    );
  }

  switchTo(vmid: number, disk: string, to: Attachment): Promise<void> {
    return this.#try(vmid, `switch disk ${disk} of VM ${vmid}`, async () =>
      this.#switchTo(await this.#find(vmid), disk, to),
    );
  }

  pull(context: WorkContext, vmid: number, disk: string, bytesPerSecond: number): Promise<void> {
    return this.#try(vmid, `complete disk ${disk} of VM ${vmid}`, async () =>
      this.#pull(context, await this.#find(vmid), disk, bytesPerSecond),
    );
  }

  async end(vmid: number, disk: string): Promise<boolean> {
    const ready = await this.#ifRuns(
      vmid,
      `give up the copy of disk ${disk} of VM ${vmid}`,
      async (domain) => {
        const { mirror } = (await this.#look(domain, disk)) ?? {};
        if (!mirror) return false;
        try {
          await this.#slow.blocks.abort(domain, disk);
        } catch (error) {
          if ((await this.#look(domain, disk))?.mirror) throw error;
        }
        return mirror.ready;
      },
    );
    return ready === true;
  }

  async uses(vmid: number, disk: string, what: Attachment): Promise<boolean> {
    const source = await this.#ifRuns(vmid, `look at disk ${disk} of VM ${vmid}`, async (domain) => {
      const found = await this.#look(domain, disk);
      return found?.source;
    });
    return source === placeOf(what);
  }

  async #copy(
    context: WorkContext,
    domain: DomainRef,
    { disk, to, bytesPerSecond }: DiskMirror,
  ): Promise<void> {
    const found = await this.#read(domain, disk);
    const place = placeOf(to);
    if (found.source === place) return;
    if (found.mirror?.to !== place) {
      if (found.mirror) await this.#slow.blocks.abort(domain, disk);
      const limit = bytesPerSecond > 0 ? { bytesPerSecond } : {};
      await this.#slow.blocks.copy(domain, disk, destinationXml(to), limit, BlockCopyFlag.reuse);
    }
    let pollMs = firstPollMs;
    for (;;) {
      if (context.signal.aborted) throw new AppError('cancelled', 'cancelled');
      const job = await this.#job(domain, disk);
      if (!job)
        throw new AppError(
          'command-failed',
          'QEMU gave the copy up: an error of the new disk (is its storage full?) or of the old one',
        );
      if (job.end > 0) context.progress(job.current / job.end);
      if (job.end > 0 && job.current >= job.end && (await this.#read(domain, disk)).mirror?.ready) return;
      await delay(pollMs);
      pollMs = Math.min(longestPollMs, pollMs * 1.5);
    }
  }

  async #pull(context: WorkContext, domain: DomainRef, disk: string, bytesPerSecond: number): Promise<void> {
    if (!(await this.#read(domain, disk)).backed) return;
    if (!(await this.#job(domain, disk)))
      await this.#slow.blocks.pull(domain, disk, bytesPerSecond, BlockPullFlag.bytes);
    for (let pollMs = firstPollMs; ; pollMs = Math.min(longestPollMs, pollMs * 1.5)) {
      if (context.signal.aborted) {
        await this.#slow.blocks.abort(domain, disk).catch(() => undefined);
        throw new AppError('cancelled', 'cancelled');
      }
      const job = await this.#job(domain, disk);
      if (job && job.end > 0) context.progress(job.current / job.end);
      if (!job) {
        // It may be over before libvirt has forgotten what was below.
        if (!(await this.#read(domain, disk)).backed) return;
        await delay(longestPollMs);
        if (!(await this.#read(domain, disk)).backed) return;
        throw new AppError(
          'command-failed',
          'QEMU gave it up: an error of what is read (is the archive whole?) or of the disk (is its storage full?)',
        );
      }
      await delay(pollMs);
    }
  }

  async #switchTo(domain: DomainRef, disk: string, to: Attachment): Promise<void> {
    const place = placeOf(to);
    const before = await this.#read(domain, disk);
    if (before.source === place) return;
    if (before.mirror?.to !== place)
      throw new AppError('wrong-state', 'there is no copy of the disk to go on with: it was given up');
    for (const end = Date.now() + readyWithinMs; ; ) {
      try {
        await this.#slow.blocks.abort(domain, disk, BlockAbortFlag.pivot);
        break;
      } catch (error) {
        if (!hasErrorNumber(error, ErrorNumber.blockCopyActive) || Date.now() > end) throw error;
        await delay(firstPollMs);
      }
    }
    if ((await this.#read(domain, disk)).source !== place)
      throw new AppError('command-failed', 'QEMU went on with the old disk');
  }

  async #job(domain: DomainRef, disk: string): Promise<BlockJobInfo | undefined> {
    for (const end = Date.now() + patienceMs; ; ) {
      try {
        return await this.#client.blocks.job(domain, disk);
      } catch (error) {
        const lost = error instanceof LibvirtError && error.kind === 'disconnected';
        if (!lost || Date.now() > end) throw error;
        await delay(longestPollMs);
      }
    }
  }

  async #read(domain: DomainRef, disk: string): Promise<OpenDisk> {
    const found = await this.#look(domain, disk);
    if (!found) throw new AppError('not-found', `the running guest has no disk '${disk}'`);
    return found;
  }

  async #look(domain: DomainRef, disk: string): Promise<OpenDisk | undefined> {
    return readOpenDisk(await this.#client.domains.xml(domain), disk);
  }

  /** Nothing is done, and undefined answered, when the guest does not run. */
  #ifRuns<T>(
    vmid: number,
    intention: string,
    work: (domain: DomainRef) => Promise<T>,
  ): Promise<T | undefined> {
    return this.#try(vmid, intention, async () => {
      try {
        return await work(await this.#find(vmid));
      } catch (error) {
        if (hasErrorNumber(error, ErrorNumber.noDomain, ErrorNumber.operationInvalid)) return undefined;
        throw error;
      }
    });
  }

  async #try<T>(vmid: number, intention: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw asGuestError(error, vmid, intention);
    }
  }
}

/** What tells one place of bytes from another: a path, or the name on a network storage. */
function placeOf(attachment: Attachment): string {
  switch (attachment.kind) {
    case 'file':
    case 'block':
      return attachment.path;
    case 'network':
      return attachment.name;
    case 'directory':
    case 'overlay':
      throw new AppError('unsupported', 'a VM cannot have a tree of files (format subvol) as its disk');
  }
}

function destinationXml(to: Attachment): string {
  const type = imageFormatOf(to);
  return renderXml(
    element('disk', { type: to.kind }, [element('driver', { name: 'qemu', type }), sourceElement(to)]),
  );
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseAttributeValue: false,
  isArray: (name) => name === 'disk',
});

type SourceXml = { file?: string; dev?: string; name?: string };
type DiskXml = {
  target?: { dev?: string };
  source?: SourceXml;
  mirror?: { ready?: string; source?: SourceXml };
  backingStore?: '' | { source?: SourceXml };
};

/** The disk of this target in a domain's XML; undefined when it has none. */
export function readOpenDisk(xml: string, target: string): OpenDisk | undefined {
  const { domain } = parser.parse(xml) as { domain?: { devices?: { disk?: DiskXml[] } } };
  const found = domain?.devices?.disk?.find((disk) => disk.target?.dev === target);
  if (!found) return undefined;
  const { source, mirror, backingStore } = found;
  return {
    source: nameOf(source),
    mirror: mirror && { to: nameOf(mirror.source), ready: mirror.ready === 'yes' },
    backed: typeof backingStore === 'object' && backingStore.source !== undefined,
  };
}

function nameOf(source: SourceXml | undefined): string | undefined {
  return source?.file ?? source?.dev ?? source?.name;
}
