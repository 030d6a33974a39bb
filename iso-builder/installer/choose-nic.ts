// Which network card an installation uses when none was named.
import type { NetworkAnswers, NicFacts } from './types.ts';

/** The named card; else the first with a link, preferably one that has an address by now; else the first. */
export function chooseNic(network: NetworkAnswers, nics: readonly NicFacts[]): NicFacts | undefined {
  if (network.nic !== undefined) return nics.find(({ mac }) => mac === network.nic);
  const linked = nics.filter(({ link }) => link);
  return linked.find(({ addresses }) => addresses.length > 0) ?? linked[0] ?? nics[0];
}
