// Reads what `nft -j list` prints: base chains, and the comments of a table's rules. Pure.
import { AppError } from '../../server/core/errors.ts';

/** A chain; hook and policy are undefined for chains that are only jumped to. */
export interface NftChain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly hook: string | undefined;
  readonly policy: string | undefined;
}

type Entry = Readonly<Record<string, unknown>>;

/** The chains in the output of `nft -j list chains` (or of any list). Throws `command-failed` when it is not that. */
export function readChains(output: string): NftChain[] {
  return readEntries(output, 'chain').map((chain) => ({
    family: String(chain['family']),
    table: String(chain['table']),
    name: String(chain['name']),
    hook: typeof chain['hook'] === 'string' ? chain['hook'] : undefined,
    policy: typeof chain['policy'] === 'string' ? chain['policy'] : undefined,
  }));
}

/** `chain: comment` of every rule in the output of `nft -j list table ...`, in order; an empty comment for none. */
export function readRuleComments(output: string): string[] {
  return readEntries(output, 'rule').map(
    (rule) => `${String(rule['chain'])}: ${String(rule['comment'] ?? '')}`,
  );
}

function readEntries(output: string, kind: string): Entry[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(output);
  } catch (cause) {
    throw new AppError('command-failed', 'read the answer of nft: not JSON', {
      detail: output.slice(0, 2000),
      cause,
    });
  }
  const list = (parsed as { nftables?: unknown }).nftables;
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: unknown) => {
    const entry = (item as Entry)[kind];
    return typeof entry === 'object' && entry !== null ? [entry as Entry] : [];
  });
}
