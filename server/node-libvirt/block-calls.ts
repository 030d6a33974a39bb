// Calls for jobs on the disks of running domains: copying one to another place while the guest writes to it.
import type { Caller, CallOptions } from './caller.ts';
import { type DomainRef, domainArgs, writeParameters } from './domain-codec.ts';

export interface BlockJobInfo {
  /** Bytes per second; 0: no limit. */
  readonly bandwidth: number;
  /** In bytes, of no fixed meaning but their ratio. Equal, and above 0: a copy holds what the disk holds. */
  readonly current: number;
  readonly end: number;
}

/** A domain's disk is named by its target (`vda`). */
export class BlockCalls {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /**
   * Begins to copy a disk to what the element `<disk>` names, and to write there too what the guest writes; resolves at once.
   * `BlockCopyFlag`.
   */
  async copy(
    domain: DomainRef,
    disk: string,
    destinationXml: string,
    { bytesPerSecond }: { readonly bytesPerSecond?: number | undefined } = {},
    flags = 0,
    options?: CallOptions,
  ): Promise<void> {
    const limit =
      bytesPerSecond === undefined
        ? []
        : [{ field: 'bandwidth', type: 'u64', value: bytesPerSecond } as const];
    const args = writeParameters(domainArgs(domain).string(disk).string(destinationXml), limit).u32(flags);
    await this.#caller.call('domainBlockCopy', args, options);
  }

  /**
   * Begins to copy into a disk's image what it has from the images below, which it needs no more at the end; resolves at once.
   * `bytesPerSecond` 0: no limit; with `BlockPullFlag.bytes`.
   */
  async pull(
    domain: DomainRef,
    disk: string,
    bytesPerSecond: number,
    flags: number,
    options?: CallOptions,
  ): Promise<void> {
    const args = domainArgs(domain).string(disk).u64(BigInt(bytesPerSecond)).u32(flags);
    await this.#caller.call('domainBlockPull', args, options);
  }

  /** Ends the disk's job, `BlockAbortFlag`; resolves when it has ended. Rejects when there is none. */
  async abort(domain: DomainRef, disk: string, flags = 0, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainBlockJobAbort', domainArgs(domain).string(disk).u32(flags), options);
  }

  /** The disk's job; undefined when it has none. */
  async job(domain: DomainRef, disk: string, options?: CallOptions): Promise<BlockJobInfo | undefined> {
    const reply = await this.#caller.call(
      'domainGetBlockJobInfo',
      domainArgs(domain).string(disk).u32(0),
      options,
    );
    const found = reply.i32() !== 0;
    reply.i32();
    const bandwidth = Number(reply.u64());
    const current = Number(reply.u64());
    return found ? { bandwidth, current, end: Number(reply.u64()) } : undefined;
  }
}
