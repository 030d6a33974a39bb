// What the palette can find. Each area gives its entries from one function; a page that is added adds a line in `places`.
import type { GuestKind } from '../../server/contract/guest-actions.ts';
import type { ResourceItem } from '../../server/contract/resources.ts';
import type { PowerAction } from '../api/guests.ts';
import { logOut } from '../api/session.ts';
import { refusalText, type ShownAction, shownActionsOf, verbOf } from '../components/guest-words.ts';
import { type Key, locale, t } from '../i18n/index.ts';
import { type LanguageCode, languageCodes, languages, setLanguage } from '../i18n/languages.ts';
import { liveNodes } from '../live/appliances.ts';
import { kindWords } from '../search/properties.ts';
import type { Findable } from '../search/rank.ts';
import { quoteValue } from '../search/terms.ts';
import type { Verb } from '../search/verbs.ts';
import { setTheme, theme, themes } from '../theme/theme.ts';
import { setCreating } from './create-state.ts';
import { setDockOpen, setKeyMapOpen, setNoticesOpen } from './open-state.ts';
import { hrefOf, labelOf, nodeTabs } from './tree-model.ts';

export interface PaletteEntry extends Findable {
  /** Remembered among those used last; the same every time. */
  readonly id: string;
  readonly kind: 'guest' | 'node' | 'storage' | 'pool' | 'page' | 'setting' | 'action';
  /** What it is, beside its title. */
  readonly hint: string;
  /** What it is about; its state is shown live. */
  readonly item?: ResourceItem;
  /** Why it cannot be done now. */
  readonly reason?: string | undefined;
  /** What choosing it does: it leads somewhere, asks the palette for something else, does something, or wishes it of a guest. */
  readonly does:
    | { readonly href: string }
    | { readonly ask: string }
    | { readonly run: () => void }
    | { readonly wish: PowerAction; readonly of: ResourceItem };
}

/** Of two that fit equally well, the smaller one comes first. */
const order = { guest: 0, node: 1, storage: 2, pool: 3, page: 4, action: 5, setting: 6 } as const;

function entry(kind: PaletteEntry['kind'], rest: Omit<PaletteEntry, 'kind' | 'order'>): PaletteEntry {
  return { kind, order: order[kind], ...rest };
}

export function resourceEntries(resources: readonly ResourceItem[]): PaletteEntry[] {
  return resources.map((item) => {
    const { id, node, vmid, tags = '', pool = '' } = item;
    const more = { id, title: labelOf(item), item, does: { href: hrefOf(item) } };
    if (item.type === 'node') return entry('node', { ...more, hint: t('palette.kind.node') });
    if (item.type === 'storage')
      return entry('storage', { ...more, words: node, hint: t('palette.kind.storage', { node }) });
    const hint = t(item.template === 1 ? 'palette.kind.template' : 'palette.kind.guest', { node });
    // No state among the words: it changes while the palette is open.
    const words = [tags, pool, node, ...(kindWords[item.type] ?? [])].join(' ');
    return entry('guest', { ...more, number: vmid, words, hint });
  });
}

export function poolEntries(pools: readonly string[]): PaletteEntry[] {
  return pools.map((pool) =>
    entry('pool', {
      id: `pool:${pool}`,
      title: pool,
      hint: t('palette.kind.pool'),
      does: { ask: `pool:${quoteValue(pool)} ` },
    }),
  );
}

interface Place {
  readonly href: string;
  readonly title: Key;
  readonly kind: 'page' | 'setting';
  /** Other words by which it is found, in English; those of the title are in the language in use. */
  readonly words?: string;
}

/** The pages that are always there. */
const places: readonly Place[] = [
  { href: '/', title: 'tree.datacenter', kind: 'page', words: 'home overview summary' },
  { href: '/guests', title: 'tab.guests', kind: 'page', words: 'list virtual machines containers' },
  { href: '/storages', title: 'storages.title', kind: 'page', words: 'add nfs cifs iscsi lvm directory' },
  { href: '/backup', title: 'tab.backup', kind: 'page', words: 'backups jobs schedule vzdump calendar' },
  {
    href: '/notifications',
    title: 'tab.notifications',
    kind: 'page',
    words: 'mail smtp webhook gotify ntfy alerts matcher target',
  },
  { href: '/sizes', title: 'tab.sizes', kind: 'page', words: 'instance types flavours guests' },
  { href: '/account', title: 'user.account', kind: 'page', words: 'profile password tokens second factor' },
  { href: '/access', title: 'access.tab.users', kind: 'page', words: 'access accounts people' },
  { href: '/access/groups', title: 'access.tab.groups', kind: 'page', words: 'access' },
  { href: '/access/tokens', title: 'access.tab.tokens', kind: 'page', words: 'access keys' },
  { href: '/access/roles', title: 'access.tab.roles', kind: 'page', words: 'access privileges' },
  { href: '/access/permissions', title: 'access.tab.permissions', kind: 'page', words: 'access rights acl' },
  { href: '/access/pools', title: 'access.tab.pools', kind: 'page', words: 'access' },
  { href: '/access/realms', title: 'access.tab.realms', kind: 'page', words: 'access domains login' },
];

/** Without asking what the cluster has. */
export function placeEntries(): PaletteEntry[] {
  const hints = { page: t('palette.kind.page'), setting: t('palette.kind.setting') };
  const always = places.map(({ href, title, kind, words = '' }) =>
    entry(kind, { id: `page:${href}`, title: t(title), words, hint: hints[kind], does: { href } }),
  );
  if (liveNodes().length === 0) return always;
  const install = { id: 'page:/install', title: t('liveSystem.install'), does: { href: '/install' } };
  return [...always, entry('page', { ...install, hint: hints.page })];
}

export function nodePageEntries(nodes: readonly string[]): PaletteEntry[] {
  return nodes.flatMap((node) =>
    nodeTabs.map((tab) => {
      const href = `/nodes/${encodeURIComponent(node)}/${tab}`;
      const title = t('palette.onNode', { node, tab: t(`tab.${tab}`) });
      return entry('page', { id: `page:${href}`, title, hint: t('palette.kind.page'), does: { href } });
    }),
  );
}

/** What is in use already is not offered. */
export function settingEntries(): PaletteEntry[] {
  const hint = t('palette.kind.setting');
  const ofThemes = themes
    .filter((one) => one !== theme())
    .map((one) => {
      const title = t('theme.label', { theme: t(`theme.${one}`) });
      return entry('setting', { id: `theme:${one}`, title, hint, does: { run: () => setTheme(one) } });
    });
  const codes: readonly LanguageCode[] = languageCodes;
  const ofLanguages = codes
    .filter((code): boolean => code !== locale())
    .map((code) => {
      const title = t('palette.language', { language: languages[code].name });
      const run = () => void setLanguage(code);
      return entry('setting', { id: `language:${code}`, title, hint, words: code, does: { run } });
    });
  return [...ofThemes, ...ofLanguages];
}

export function actionEntries(): PaletteEntry[] {
  const list: readonly (readonly [id: string, title: Key, words: string, run: () => void])[] = [
    ['create-vm', 'create.open', 'new virtual machine', () => setCreating({ kind: 'qemu', node: '' })],
    ['create-ct', 'ct.openCreate', 'new lxc', () => setCreating({ kind: 'lxc', node: '' })],
    ['keys', 'user.keys', 'help hotkeys', () => setKeyMapOpen(true)],
    ['tasks', 'dock.tasks', 'log running failed', () => setDockOpen(true)],
    ['notices', 'notices.label', 'notifications attention warnings', () => setNoticesOpen(true)],
    ['log-out', 'user.logOut', 'exit sign leave', logOut],
  ];
  const hint = t('palette.kind.action');
  return list.map(([id, title, words, run]) =>
    entry('action', { id: `action:${id}`, title: t(title), words, hint, does: { run } }),
  );
}

/** To delete a guest asks for its name on its page. */
export type GuestWish = Exclude<ShownAction, 'delete'>;
const wishes = shownActionsOf('qemu').filter((action): action is GuestWish => action !== 'delete');

/** In the language in use, and as the API has them. */
export function guestVerbs(): Verb<GuestWish>[] {
  return wishes.map((action) => ({
    action,
    names: [verbOf('qemu', action), verbOf('lxc', action), action],
  }));
}

/** What somebody wishes to do with a guest; undefined for what its kind cannot do at all. */
export function wishEntry(action: GuestWish, item: ResourceItem): PaletteEntry | undefined {
  const kind: GuestKind = item.type === 'lxc' ? 'lxc' : 'qemu';
  if (!shownActionsOf(kind).includes(action)) return undefined;
  const verb = verbOf(kind, action);
  const guest = labelOf(item);
  return entry('action', {
    id: `${action}:${item.id}`,
    title: t('palette.onGuest', { verb, guest }),
    number: item.vmid,
    hint: t('palette.kind.guest', { node: item.node }),
    item,
    reason: refusalText(item, action),
    does: action === 'console' ? { href: `${hrefOf(item)}/console` } : { wish: action, of: item },
  });
}
