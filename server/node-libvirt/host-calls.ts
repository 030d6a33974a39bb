// Calls about the host and its libvirt.
import type { Caller } from './caller.ts';
import { XdrEncoder } from './xdr-encoder.ts';

export interface NodeInfo {
  readonly cpuModel: string;
  readonly memoryKib: number;
  readonly cpus: number;
  readonly mhz: number;
  readonly numaNodes: number;
  readonly socketsPerNode: number;
  readonly coresPerSocket: number;
  readonly threadsPerCore: number;
}

export interface DomainCapabilitiesQuery {
  emulator?: string;
  arch?: string;
  machine?: string;
  /** `kvm` or `qemu`. */
  virtType?: string;
}

export class HostCalls {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** Version of libvirt, `9.0.0`. */
  async libvirtVersion(): Promise<string> {
    return versionText((await this.#caller.call('connectGetLibVersion')).u64());
  }

  /** Version of the hypervisor (QEMU), `7.2.18`. */
  async hypervisorVersion(): Promise<string> {
    return versionText((await this.#caller.call('connectGetVersion')).u64());
  }

  /** The command line by which QEMU would be started for this domain XML; nothing is started. */
  async nativeCommand(domainXml: string): Promise<string> {
    const args = new XdrEncoder().string('qemu-argv').string(domainXml).u32(0);
    return (await this.#caller.call('connectDomainXmlToNative', args)).string();
  }

  async hostname(): Promise<string> {
    return (await this.#caller.call('connectGetHostname')).string();
  }

  async nodeInfo(): Promise<NodeInfo> {
    const reply = await this.#caller.call('nodeGetInfo');
    // `char model[32]`: XDR sends each character as a word of its own.
    const model = Buffer.from(Array.from({ length: 32 }, () => reply.i32() & 0xff));
    const end = model.indexOf(0);
    return {
      cpuModel: model.toString('latin1', 0, end < 0 ? model.length : end),
      memoryKib: Number(reply.u64()),
      cpus: reply.i32(),
      mhz: reply.i32(),
      numaNodes: reply.i32(),
      socketsPerNode: reply.i32(),
      coresPerSocket: reply.i32(),
      threadsPerCore: reply.i32(),
    };
  }

  /** XML that describes the host. */
  async capabilities(): Promise<string> {
    return (await this.#caller.call('connectGetCapabilities')).string();
  }

  /** XML that describes what a domain on this host may have; what the query leaves out, libvirt chooses. */
  async domainCapabilities(query: DomainCapabilitiesQuery = {}): Promise<string> {
    const args = new XdrEncoder()
      .optionalString(query.emulator)
      .optionalString(query.arch)
      .optionalString(query.machine)
      .optionalString(query.virtType)
      .u32(0);
    return (await this.#caller.call('connectGetDomainCapabilities', args)).string();
  }
}

/** libvirt counts major * 1,000,000 + minor * 1,000 + release. */
function versionText(version: bigint): string {
  const n = Number(version);
  return `${Math.floor(n / 1_000_000)}.${Math.floor(n / 1000) % 1000}.${n % 1000}`;
}
