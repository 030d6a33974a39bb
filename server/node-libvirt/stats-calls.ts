// The one call that reads the statistics of all domains.
import type { Caller, CallOptions } from './caller.ts';
import {
  type DomainRef,
  type ParameterValue,
  readDomain,
  readParameters,
  writeDomain,
} from './domain-codec.ts';
import { XdrEncoder } from './xdr-encoder.ts';

export interface DomainStats {
  readonly domain: DomainRef;
  /** By libvirt's field names: `state.state`, `cpu.time`, `block.0.rd.bytes`. */
  readonly values: ReadonlyMap<string, ParameterValue>;
}

export class StatsCalls {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /**
   * Statistics of the given groups (`StatsGroup`, 0 is all of them) for all domains, or for those given. `StatsFlag`;
   * with `noWait`, fields that only a busy domain could give are left out instead of waited for.
   */
  async all(
    groups: number,
    flags = 0,
    domains: readonly DomainRef[] = [],
    options?: CallOptions,
  ): Promise<DomainStats[]> {
    const args = new XdrEncoder().array(domains, writeDomain).u32(groups).u32(flags);
    const reply = await this.#caller.call('connectGetAllDomainStats', args, options);
    return reply.array((d) => ({ domain: readDomain(d), values: readParameters(d) }));
  }
}
