// A request of the API as a call of `croft`, on the node's own command line. Pure.
import { type CloneOf, type CodeRequest, pathOf, secretVariable, type Word, wordsOf } from './as-request.ts';
import { onLines, quoteWord } from './as-shell.ts';

/** Short ways of `croft ct`, which hide the parameter of the same name. */
const shortWays = new Set(['ip', 'gw', 'bridge', 'template', 'disk', 'privileged']);

/** Secrets that `croft` asks for. */
const asked = new Set(['password', 'cipassword']);

export function asCommand(request: CodeRequest): string {
  const words = wordsOf(request.params, request.secrets);
  const croft = `croft --node ${quoteWord(request.node)}`;
  if (request.clone) return cloneCommands(request, request.clone, words);
  if (request.kind === 'qemu')
    return onLines([`${croft} vm create ${request.vmid}`, ...words.map(askedOption)]);
  if (words.some(({ name }) => shortWays.has(name)))
    return onLines([
      `${croft} api create ${quoteWord(pathOf(request))}`,
      ...[...wordsOf({ vmid: request.vmid }), ...words].map(option),
    ]);
  return onLines([`${croft} ct create ${request.vmid}`, ...ctDefaults(words), ...words.map(askedOption)]);
}

/** Each waits for its task: the next begins when it has ended well. */
function cloneCommands({ vmid, params }: CodeRequest, of: CloneOf, words: readonly Word[]): string {
  const group = 'croft vm';
  const change = words.filter(({ name }) => name !== 'start');
  return [
    onLines([`${group} clone ${of.vmid} ${vmid}`, ...wordsOf(of.params).map(option)]),
    ...(change.length > 0 ? [onLines([`${group} set ${vmid}`, ...change.map(askedOption)])] : []),
    ...(params['start'] === true ? [`${group} start ${vmid}`] : []),
  ].join(' &&\n');
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

/** An option of `croft`; a dash asks for the password. */
export function askedOption(word: Word): string {
  return asked.has(word.name) && word.secret ? `--${word.name} -` : option(word);
}

function option({ name, value, on, secret }: Word): string {
  if (secret) return `--${name} "$${secretVariable(name)}"`;
  if (on) return `--${name}`;
  // What looks like an option itself belongs to its name only with `=` between.
  return value.startsWith('-') ? quoteWord(`--${name}=${value}`) : `--${name} ${quoteWord(value)}`;
}
