// The languages, which one is wanted, and the loading of their words: of what is seen first at once, of the pages with the first of them.
import { locale, setWords, words } from './index.ts';

type Loader = () => Promise<{ readonly words: Readonly<Record<string, string>> }>;

interface Language {
  /** In itself: who cannot read the others finds it. */
  readonly name: string;
  readonly first: Loader;
  readonly pages: Loader;
}

// In this order in the menu.
export const languages = {
  en: { name: 'English', first: () => import('./en/first.ts'), pages: () => import('./en/pages.ts') },
  it: { name: 'Italiano', first: () => import('./it/first.ts'), pages: () => import('./it/pages.ts') },
  el: { name: 'Ελληνικά', first: () => import('./el/first.ts'), pages: () => import('./el/pages.ts') },
  ru: { name: 'Русский', first: () => import('./ru/first.ts'), pages: () => import('./ru/pages.ts') },
  pt: { name: 'Português', first: () => import('./pt/first.ts'), pages: () => import('./pt/pages.ts') },
} as const satisfies Readonly<Record<string, Language>>;

export type LanguageCode = keyof typeof languages;
export const languageCodes = Object.keys(languages) as LanguageCode[];
const storageKey = 'croft.language';
let pagesLoading: Promise<void> | undefined;

/** What was chosen here; else the first of the browser's that we speak; else English. */
export function wantedLanguage(chosen: string | null, browser: readonly string[]): LanguageCode {
  const wishes = [chosen ?? '', ...browser].map((wish) => wish.toLowerCase().split('-')[0]);
  return wishes.flatMap((wish) => languageCodes.filter((code) => code === wish))[0] ?? 'en';
}

function stored(): string | null {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null;
  }
}

/** Before anything is drawn. The words of pages come when the first of them is opened, or when there is nothing else to do. */
export async function startLanguage(): Promise<void> {
  const code = wantedLanguage(stored(), navigator.languages);
  setWords(code, (await languages[code].first()).words);
}

/** Pages and dialogs wait for it before they are drawn. */
export function pageWords(): Promise<void> {
  const code = locale();
  pagesLoading ??= languages[code].pages().then(
    (pages) => {
      if (locale() === code) setWords(code, { ...words(), ...pages.words });
    },
    (thrown) => {
      pagesLoading = undefined;
      throw thrown;
    },
  );
  return pagesLoading;
}

/** Changes all texts in place, once all words are there, and remembers it in this browser. */
export async function setLanguage(code: LanguageCode): Promise<void> {
  const [first, pages] = await Promise.all([languages[code].first(), languages[code].pages()]);
  pagesLoading = Promise.resolve();
  setWords(code, { ...first.words, ...pages.words });
  try {
    localStorage.setItem(storageKey, code);
  } catch {
    // Storage is blocked: the choice lasts as long as the page.
  }
}
