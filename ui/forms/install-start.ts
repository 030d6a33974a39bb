// What the install page proposes: the only disk, the card with a cable, the browser's own time zone and language. Pure.
import type { MachineFactsReply } from '../../server/contract/appliance.ts';
import type { InstallForm, NicItem } from './install.ts';
import { zoneToday } from './time-zones.ts';

export const installLanguages = ['en', 'it', 'el', 'ru', 'pt'] as const;

/** Console keymaps that are named alike everywhere (kbd's own and Debian's console-data), with their languages. */
const keymapLanguages = {
  'be-latin1': [],
  'br-abnt2': ['pt-br'],
  cf: ['fr-ca'],
  croat: ['hr'],
  'de-latin1': ['de'],
  'dk-latin1': ['da'],
  es: ['es'],
  et: ['et'],
  'fr-latin1': ['fr'],
  'fr_CH-latin1': ['fr-ch'],
  gr: ['el'],
  hu: ['hu'],
  'is-latin1': ['is'],
  it: ['it'],
  jp106: ['ja'],
  'la-latin1': ['es-mx', 'es-ar', 'es-cl', 'es-co'],
  lt: ['lt'],
  nl: ['nl'],
  'no-latin1': ['no', 'nb', 'nn'],
  pl: ['pl'],
  'pt-latin1': ['pt'],
  ro: ['ro'],
  ru: ['ru'],
  'sk-qwertz': ['sk'],
  slovene: ['sl'],
  uk: ['en-gb', 'en-ie'],
  us: ['en'],
} as const satisfies Record<string, readonly string[]>;

export type Keyboard = keyof typeof keymapLanguages;
const keyboards = Object.keys(keymapLanguages) as readonly Keyboard[];

/** What the browser says about its user. */
export interface BrowserFacts {
  readonly timeZone: string;
  /** `navigator.language`: `pt-BR`. */
  readonly language: string;
}

/** Keymaps to choose from: of the image's those with a name in words first; without its list, these alone. */
export function keyboardChoices(facts: Pick<MachineFactsReply, 'keymaps'>): readonly string[] {
  const { keymaps } = facts;
  if (keymaps === undefined) return keyboards;
  const named = keyboards.filter((one) => keymaps.includes(one));
  return [...named, ...keymaps.filter((one) => !(named as readonly string[]).includes(one))];
}

export function startForm(facts: MachineFactsReply, browser: BrowserFacts): InstallForm {
  const usable = facts.disks.filter((disk) => disk.problem === undefined);
  const only = usable.length === 1 ? usable[0] : undefined;
  const nic = firstNic(facts.nics);
  const language = browser.language.toLowerCase().split('-')[0] ?? 'en';
  const zones = [zoneToday(browser.timeZone), browser.timeZone];
  const ours = timeZones(facts, zones);
  return {
    disks: only ? [only.name] : [],
    // Keeping is the proposal that destroys less.
    keepGuests: only?.croft?.keepable === true,
    nic: nic?.mac ?? '',
    mode: 'dhcp',
    address: firstAddress(nic),
    gateway: '',
    dns: '',
    hostname: only?.croft?.hostname ?? 'croft',
    timezone: zones.find((zone) => ours.includes(zone)) ?? 'UTC',
    keyboard: keyboardFor(browser.language, keyboardChoices(facts)),
    language: installLanguages.find((one) => one === language) ?? 'en',
    password: '',
    passwordAgain: '',
    sshKeys: '',
    sshPasswordLogin: false,
  };
}

/** The first card with a link, preferably one that has an address by now; else the first: as the installer chooses. */
export function firstNic(nics: readonly NicItem[]): NicItem | undefined {
  const linked = nics.filter((nic) => nic.link);
  return linked.find((nic) => nic.addresses.length > 0) ?? linked[0] ?? nics[0];
}

/** The address that a card has now: a good start for a static one. Link-local ones are not. */
export function firstAddress(nic: NicItem | undefined): string {
  const fit = (nic?.addresses ?? []).filter((one) => one.includes('/') && !/^(fe80:|169\.254\.)/i.test(one));
  return fit.find((one) => !one.includes(':')) ?? fit[0] ?? '';
}

/** The keymap that most people of a browser's language use: of the language in its country, else of the language. */
export function keyboardFor(browserLanguage: string, choices: readonly string[] = keyboards): Keyboard {
  const [language = '', ...rest] = browserLanguage.toLowerCase().split('-');
  const country = rest.find((part) => part.length === 2);
  const of = (wanted: string) =>
    keyboards.find(
      (name) => choices.includes(name) && (keymapLanguages[name] as readonly string[]).includes(wanted),
    );
  return of(`${language}-${country}`) ?? of(language) ?? 'us';
}

/** The image's time zones; without its list those that can be offered otherwise. */
export function timeZones(
  facts: Pick<MachineFactsReply, 'timezones'>,
  otherwise: readonly string[],
): string[] {
  return [...new Set(facts.timezones ?? otherwise)].filter((zone) => zone !== '').sort();
}
