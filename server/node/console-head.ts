// The head of the text console: where this machine is reached and how it does. A small file, kept by the daemon.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { type AppError, asAppError } from '../core/errors.ts';

export interface ConsoleHeadFacts {
  readonly node: string;
  readonly version: string;
  readonly mode: 'none' | 'live' | 'installed';
  /** In a word or a sentence: `ready`. */
  readonly state: string;
  /** Best first, IPv6 without brackets. */
  readonly addresses: readonly string[];
  readonly port: number;
  /** SHA-256 of the certificate, `AA:BB:...`. */
  readonly fingerprint: string;
  /** Of root, in a live system: it was made up for whoever stands before the console. */
  readonly livePassword?: string | undefined;
  readonly warnings: readonly string[];
}

export interface ConsoleHeadParts {
  readonly path: string;
  readonly clock: Clock;
  readonly node: string;
  readonly version: string;
  readonly port: number;
  mode(): ConsoleHeadFacts['mode'];
  state(): string;
  addresses(): readonly string[];
  fingerprint(): string;
  livePassword(): string | undefined;
  warnings(): readonly string[] | Promise<readonly string[]>;
  /** Called when the file could not be written or a fact not be had; it is tried again at the next turn. */
  onError(error: AppError): void;
}

/** Head and menu together fit into 80x24: 16 lines are for the head. */
const width = 79;
const mostAddresses = 4;
const mostWarningLines = 4;
const pauseMs = 10_000;

/** The text, in ASCII because nothing else is sure to be legible on a console: at most 16 lines of 79 characters. */
export function renderConsoleHead(facts: ConsoleHeadFacts): string {
  const { node, version, mode, addresses, port, fingerprint } = facts;
  const kind = { none: '', live: ', live system: nothing is installed', installed: '' }[mode];
  const shown = addresses.slice(0, mostAddresses).map((address) => `  https://${inUrl(address)}:${port}`);
  const more = addresses.length - mostAddresses;
  const reach =
    shown.length === 0
      ? ['  No network address. Is a cable plugged in? Does the network have DHCP?']
      : [...shown, ...(more > 0 ? [`  and ${more} more`] : [])];
  // 95 characters: in two halves, so that it can be compared line by line.
  const [first = '', second = ''] = fingerprint.match(/.{1,48}/g) ?? [];
  return [
    cut(`Croft ${version} on ${node}${kind}`),
    '',
    ...reach.map(cut),
    cut(`  certificate SHA-256 ${first}`),
    ...(second === '' ? [] : [cut(`                      ${second}`)]),
    ...(facts.livePassword === undefined ? [] : [cut(`  log in as root, password ${facts.livePassword}`)]),
    '',
    cut(`  ${ascii(facts.state)}`),
    ...renderWarnings(facts.warnings),
    '',
  ].join('\n');
}

function renderWarnings(warnings: readonly string[]): string[] {
  const lines = warnings.flatMap((warning) =>
    wrap(ascii(warning), width - 4).map((line, at) => (at === 0 ? `  ! ${line}` : `    ${line}`)),
  );
  if (lines.length <= mostWarningLines) return lines;
  return [...lines.slice(0, mostWarningLines - 1), '  ! and more: see the web interface'];
}

/** Breaks at blanks; a word that is too long is broken where it must. */
function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text
    .split(' ')
    .flatMap((long) => long.match(new RegExp(`.{1,${columns}}`, 'g')) ?? [])) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** One line of printable ASCII: a name or an error text must not move the console's cursor. */
function ascii(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[^\x20-\x7e]/g, '?');
}

function cut(line: string): string {
  const plain = line.replace(/[^\x20-\x7e]/g, '?');
  return plain.length <= width ? plain : `${plain.slice(0, width - 3)}...`;
}

function inUrl(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

/** Keeps the file up to date until `signal` aborts: looks every ten seconds, writes only what changed. Never rejects. */
export async function keepConsoleHead(parts: ConsoleHeadParts, signal: AbortSignal): Promise<void> {
  const { path, clock, node, version, port } = parts;
  let written: string | undefined;
  while (!signal.aborted) {
    try {
      const text = renderConsoleHead({
        ...{ node, version, port },
        mode: parts.mode(),
        state: parts.state(),
        addresses: parts.addresses(),
        fingerprint: parts.fingerprint(),
        livePassword: parts.livePassword(),
        warnings: await parts.warnings(),
      });
      if (text !== written || !existsSync(path)) replaceFile(path, text);
      written = text;
    } catch (error) {
      written = undefined;
      parts.onError(asAppError(error));
    }
    await clock.sleep(pauseMs, signal).catch(() => {});
  }
}

/** In one step, so that the console never reads half a head. Not flushed: it lives in RAM. Root's only: a live system's password. */
function replaceFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o711 });
  const fresh = `${path}.${randomBytes(4).toString('hex')}.new`;
  try {
    writeFileSync(fresh, text, { mode: 0o600, flag: 'wx' });
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}
