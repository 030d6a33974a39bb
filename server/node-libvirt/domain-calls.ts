// Calls that find domains and rule their life.
import type { Caller, CallOptions } from './caller.ts';
import { type DomainRef, domainArgs, readDomain, uuidBytes } from './domain-codec.ts';
import type { LibvirtStream } from './stream.ts';
import { XdrEncoder } from './xdr-encoder.ts';

export interface DomainInfo {
  /** A number of `DomainState`. */
  readonly state: number;
  readonly maxMemoryKib: number;
  readonly memoryKib: number;
  readonly cpus: number;
  readonly cpuTimeNs: number;
}

/** `flags` are always a sum of the numbers in `constants.ts` named in the description; 0 is libvirt's default. */
export class DomainCalls {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** Every domain that fits `flags` (`ListFlag`). */
  async list(flags = 0, options?: CallOptions): Promise<DomainRef[]> {
    const args = new XdrEncoder().i32(1).u32(flags);
    return (await this.#caller.call('connectListAllDomains', args, options)).array(readDomain);
  }

  /** Rejects with `ErrorNumber.noDomain` when there is none. */
  async lookupByName(name: string, options?: CallOptions): Promise<DomainRef> {
    return readDomain(await this.#caller.call('domainLookupByName', new XdrEncoder().string(name), options));
  }

  /** Rejects with `ErrorNumber.noDomain` when there is none. */
  async lookupByUuid(uuid: string, options?: CallOptions): Promise<DomainRef> {
    const args = new XdrEncoder().fixedOpaque(uuidBytes(uuid));
    return readDomain(await this.#caller.call('domainLookupByUuid', args, options));
  }

  /** Starts a transient domain: it vanishes when it stops. `CreateFlag`. */
  async createXml(xml: string, flags = 0, options?: CallOptions): Promise<DomainRef> {
    const args = new XdrEncoder().string(xml).u32(flags);
    return readDomain(await this.#caller.call('domainCreateXml', args, options));
  }

  /** Defines a persistent domain, or changes its definition. */
  async defineXml(xml: string, flags = 0, options?: CallOptions): Promise<DomainRef> {
    const args = new XdrEncoder().string(xml).u32(flags);
    return readDomain(await this.#caller.call('domainDefineXmlFlags', args, options));
  }

  /** Starts a defined domain. `CreateFlag`. */
  async create(domain: DomainRef, flags = 0, options?: CallOptions): Promise<DomainRef> {
    return readDomain(
      await this.#caller.call('domainCreateWithFlags', domainArgs(domain).u32(flags), options),
    );
  }

  /** `UndefineFlag`. */
  async undefine(domain: DomainRef, flags = 0, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainUndefineFlags', domainArgs(domain).u32(flags), options);
  }

  /**
   * Starts the domain that a file of libvirt's own form holds (`virsh save` writes such), with its memory; transient unless it is
   * defined. libvirtd opens `path` itself. `RestoreFlag`.
   */
  async restore(path: string, flags = 0, options?: CallOptions): Promise<void> {
    const args = new XdrEncoder().string(path).optionalString(undefined).u32(flags);
    await this.#caller.call('domainRestoreFlags', args, options);
  }

  /** Ends it at once. `DestroyFlag`. */
  async destroy(domain: DomainRef, flags = 0, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainDestroyFlags', domainArgs(domain).u32(flags), options);
  }

  /** Asks it to shut down; resolves when it was asked. `ShutdownFlag`. */
  async shutdown(domain: DomainRef, flags = 0, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainShutdownFlags', domainArgs(domain).u32(flags), options);
  }

  /** Asks it to reboot. `ShutdownFlag`. */
  async reboot(domain: DomainRef, flags = 0, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainReboot', domainArgs(domain).u32(flags), options);
  }

  /** The reset button. */
  async reset(domain: DomainRef, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainReset', domainArgs(domain).u32(0), options);
  }

  async suspend(domain: DomainRef, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainSuspend', domainArgs(domain), options);
  }

  async resume(domain: DomainRef, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainResume', domainArgs(domain), options);
  }

  /** Wakes a domain that sleeps by its own ACPI. */
  async wakeUp(domain: DomainRef, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainPmWakeup', domainArgs(domain).u32(0), options);
  }

  /** `XmlFlag`. */
  async xml(domain: DomainRef, flags = 0, options?: CallOptions): Promise<string> {
    return (await this.#caller.call('domainGetXmlDesc', domainArgs(domain).u32(flags), options)).string();
  }

  /** `DomainState`, and the reason, whose meaning depends on the state. */
  async state(domain: DomainRef, options?: CallOptions): Promise<{ state: number; reason: number }> {
    const reply = await this.#caller.call('domainGetState', domainArgs(domain).u32(0), options);
    return { state: reply.i32(), reason: reply.i32() };
  }

  async info(domain: DomainRef, options?: CallOptions): Promise<DomainInfo> {
    const reply = await this.#caller.call('domainGetInfo', domainArgs(domain), options);
    return {
      state: reply.u32(),
      maxMemoryKib: Number(reply.u64()),
      memoryKib: Number(reply.u64()),
      cpus: reply.u32(),
      cpuTimeNs: Number(reply.u64()),
    };
  }

  /** Presses keys together for `holdMs`, at most `maxKeys`. `KeycodeSet` says in which numbering. */
  async sendKey(
    domain: DomainRef,
    codeset: number,
    holdMs: number,
    keys: readonly number[],
    options?: CallOptions,
  ): Promise<void> {
    const args = domainArgs(domain).u32(codeset).u32(holdMs);
    args.array(keys, (encoder, key) => encoder.u32(key)).u32(0);
    await this.#caller.call('domainSendKey', args, options);
  }

  async injectNmi(domain: DomainRef, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainInjectNmi', domainArgs(domain).u32(0), options);
  }

  /** Picture of a screen as a stream of the given type (QEMU: image/x-portable-pixmap, or image/png). */
  async screenshot(
    domain: DomainRef,
    screen = 0,
    options?: CallOptions,
  ): Promise<{ mimeType: string; stream: LibvirtStream }> {
    const args = domainArgs(domain).u32(screen).u32(0);
    const { reply, stream } = await this.#caller.callWithStream('domainScreenshot', args, options);
    return { mimeType: reply.optionalString() ?? 'application/octet-stream', stream };
  }

  /** A console of type pty, by device alias; without one, the first. Flags: 1 takes it from another client. */
  async openConsole(
    domain: DomainRef,
    device?: string,
    flags = 0,
    options?: CallOptions,
  ): Promise<LibvirtStream> {
    const args = domainArgs(domain).optionalString(device).u32(flags);
    return (await this.#caller.callWithStream('domainOpenConsole', args, options)).stream;
  }
}
