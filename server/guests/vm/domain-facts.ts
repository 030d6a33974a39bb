// What stays the same while a domain runs, read once for each run: acceleration, processors, process.
import type { DomainRef, ReconnectingLibvirt } from 'node-libvirt';
import { type QemuProcess, readQemuProcess } from './qemu-process.ts';

export interface DomainFacts {
  readonly accelerated: boolean;
  readonly cpus: number;
  readonly process: QemuProcess | undefined;
}

export class DomainFactsCache {
  readonly #client: ReconnectingLibvirt;
  readonly #libvirtStateDir: string;
  readonly #known = new Map<string, Promise<DomainFacts>>();

  constructor(client: ReconnectingLibvirt, libvirtStateDir: string) {
    this.#client = client;
    this.#libvirtStateDir = libvirtStateDir;
  }

  /** Facts of a running domain; undefined when it has gone meanwhile. */
  async get(domain: DomainRef): Promise<DomainFacts | undefined> {
    const key = runKey(domain);
    let facts = this.#known.get(key);
    if (!facts) {
      facts = this.#read(domain);
      this.#known.set(key, facts);
    }
    try {
      return await facts;
    } catch {
      this.#known.delete(key);
      return undefined;
    }
  }

  /** Its processors were changed. */
  forget(domain: DomainRef): void {
    this.#known.delete(runKey(domain));
  }

  /** Drops what is known of domains that run no more. */
  keepOnly(running: readonly DomainRef[]): void {
    const keys = new Set(running.map(runKey));
    for (const key of this.#known.keys()) if (!keys.has(key)) this.#known.delete(key);
  }

  async #read(domain: DomainRef): Promise<DomainFacts> {
    const xml = await this.#client.domains.xml(domain);
    return { ...readDescription(xml), process: await readQemuProcess(this.#libvirtStateDir, domain.name) };
  }
}

/** Acceleration and processors from libvirt's own description of a domain. */
export function readDescription(xml: string): { accelerated: boolean; cpus: number } {
  const type = /^<domain\s[^>]*?\btype=(['"])(\w+)\1/.exec(xml.trimStart())?.[2];
  const vcpu = /<vcpu\b([^>]*)>(\d+)<\/vcpu>/.exec(xml);
  const current = /\bcurrent=(['"])(\d+)\1/.exec(vcpu?.[1] ?? '')?.[2];
  return { accelerated: type === 'kvm', cpus: Number(current ?? vcpu?.[2] ?? 1) };
}

/** libvirt numbers domains anew with each start, but begins again at 1 with each start of the host. */
function runKey(domain: DomainRef): string {
  return `${domain.uuid}/${domain.id}`;
}
