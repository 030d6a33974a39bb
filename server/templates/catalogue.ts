// Which container templates this machine can make, and what is in each. Pure.
import type { CatalogueEntry } from '../contract/aplinfo.ts';

export interface TemplateRecipe {
  /** `debian-13-standard`: the begin of the file's name, and the `package` of the API. */
  readonly id: string;
  readonly os: string;
  /** As Debian's mirrors call it. */
  readonly suite: string;
  readonly version: string;
  readonly headline: string;
  readonly description: string;
  /** Beside Debian's essential packages and apt. */
  readonly packages: readonly string[];
}

/** A first program, names, time zones, certificates, and what shows and ends processes; networks are systemd's matter. */
const minimal = [
  ...['systemd-sysv', 'dbus', 'netbase', 'iproute2', 'procps', 'tzdata', 'ca-certificates'],
  ...['libpam-systemd', 'util-linux-extra'],
];
/** What a person who logs in misses otherwise. */
const standard = [
  ...minimal,
  ...[
    'openssh-server',
    'systemd-resolved',
    'bash-completion',
    'less',
    'nano',
    'curl',
    'wget',
    'iputils-ping',
  ],
  ...['bind9-host', 'rsync', 'cron', 'logrotate', 'xz-utils', 'zstd', 'bzip2', 'file', 'lsof', 'psmisc'],
  ...['unattended-upgrades', 'gpgv', 'libnss-systemd', 'tmux', 'vim-tiny'],
];

function debian(version: string, suite: string, without: readonly string[] = []): TemplateRecipe[] {
  const kept = (packages: readonly string[]) => packages.filter((name) => !without.includes(name));
  const common = { os: `debian-${version}`, suite, version };
  return [
    {
      ...common,
      id: `debian-${version}-standard`,
      headline: `Debian ${version} (${suite}), ready to log in`,
      description: 'A small server with SSH, its tools and security updates by itself.',
      packages: kept(standard),
    },
    {
      ...common,
      id: `debian-${version}-minimal`,
      headline: `Debian ${version} (${suite}), the least that starts`,
      description: 'systemd and apt, and little else: no SSH, no editor.',
      packages: kept(minimal),
    },
  ];
}

/** Newest first. Others come by upload or by their address: what is listed here is made, not fetched from somebody's server. */
export const templateRecipes: readonly TemplateRecipe[] = [
  ...debian('13', 'trixie'),
  ...debian('12', 'bookworm'),
];

export interface ChosenTemplate {
  readonly recipe: TemplateRecipe;
  readonly fileName: string;
  /** Seconds since the epoch at the begin of the day in the file's name: the youngest time of a file in it. */
  readonly epochSeconds: number;
}

/**
 * By the name of the file (of any day), by `debian-13-standard`, or by `debian-13` (the standard one). Undefined when the catalogue
 * has no such template. The version is that of the distribution and the day, as packages are of the day.
 */
export function findTemplate(text: string, now: Date, architecture: string): ChosenTemplate | undefined {
  const file = /^(.+)_(\d+)-(\d{4})(\d{2})(\d{2})_(\w+)\.tar\.zst$/.exec(text);
  const id = file?.[1] ?? text;
  const recipe =
    templateRecipes.find((entry) => entry.id === id) ??
    (file ? undefined : templateRecipes.find((entry) => entry.os === id));
  if (!recipe) return undefined;
  if (file && (file[2] !== recipe.version || file[6] !== architecture)) return undefined;
  const day = file ? `${file[3]}-${file[4]}-${file[5]}` : now.toISOString().slice(0, 10);
  const epochSeconds = Date.parse(`${day}T00:00:00Z`) / 1000;
  // `2026-02-31` is no day.
  if (Number.isNaN(epochSeconds) || new Date(epochSeconds * 1000).toISOString().slice(0, 10) !== day)
    return undefined;
  return { recipe, fileName: fileNameOf(recipe, day, architecture), epochSeconds };
}

function fileNameOf(recipe: TemplateRecipe, day: string, architecture: string): string {
  return `${recipe.id}_${recipe.version}-${day.replaceAll('-', '')}_${architecture}.tar.zst`;
}

/** `GET /nodes/{node}/aplinfo`. `problem`: why this machine can build none now. */
export function catalogueEntries(
  now: Date,
  architecture: string,
  problem: string | undefined,
): CatalogueEntry[] {
  const day = now.toISOString().slice(0, 10);
  return templateRecipes.map((recipe) => ({
    template: fileNameOf(recipe, day, architecture),
    package: recipe.id,
    os: recipe.os,
    section: 'system',
    type: 'lxc' as const,
    version: `${recipe.version}-${day.replaceAll('-', '')}`,
    architecture,
    headline: recipe.headline,
    description: recipe.description,
    infopage: 'https://www.debian.org/releases/',
    location: '',
    build: 1 as const,
    available: problem === undefined ? (1 as const) : (0 as const),
    ...(problem === undefined ? {} : { problem }),
  }));
}
