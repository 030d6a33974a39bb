// Reads an answer file (TOML) into checked answers, or into all of its problems at once. Pure.
import { parse, TomlError } from 'smol-toml';
import { diskKeys, readDisk } from './answers-disk.ts';
import { lineOf, locateKeys } from './answers-lines.ts';
import { networkKeys, readNetwork } from './answers-network.ts';
import { type AnswerProblem, meant, Problems, quoted, Section } from './answers-section.ts';
import { readSystem, systemKeys } from './answers-system.ts';
import type { Answers } from './types.ts';

export type { AnswerProblem } from './answers-section.ts';

export interface ReadAnswersOptions {
  /** Names of the console keymaps that are there; without them only the shape of `keyboard` is checked. */
  readonly keymaps?: readonly string[];
  /** Names below /usr/share/zoneinfo; without them, the time zones that Node knows. */
  readonly timezones?: readonly string[];
}

export type AnswersResult = { readonly answers: Answers } | { readonly problems: readonly AnswerProblem[] };

/** Tables and their keys. */
const sections = {
  system: systemKeys,
  network: networkKeys,
  disk: diskKeys,
  after: ['action'],
} as const satisfies Record<string, readonly string[]>;
const sectionNames = Object.keys(sections) as (keyof typeof sections)[];

type Table = Readonly<Record<string, unknown>>;

/**
 * Reads and checks the text. Never throws; problems are in the order of the text and never repeat a password.
 */
export function readAnswers(text: string, options: ReadAnswersOptions = {}): AnswersResult {
  let document: Table;
  try {
    document = parse(text.replace(/^\ufeff/, ''));
  } catch (thrown) {
    return { problems: [syntaxProblem(thrown)] };
  }
  const problems = new Problems(locateKeys(text));
  const tables = readTables(document, problems);
  const section = (name: keyof typeof sections): Section => new Section(name, tables[name] ?? {}, problems);
  const disk = readDisk(section('disk'));
  const answers: Answers = {
    system: readSystem(section('system'), {
      keymaps: options.keymaps,
      timezones: options.timezones,
      kept: disk.keepGuests,
    }),
    network: readNetwork(section('network')),
    disk,
    after: section('after').choice('action', ['reboot', 'poweroff', 'none'], 'reboot'),
  };
  if (problems.found.length === 0) return { answers };
  return { problems: problems.found.toSorted((a, b) => (a.line || Infinity) - (b.line || Infinity)) };
}

/** Gives problems that were found later, without the text (by `planInstall`), their lines. */
export function withLines(text: string, problems: readonly AnswerProblem[]): AnswerProblem[] {
  const lines = locateKeys(text);
  return problems.map((problem) =>
    problem.line > 0 ? problem : { ...problem, line: lineOf(lines, problem.key) },
  );
}

function readTables(document: Table, problems: Problems): Partial<Record<string, Table>> {
  const tables: Partial<Record<string, Table>> = {};
  for (const [name, value] of Object.entries(document)) {
    const known = sectionNames.find((one) => one === name);
    if (known === undefined) problems.add(name, unknownAtTop(name));
    else if (!isTable(value)) problems.add(name, `must be a table: write [${name}] in a line of its own`);
    else {
      tables[known] = value;
      for (const key of Object.keys(value)) checkKey(known, key, problems);
    }
  }
  return tables;
}

function checkKey(section: keyof typeof sections, key: string, problems: Problems): void {
  const keys: readonly string[] = sections[section];
  if (keys.includes(key)) return;
  const elsewhere = placesOf(key).find((name) => name !== section);
  const hint = elsewhere === undefined ? meant(key, keys) : `; it belongs to [${elsewhere}]`;
  problems.add(`${section}.${key}`, `there is no ${quoted(key)} in [${section}]${hint}`);
}

function unknownAtTop(name: string): string {
  const place = placesOf(name)[0];
  if (place !== undefined) return `${quoted(name)} belongs below [${place}]`;
  return `there is no ${quoted(name)}${meant(name, sectionNames)}`;
}

function placesOf(key: string): (keyof typeof sections)[] {
  return sectionNames.filter((name) => (sections[name] as readonly string[]).includes(key));
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** Only the first line of the parser's message: the rest quotes the text, which may hold a password. */
function syntaxProblem(thrown: unknown): AnswerProblem {
  if (!(thrown instanceof TomlError)) throw thrown;
  const rule = (thrown.message.split('\n')[0] ?? '').replace(/^Invalid TOML document:\s*/, '');
  return { key: '', line: thrown.line, message: `this is not TOML: ${rule} (column ${thrown.column})` };
}
