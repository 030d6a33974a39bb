// The named formats of single values in the API (`mac-addr`, `pve-volume-id`, ...): what each allows.
import { readList } from './params.ts';

const configId = /^[a-z][a-z0-9_-]+$/i;
const storageIdText = /^[a-z][a-z0-9._-]{0,98}[a-z0-9]$/i;
const volumeIdText = /^[a-z][a-z0-9._-]*[a-z0-9]:[^\s,].*$/i;
const label = '[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';

function listOf(check: (word: string) => string | undefined): (text: string) => string | undefined {
  return (text) => {
    for (const word of readList(text)) {
      const broken = check(word);
      if (broken !== undefined) return broken;
    }
    return undefined;
  };
}

function byPattern(pattern: RegExp, rule: string): (text: string) => string | undefined {
  return (text) => (pattern.test(text) ? undefined : rule);
}

/** Linux is built for no more. */
const mostCpus = 8192;

/** `0,2-5`: numbers of the host's processors, in the list form of cpuset(7); at most as many as Linux is built for. */
function brokenCpuSet(text: string): string | undefined {
  if (!/^\d{1,4}(-\d{1,4})?(,\d{1,4}(-\d{1,4})?)*$/.test(text)) return 'not a set of processors: write 0,2-5';
  let numbers = 0;
  for (const part of text.split(',')) {
    const [first = 0, last = first] = part.split('-').map(Number);
    if (last < first || last >= mostCpus) return `ranges go upwards, to ${mostCpus - 1} at most`;
    numbers += last - first + 1;
  }
  return numbers > mostCpus ? 'the same processors stand in it again and again' : undefined;
}

const hotplugWords = new Set(['network', 'disk', 'cpu', 'memory', 'usb', 'cloudinit', '0', '1']);

/** Each check gives the rule that the text breaks, or undefined. */
const formatChecks: Readonly<Record<string, (text: string) => string | undefined>> = {
  'pve-configid': byPattern(configId, 'not a valid name: letters, digits, - and _'),
  'pve-configid-list': listOf(byPattern(configId, 'not a list of valid names')),
  'pve-storage-id': byPattern(storageIdText, 'not a valid storage ID'),
  'pve-poolid': byPattern(/^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+){0,2}$/, 'not a valid pool ID'),
  'pve-volume-id': byPattern(volumeIdText, 'not a valid volume ID: write storage:name'),
  'pve-volume-id-or-qm-path': (text) =>
    text === 'none' || text === 'cdrom' || text.startsWith('/') || volumeIdText.test(text)
      ? undefined
      : 'not a volume: write storage:name, storage:GIBIBYTES, or none',
  'pve-volume-id-or-absolute-path': (text) =>
    text.startsWith('/') || volumeIdText.test(text)
      ? undefined
      : 'not a volume: write storage:name or an absolute path',
  'pve-cpuset': brokenCpuSet,
  'pve-bridge-id': byPattern(/^[a-zA-Z][a-zA-Z0-9_.-]{0,14}$/, 'not a valid bridge name'),
  'mac-addr': (text) => {
    if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text)) return 'not a MAC address';
    return Number.parseInt(text.slice(0, 2), 16) % 2 === 1
      ? 'is a multicast MAC address: a network card needs a unicast one'
      : undefined;
  },
  urlencoded: byPattern(/^([A-Za-z0-9_.~!*'()+-]|%[0-9a-fA-F]{2})*$/, 'not URL-encoded text'),
  'dns-name': (text) =>
    text.length <= 253 && new RegExp(`^${label}(\\.${label})*$`).test(text)
      ? undefined
      : 'not a valid DNS name: letters, digits, hyphens and dots',
  'pve-tag-list': listOf(
    byPattern(/^[a-z0-9_][a-z0-9_+.-]*$/i, 'not a valid tag: letters, digits, _ - + and .'),
  ),
  'pve-hotplug-features': (text) => {
    const words = readList(text);
    const alone = words.length === 1;
    for (const word of words) {
      if (!hotplugWords.has(word)) return `unknown hot-plug feature '${word}'`;
      if ((word === '0' || word === '1') && !alone) return `'${word}' must stand alone`;
    }
    return undefined;
  },
};

/** The rule of a named format that the text breaks, or undefined; formats without a rule here allow everything. */
export function brokenFormat(format: string, text: string): string | undefined {
  return formatChecks[format]?.(text);
}
