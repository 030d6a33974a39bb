// What of a container's files is not packed: shell patterns as the API has them, in the words of tar(1) and rsync(1). Pure.
import { invalidInput } from '../../core/errors.ts';
import type { TarSource } from './tar-orders.ts';

/** vzdump's, unless it is told `stdexcludes 0`. */
const standard = ['/tmp/?*', '/var/tmp/?*', '/var/run/?*.pid'];
const mostPatternBytes = 4096;

/** `invalid-input` for a pattern that no program can be given. */
export function checkExcludes(exclude: readonly string[]): void {
  for (const pattern of exclude) {
    if (/^\/*$/.test(pattern) || pattern.includes('\0') || Buffer.byteLength(pattern) > mostPatternBytes)
      throw invalidInput({ 'exclude-path': `'${pattern.slice(0, 100)}' is not a pattern of paths` });
  }
}

/**
 * Options of GNU tar for members that begin with `./`. A `*` also matches slashes there (tar(1), "wildcards-match-slash"), as vzdump
 * has it; a pattern with a slash at its end is the folder itself.
 */
export function tarExcludes({ exclude, standardExcludes, parts }: TarSource): string[] {
  const found = parts.map(({ target }) => `.${literal(target === '/' ? '' : target)}/lost+found`);
  const patterns = patternsOf(exclude, standardExcludes);
  const anchored = patterns.filter((pattern) => pattern.startsWith('/')).map((pattern) => `.${pattern}`);
  const others = patterns.filter((pattern) => !pattern.startsWith('/'));
  return [
    '--anchored',
    ...[...found, ...anchored].map((pattern) => `--exclude=${pattern}`),
    ...(others.length === 0 ? [] : ['--no-anchored', ...others.map((pattern) => `--exclude=${pattern}`)]),
  ];
}

/**
 * Options of rsync(1) for a copy of what is mounted at `target`: of the same patterns only those that are a plain path, or all that is in
 * one. The two programs read the others differently, and what is left to tar costs no more than room.
 */
export function rsyncExcludes(
  exclude: readonly string[],
  standardExcludes: boolean,
  target: string,
): string[] {
  const below = target === '/' ? '' : target;
  const options = ['--exclude=/lost+found'];
  for (const pattern of patternsOf(exclude, standardExcludes)) {
    const [, plain = '', all = ''] = /^([^*?[\]\\]+?)(\/\??\*)?$/.exec(pattern) ?? [];
    if (plain.startsWith(`${below}/`))
      options.push(`--exclude=${plain.slice(below.length)}${all === '' ? '' : '/*'}`);
    // rsync takes a plus, a minus or an exclamation mark at the beginning for more than a name.
    else if (all === '' && /^[^-+!/][^/]*$/.test(plain)) options.push(`--exclude=${plain}`);
  }
  return options;
}

function patternsOf(exclude: readonly string[], standardExcludes: boolean): string[] {
  const given = exclude.map((pattern) => pattern.replace(/\/+/g, '/').replace(/(?<=.)\/$/, ''));
  return [...(standardExcludes ? standard : []), ...given];
}

/** A path that may hold what patterns are made of. */
function literal(path: string): string {
  return path.replace(/[*?[\]\\]/g, '\\$&');
}
