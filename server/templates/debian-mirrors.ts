// Where this machine gets Debian's packages: the same mirror serves its templates.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface DebianMirrors {
  readonly main: string;
  readonly security: string;
}

const usual: DebianMirrors = {
  main: 'http://deb.debian.org/debian',
  security: 'http://deb.debian.org/debian-security',
};

/** The first of each kind in apt's sources (sources.list(5), both forms); Debian's own where there is none. */
export function debianMirrors(sources: readonly string[]): DebianMirrors {
  const urls = sources.flatMap((text) =>
    text.split('\n').flatMap((line) => {
      if (!/^\s*(deb\s|URIs:)/i.test(line)) return [];
      return line.split(/\s+/).filter((word) => /^https?:\/\/[\w.:@%-]+(\/[\w.%~/-]*)?$/.test(word));
    }),
  );
  const plain = urls.map((url) => url.replace(/\/+$/, ''));
  return {
    main: plain.find((url) => /\/debian$/.test(url)) ?? usual.main,
    security: plain.find((url) => /\/debian-security$/.test(url)) ?? usual.security,
  };
}

/** Texts of apt's sources below a folder; what cannot be read is left out. */
export function readAptSources(folder = '/etc/apt'): string[] {
  const names = (at: string) => {
    try {
      return readdirSync(at)
        .filter((name) => /\.(list|sources)$/.test(name))
        .sort()
        .map((name) => join(at, name));
    } catch {
      return [];
    }
  };
  return [...names(folder), ...names(join(folder, 'sources.list.d'))].flatMap((path) => {
    try {
      return [readFileSync(path, 'utf8')];
    } catch {
      return [];
    }
  });
}

/** One-line sources of a suite, its updates and its security archive. */
export function sourceLines({ main, security }: DebianMirrors, suite: string): string[] {
  return [
    `deb ${main} ${suite} main`,
    `deb ${main} ${suite}-updates main`,
    `deb ${security} ${suite}-security main`,
  ];
}
