// Profiles of images: what an image holds beside Croft itself. TOML, checked, one profile built upon another.
import { readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, TomlError } from 'smol-toml';
import type { z } from 'zod';
import { AppError } from '../server/core/errors.ts';
import { profileName, profileSchema } from './profile-schema.ts';

/** A profile with everything that it is built upon put together. */
export interface Profile {
  readonly name: string;
  /** Debian's release, `trixie`. */
  readonly suite: string;
  readonly components: readonly string[];
  readonly mirrors: readonly { readonly url: string; readonly suite: string }[];
  readonly packages: readonly string[];
  /** Patterns of packages' files that the image does without; dpkg(1), `--path-exclude`. */
  readonly excludePaths: readonly string[];
  readonly files: readonly ProfileFile[];
  /** Words for the kernel's command line, in order. */
  readonly kernelOptions: readonly string[];
  /** Of the ISO 9660 file system; the kernel is told to look for it. */
  readonly volumeLabel: string;
  /** Undefined: the project's own. */
  readonly version: string | undefined;
  /** The files it was read from, the one that was asked for first. */
  readonly sources: readonly string[];
}

export interface ProfileFile {
  /** Absolute, on the building machine. */
  readonly from: string;
  /** Absolute, in the image. */
  readonly to: string;
  /** Permission bits, a number. */
  readonly mode: number;
}

type ProfileText = z.output<typeof profileSchema>;

const ownProfiles = fileURLToPath(new URL('profiles', import.meta.url));

/**
 * Reads a profile by name (of the folder `profiles`) or by path (ending in `.toml`). Throws `invalid-input` naming the
 * file, the key and the rule; with the line where the TOML itself is wrong.
 */
export function readProfile(nameOrPath: string, profilesFolder = ownProfiles): Profile {
  const start = locate(nameOrPath, process.cwd(), profilesFolder);
  const chain = readChain(start, profilesFolder, []);
  return chain.reduceRight<Profile>((base, layer) => apply(base, layer), bare);
}

interface Layer {
  readonly file: string;
  readonly text: ProfileText;
}

const bare: Profile = {
  name: '',
  suite: 'trixie',
  components: [],
  mirrors: [],
  packages: [],
  excludePaths: [],
  files: [],
  kernelOptions: [],
  volumeLabel: 'CROFT',
  version: undefined,
  sources: [],
};

const defaultComponents = ['main', 'non-free-firmware'];

function defaultMirrors(suite: string): Profile['mirrors'] {
  return [
    { url: 'http://deb.debian.org/debian', suite },
    { url: 'http://deb.debian.org/debian-security', suite: `${suite}-security` },
  ];
}

function locate(nameOrPath: string, from: string, profilesFolder: string): string {
  if (nameOrPath.endsWith('.toml')) return resolve(from, nameOrPath);
  if (profileName.test(nameOrPath)) return join(profilesFolder, `${nameOrPath}.toml`);
  throw new AppError('invalid-input', `profile '${nameOrPath}': give a name, or a path that ends in .toml`);
}

/** The profile and those it extends, the nearest first. */
function readChain(file: string, profilesFolder: string, seen: readonly string[]): Layer[] {
  if (seen.includes(file)) {
    throw new AppError(
      'invalid-input',
      `${seen[0]}: extends: goes round in a circle: ${[...seen, file].join(' -> ')}`,
    );
  }
  const text = readLayer(file);
  if (text.extends === undefined) return [{ file, text }];
  const next = locate(text.extends, dirname(file), profilesFolder);
  return [{ file, text }, ...readChain(next, profilesFolder, [...seen, file])];
}

function readLayer(file: string): ProfileText {
  const checked = profileSchema.safeParse(readToml(file));
  if (checked.success) return checked.data;
  throw wrong(
    file,
    ...checked.error.issues.map((issue) => `${issue.path.join('.') || 'profile'}: ${issue.message}`),
  );
}

function readToml(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw new AppError('invalid-input', `${file}: ${missing ? 'no such profile' : 'cannot be read'}`, {
      cause,
    });
  }
  try {
    return parse(text);
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    // The rest of its message is an excerpt of the text.
    const [rule = ''] = cause.message.replace('Invalid TOML document: ', '').split('\n');
    throw new AppError('invalid-input', `${file}: line ${cause.line}: ${rule}`, { cause });
  }
}

/** Lists are appended, single values replaced; what is known by its name (a mirror's suite, a file's place) is replaced too. */
function apply(base: Profile, { file, text }: Layer): Profile {
  const suite = text.suite ?? base.suite;
  const removed = text.removePackages ?? [];
  const stranger = removed.find((name) => !base.packages.includes(name));
  if (stranger) throw wrong(file, `removePackages: '${stranger}' is not among the packages that it extends`);
  const both = removed.find((name) => text.packages?.includes(name));
  if (both) throw wrong(file, `removePackages: '${both}' is in packages as well`);
  const files = (text.files ?? []).map((entry, index) => readFile(file, entry, index));
  const twice = files.find(({ to }, index) => files.findIndex((other) => other.to === to) !== index);
  if (twice) throw wrong(file, `files: '${twice.to}' is given twice`);
  const packages = unique([
    ...base.packages.filter((name) => !removed.includes(name)),
    ...(text.packages ?? []),
  ]);
  if (packages.length === 0) throw wrong(file, 'packages: at least one is needed');
  const inherited = base.sources.length > 0 && suite === base.suite;
  return {
    name: text.name,
    suite,
    components: unique([...(inherited ? base.components : defaultComponents), ...(text.components ?? [])]),
    mirrors: replaceBy('suite', inherited ? base.mirrors : defaultMirrors(suite), text.mirrors ?? []),
    packages,
    excludePaths: unique([...base.excludePaths, ...(text.excludePaths ?? [])]),
    files: replaceBy('to', base.files, files),
    kernelOptions: unique([...base.kernelOptions, ...(text.kernelOptions ?? [])]),
    volumeLabel: text.volumeLabel ?? base.volumeLabel,
    version: text.version ?? base.version,
    sources: [file, ...base.sources],
  };
}

function readFile(
  file: string,
  entry: NonNullable<ProfileText['files']>[number],
  index: number,
): ProfileFile {
  if (isAbsolute(entry.from))
    throw wrong(file, `files.${index}.from: must be relative to the profile's folder`);
  const from = resolve(dirname(file), entry.from);
  if (!statSync(from, { throwIfNoEntry: false })?.isFile()) {
    throw wrong(file, `files.${index}.from: '${entry.from}' is no file beside the profile`);
  }
  return { from, to: entry.to, mode: Number.parseInt(entry.mode, 8) };
}

function unique(words: readonly string[]): string[] {
  return [...new Set(words)];
}

function replaceBy<K extends string, T extends Readonly<Record<K, unknown>>>(
  key: K,
  base: readonly T[],
  own: readonly T[],
): T[] {
  return [...base.filter((item) => !own.some((other) => other[key] === item[key])), ...own];
}

function wrong(file: string, ...problems: string[]): AppError {
  return new AppError('invalid-input', problems.map((problem) => `${file}: ${problem}`).join('\n'));
}
