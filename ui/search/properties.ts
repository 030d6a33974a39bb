// What a filter can ask a resource for: the keys, their values, and how the two are compared. Pure.

import type { ResourceItem } from '../../server/contract/resources.ts';
import { shownState } from '../live/guest-state.ts';
import { fold } from './fold.ts';
import { readBytes, readCount, readSeconds, readShare } from './quantities.ts';
import type { Operator, TermValue } from './terms.ts';

/** Why a part of a filter cannot be read; stable words that the UI translates. */
export type FilterReason =
  | 'unknown-key'
  | 'no-value'
  | 'nothing-negated'
  | 'open-quote'
  | 'unknown-value'
  | 'not-comparable'
  | 'not-a-size'
  | 'not-a-count'
  | 'not-a-duration';

export type Test = (item: ResourceItem) => boolean;
/** Reads an operator and a value into a test, or says why not. `!=` never arrives here. */
type Property = (operator: Operator, value: TermValue) => Test | FilterReason;

/** Words for a kind as a whole: part of one finds nothing, or `con` would find every container. */
export const kindWords: Readonly<Record<string, readonly string[]>> = {
  qemu: ['vm', 'vms', 'qemu'],
  lxc: ['ct', 'cts', 'lxc', 'container', 'containers'],
};

/** One of the texts is the value, or fits it where it has stars. */
function text(of: (item: ResourceItem) => readonly (string | undefined)[], inside = false): Property {
  return (operator, value) => {
    if (operator !== ':') return 'not-comparable';
    const wanted = fold(value.text);
    const fits =
      wanted.includes('*') && !value.quoted
        ? wildcard(wanted)
        : inside
          ? (text: string) => text.includes(wanted)
          : (text: string) => text === wanted;
    return (item) => of(item).some((text) => text !== undefined && fits(fold(text)));
  };
}

/** A text with stars, each for any run of characters. By searching on from piece to piece: its time is bounded. */
function wildcard(pattern: string): (text: string) => boolean {
  const pieces = pattern.split('*');
  const first = pieces.shift() ?? '';
  const last = pieces.pop() ?? '';
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last))
      return false;
    let at = first.length;
    const end = text.length - last.length;
    for (const piece of pieces) {
      const found = text.indexOf(piece, at);
      if (found < 0 || found + piece.length > end) return false;
      at = found + piece.length;
    }
    return true;
  };
}

/** One of some words; the beginning of a word will do, so that a filter helps while it is written. */
function choice(words: Readonly<Record<string, Test>>): Property {
  return (operator, value) => {
    if (operator !== ':') return 'not-comparable';
    const wanted = fold(value.text);
    if (Object.hasOwn(words, wanted)) return words[wanted]!;
    const tests = Object.keys(words)
      .filter((word) => word.startsWith(wanted))
      .map((word) => words[word]!);
    return tests.length === 0 ? 'unknown-value' : (item) => tests.some((test) => test(item));
  };
}

type Figure = (item: ResourceItem) => number | undefined;

function compare(operator: Operator, of: Figure, wanted: number): Test {
  return (item) => {
    const is = of(item);
    if (is === undefined) return false;
    switch (operator) {
      case '>':
        return is > wanted;
      case '>=':
        return is >= wanted;
      case '<':
        return is < wanted;
      case '<=':
        return is <= wanted;
      default:
        return is === wanted;
    }
  };
}

interface Unit {
  readonly read: (text: string) => number | undefined;
  readonly of: Figure;
}

/** The first unit in which the value can be read decides what is compared. */
function amount(units: readonly Unit[], otherwise: FilterReason): Property {
  return (operator, value) => {
    for (const { read, of } of units) {
      const wanted = read(value.text);
      if (wanted !== undefined) return compare(operator, of, wanted);
    }
    return otherwise;
  };
}

/** What stands still uses nothing, which is not the same as little. */
const whileOn = (figure: Figure): Figure => {
  return (item) => (item.status === 'stopped' || item.status === 'offline' ? undefined : figure(item));
};

/** In whole percents, as it is shown. */
const inUse = (used: Figure, of: Figure = () => 1): Unit => ({
  read: readShare,
  of: whileOn((item) => {
    const [part, whole] = [used(item), of(item)];
    return part === undefined || !whole ? undefined : Math.round((part / whole) * 100) / 100;
  }),
});

const isStatus = (status: string): Test => {
  return (item) => shownState(item) === status;
};
const isType = (...types: readonly string[]): Test => {
  return (item) => types.includes(item.type);
};
const statuses = [
  ...['running', 'paused', 'suspended', 'stopped', 'starting', 'stopping', 'hibernated'],
  ...['online', 'offline', 'available', 'unknown'],
];

const status = choice({
  ...Object.fromEntries(statuses.map((name) => [name, isStatus(name)])),
  frozen: (item) => item.type === 'lxc' && item.status === 'paused',
  asleep: isStatus('suspended'),
});
const isVm = isType('qemu');
const isCt = isType('lxc');
const type = choice({
  ...{ vm: isVm, vms: isVm, qemu: isVm },
  ...{ ct: isCt, cts: isCt, lxc: isCt, containers: isCt },
  guests: isType('qemu', 'lxc'),
  nodes: isType('node'),
  storages: isType('storage'),
  templates: (item) => item.template === 1,
});

// An amount asks for the size, a share for what of it is in use: `mem>4G`, `mem>80%`.
const properties: ReadonlyMap<string, Property> = new Map([
  ['name', text((item) => [item.type === 'storage' ? item.storage : (item.name ?? item.node)], true)],
  ['id', amount([{ read: readCount, of: (item) => item.vmid }], 'not-a-count')],
  ['status', status],
  ['type', type],
  ['tag', text((item) => tagsOf(item))],
  ['node', text((item) => [item.node])],
  ['pool', text((item) => [item.pool])],
  ['ip', text((item) => item.addresses ?? [])],
  ['os', text((item) => [item.os], true)],
  ['storage', text((item) => [item.storage])],
  ['content', text((item) => (item.content ?? '').split(','))],
  ['lock', text((item) => [item.lock])],
  [
    'backup',
    choice({
      late: (item) => item.backupAlert === 'late',
      none: (item) => item.backupAlert === 'none',
      missing: (item) => item.backupAlert !== undefined,
      'restore-failed': (item) => item.proofAlert !== undefined,
    }),
  ],
  [
    'is',
    choice({
      template: (item) => item.template === 1,
      locked: (item) => Boolean(item.lock),
      shared: (item) => item.shared === 1,
      broken: (item) => item.problem !== undefined || item.status === 'offline',
    }),
  ],
  ['cpu', amount([inUse((item) => item.cpu), { read: readCount, of: (item) => item.maxcpu }], 'not-a-count')],
  [
    'mem',
    amount(
      [
        inUse(
          (i) => i.mem,
          (i) => i.maxmem,
        ),
        { read: readBytes, of: (item) => item.maxmem },
      ],
      'not-a-size',
    ),
  ],
  [
    'disk',
    amount(
      [
        inUse(
          (i) => i.disk,
          (i) => i.maxdisk,
        ),
        { read: readBytes, of: (item) => item.maxdisk },
      ],
      'not-a-size',
    ),
  ],
  ['uptime', amount([{ read: readSeconds, of: whileOn((item) => item.uptime) }], 'not-a-duration')],
]);

const otherNames: ReadonlyMap<string, string> = new Map([
  ['vmid', 'id'],
  ['state', 'status'],
  ['kind', 'type'],
  ['tags', 'tag'],
  ['memory', 'mem'],
]);

/** The keys, as they are told to people. */
export const filterKeys: readonly string[] = [...properties.keys()];

export function propertyOf(key: string): Property | undefined {
  return properties.get(otherNames.get(key) ?? key);
}

/** The tags of a resource, in the order in which they are kept. */
export function tagsOf(item: Pick<ResourceItem, 'tags'>): string[] {
  return (item.tags ?? '').split(/[;,\s]+/).filter(Boolean);
}
