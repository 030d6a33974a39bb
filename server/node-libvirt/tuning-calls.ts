// Calls that change what a running domain gets of the host: processor time, processors to run on, speed of disks.
import type { Caller, CallOptions } from './caller.ts';
import { type DomainRef, domainArgs, type TypedParameter, writeParameters } from './domain-codec.ts';

/** Flags are a sum of `ModifyFlag`. Fields are libvirt's own names, see virDomainSetSchedulerParameters and virDomainSetBlockIoTune. */
export class TuningCalls {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** `cpu_shares` (u64), `global_period` (u64, microseconds), `global_quota` (i64, microseconds, -1 for none). */
  async setScheduler(
    domain: DomainRef,
    parameters: readonly TypedParameter[],
    flags = 0,
    options?: CallOptions,
  ): Promise<void> {
    const args = writeParameters(domainArgs(domain), parameters).u32(flags);
    await this.#caller.call('domainSetSchedulerParametersFlags', args, options);
  }

  /** `disk` is the target (`sda`). Fields that are left out stay as they are. */
  async setBlockIoTune(
    domain: DomainRef,
    disk: string,
    parameters: readonly TypedParameter[],
    flags = 0,
    options?: CallOptions,
  ): Promise<void> {
    const args = writeParameters(domainArgs(domain).string(disk), parameters).u32(flags);
    await this.#caller.call('domainSetBlockIoTune', args, options);
  }

  /** The host's processors, from 0, that one of the domain's may run on. */
  async pinVcpu(
    domain: DomainRef,
    vcpu: number,
    cpus: readonly number[],
    flags = 0,
    options?: CallOptions,
  ): Promise<void> {
    const args = domainArgs(domain).u32(vcpu).opaque(cpuMap(cpus)).u32(flags);
    await this.#caller.call('domainPinVcpuFlags', args, options);
  }

  /** Those of all of the domain's threads that are neither processors nor I/O threads. */
  async pinEmulator(
    domain: DomainRef,
    cpus: readonly number[],
    flags = 0,
    options?: CallOptions,
  ): Promise<void> {
    await this.#caller.call('domainPinEmulator', domainArgs(domain).opaque(cpuMap(cpus)).u32(flags), options);
  }

  /** `thread` counts from 1. */
  async pinIoThread(
    domain: DomainRef,
    thread: number,
    cpus: readonly number[],
    flags = 0,
    options?: CallOptions,
  ): Promise<void> {
    const args = domainArgs(domain).u32(thread).opaque(cpuMap(cpus)).u32(flags);
    await this.#caller.call('domainPinIothread', args, options);
  }
}

/** One bit for each processor, the lowest bit of the first byte is processor 0 (virDomainPinVcpu). */
function cpuMap(cpus: readonly number[]): Buffer {
  const map = Buffer.alloc(Math.floor(Math.max(0, ...cpus) / 8) + 1);
  for (const cpu of cpus) map[cpu >> 3] = (map[cpu >> 3] ?? 0) | (1 << (cpu & 7));
  return map;
}
