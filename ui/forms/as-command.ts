// A request of the API as a call of `croft`, on the node's own command line. Pure.
import { type CodeRequest, pathOf, secretVariable, type Word, wordsOf } from './as-request.ts';
import { onLines, quoteWord } from './as-shell.ts';

/** Short ways of `croft ct`, which hide the parameter of the same name. */
const shortWays = new Set(['ip', 'gw', 'bridge', 'template', 'disk', 'privileged']);

export function asCommand(request: CodeRequest): string {
  const all = wordsOf(request);
  const words = all.filter(({ name }) => name !== 'vmid');
  const croft = `croft --node ${quoteWord(request.node)}`;
  if (request.kind === 'qemu') return onLines([`${croft} vm create ${request.vmid}`, ...words.map(option)]);
  if (words.some(({ name }) => shortWays.has(name)))
    return onLines([`${croft} api create ${quoteWord(pathOf(request))}`, ...all.map(option)]);
  return onLines([`${croft} ct create ${request.vmid}`, ...ctDefaults(words), ...words.map(ctOption)]);
}

/** `croft ct create` makes an unprivileged container that may nest unless it is told otherwise; the API a privileged one. */
function ctDefaults(words: readonly Word[]): string[] {
  const value = (name: string) => words.find((one) => one.name === name)?.value;
  const said = value('unprivileged');
  return [
    ...(said === undefined ? ['--unprivileged 0'] : []),
    ...(said === '1' && value('features') === undefined ? ['--features nesting=0'] : []),
  ];
}

/** A dash asks for the password. */
function ctOption(word: Word): string {
  return word.name === 'password' && word.secret ? '--password -' : option(word);
}

function option({ name, value, on, secret }: Word): string {
  if (secret) return `--${name} "$${secretVariable(name)}"`;
  if (on) return `--${name}`;
  // What looks like an option itself belongs to its name only with `=` between.
  return value.startsWith('-') ? quoteWord(`--${name}=${value}`) : `--${name} ${quoteWord(value)}`;
}
