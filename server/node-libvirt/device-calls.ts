// Calls that change the devices, processors and memory of a domain.
import type { Caller, CallOptions } from './caller.ts';
import { type DomainRef, domainArgs } from './domain-codec.ts';

export interface BlockInfo {
  /** Size the guest sees. */
  readonly capacityBytes: number;
  /** Bytes written so far, for formats that grow. */
  readonly allocationBytes: number;
  /** Bytes the image takes on the host. */
  readonly physicalBytes: number;
}

/** Flags are a sum of `ModifyFlag` (`VcpuFlag` for processors). */
export class DeviceCalls {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  async attach(domain: DomainRef, deviceXml: string, flags = 0, options?: CallOptions): Promise<void> {
    await this.#caller.call(
      'domainAttachDeviceFlags',
      domainArgs(domain).string(deviceXml).u32(flags),
      options,
    );
  }

  /** Resolves when the guest was asked; a `device-removed` event tells that it let go. */
  async detach(domain: DomainRef, deviceXml: string, flags = 0, options?: CallOptions): Promise<void> {
    await this.#caller.call(
      'domainDetachDeviceFlags',
      domainArgs(domain).string(deviceXml).u32(flags),
      options,
    );
  }

  async update(domain: DomainRef, deviceXml: string, flags = 0, options?: CallOptions): Promise<void> {
    await this.#caller.call(
      'domainUpdateDeviceFlags',
      domainArgs(domain).string(deviceXml).u32(flags),
      options,
    );
  }

  async setVcpus(domain: DomainRef, count: number, flags = 0, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainSetVcpusFlags', domainArgs(domain).u32(count).u32(flags), options);
  }

  async vcpus(domain: DomainRef, flags = 0, options?: CallOptions): Promise<number> {
    return (await this.#caller.call('domainGetVcpusFlags', domainArgs(domain).u32(flags), options)).i32();
  }

  /** Sets the balloon's target. */
  async setMemory(domain: DomainRef, memoryKib: number, flags = 0, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainSetMemoryFlags', domainArgs(domain).u64(memoryKib).u32(flags), options);
  }

  /** `disk` is the target (`vda`) or the path. In KiB unless `BlockResizeFlag.bytes`. */
  async blockResize(
    domain: DomainRef,
    disk: string,
    size: number | bigint,
    flags = 0,
    options?: CallOptions,
  ): Promise<void> {
    await this.#caller.call(
      'domainBlockResize',
      domainArgs(domain).string(disk).u64(size).u32(flags),
      options,
    );
  }

  async blockInfo(domain: DomainRef, disk: string, options?: CallOptions): Promise<BlockInfo> {
    const args = domainArgs(domain).string(disk).u32(0);
    const reply = await this.#caller.call('domainGetBlockInfo', args, options);
    const allocationBytes = Number(reply.u64());
    return { allocationBytes, capacityBytes: Number(reply.u64()), physicalBytes: Number(reply.u64()) };
  }

  /** Asks for one `block-threshold` event when the image has grown past `thresholdBytes`; 0 asks no more. */
  async setBlockThreshold(
    domain: DomainRef,
    device: string,
    thresholdBytes: number | bigint,
    options?: CallOptions,
  ): Promise<void> {
    const args = domainArgs(domain).string(device).u64(thresholdBytes).u32(0);
    await this.#caller.call('domainSetBlockThreshold', args, options);
  }
}
