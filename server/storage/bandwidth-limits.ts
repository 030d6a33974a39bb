// How fast copies may go: limits of the datacenter, of storages and of requests, as the API's option `bwlimit` has them. Pure.
import { type AppError, invalidInput } from '../core/errors.ts';

/** What copies are made for; `default` is for all that is not named. */
const operations = ['clone', 'default', 'migration', 'move', 'restore'] as const;
export type Operation = Exclude<(typeof operations)[number], 'default'>;

/** KiB per second; 0: no limit. */
export type BandwidthLimits = Readonly<Partial<Record<(typeof operations)[number], number>>>;

/** Above it nothing is limited, and numbers stay exact in bytes. */
const mostKib = 2 ** 40;

/** Reads `clone=100,default=2000`; `invalid-input` about `bwlimit`, naming what is wrong. */
export function readBandwidthLimits(text: string): BandwidthLimits {
  const limits: Partial<Record<(typeof operations)[number], number>> = {};
  for (const part of text.split(',').filter((each) => each.trim() !== '')) {
    const [name = '', value = '', ...rest] = part.trim().split('=');
    const operation = operations.find((one) => one === name);
    if (operation === undefined || rest.length > 0)
      throw bad(`write ${operations.join('=, ')}= with numbers`);
    if (limits[operation] !== undefined) throw bad(`'${operation}' is given twice`);
    const kib = /^\d{1,13}(\.\d{1,3})?$/.test(value) ? Number(value) : Number.NaN;
    if (!(kib <= mostKib)) throw bad(`'${operation}': write a number of KiB per second, 0 for no limit`);
    limits[operation] = kib;
  }
  return limits;
}

function bad(rule: string): AppError {
  return invalidInput({ bwlimit: rule });
}

/** What was stored, perhaps by an older version: what cannot be read limits nothing. */
function storedLimits(value: unknown): BandwidthLimits {
  try {
    return readBandwidthLimits(String(value ?? ''));
  } catch {
    return {};
  }
}

function limitOf(limits: BandwidthLimits, operation: Operation): number | undefined {
  return limits[operation] ?? limits.default;
}

/**
 * The limit of an operation between storages, in KiB per second; 0: none. A storage's own limit counts for it instead of the
 * datacenter's; of several storages the slowest decides. `stored`: the options `bwlimit`.
 */
export function configuredLimitKib(
  operation: Operation,
  stored: { readonly datacenter: unknown; readonly storages: readonly unknown[] },
): number {
  const datacenter = limitOf(storedLimits(stored.datacenter), operation) ?? 0;
  const limits = stored.storages.map((one) => limitOf(storedLimits(one), operation) ?? datacenter);
  return slowest(limits);
}

function slowest(limits: readonly number[]): number {
  const real = limits.filter((kib) => kib > 0);
  return real.length === 0 ? 0 : Math.min(...real);
}

/** What holds for a request. Who administers all the storages may go faster than is configured; everybody may go slower. */
export function requestedLimitKib(configured: number, wish: number | undefined, mayExceed: boolean): number {
  if (wish === undefined) return configured;
  return mayExceed ? wish : slowest([wish, configured]);
}

/** For the contract's copies; undefined: no limit. */
export function bytesPerSecond(limitKib: number): number | undefined {
  return limitKib > 0 ? Math.max(1, Math.round(limitKib * 1024)) : undefined;
}
