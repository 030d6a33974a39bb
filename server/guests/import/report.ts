// The report of an import, as it is put together: what was mapped to which key, what was not, and why.
import {
  type ImportItemCode,
  type ImportWhyCode,
  importItemWords,
  importWhyWords,
} from '../../contract/import-report-words.ts';
import type { ImportReportLine, ImportWarning } from '../../contract/node-storage-import.ts';

/** Of one text in the report: what strangers write is shown, not all of it. */
const mostText = 200;

type Values = Readonly<Record<string, string | number>>;
interface Coded<Code> {
  readonly code: Code;
  readonly values?: Values;
}
/** What the source calls it, or what it is. */
export type Item = string | Coded<ImportItemCode>;
/** What became of it; with values where its words have places for them. */
export type Why = ImportWhyCode | Coded<ImportWhyCode>;

export class Report {
  readonly lines: ImportReportLine[] = [];
  readonly warnings: ImportWarning[] = [];

  mapped(item: Item, value: string | number, key: string, ...why: Why[]): void {
    this.#add(item, value, 1, key, why);
  }

  unmapped(item: Item, value: string | number, why: Why, key?: string): void {
    this.#add(item, value, 0, key, [why]);
  }

  /** What became of a key is taken back. */
  withdraw(key: string, why: Why): void {
    for (const [at, line] of this.lines.entries())
      if (line.key === key && line.mapped === 1) this.lines[at] = { ...line, mapped: 0, ...reasons([why]) };
  }

  warn(type: ImportWarning['type'], key?: string, value?: string): void {
    this.warnings.push({
      type,
      ...(key === undefined ? {} : { key }),
      ...(value === undefined ? {} : { value: tidy(value) }),
    });
  }

  #add(
    item: Item,
    value: string | number,
    mapped: 0 | 1,
    key: string | undefined,
    why: readonly Why[],
  ): void {
    this.lines.push({
      ...(typeof item === 'string'
        ? { item: tidy(item) }
        : { item: inEnglish(importItemWords, item), what: withTidyValues(item) }),
      ...(value === '' ? {} : { value: tidy(String(value)) }),
      mapped,
      ...(key === undefined ? {} : { key }),
      ...reasons(why),
    });
  }
}

function reasons(why: readonly Why[]): Pick<ImportReportLine, 'note' | 'why'> {
  if (why.length === 0) return {};
  const coded = why.map((one) => (typeof one === 'string' ? { code: one } : one));
  return {
    note: coded.map((one) => inEnglish(importWhyWords, one)).join('; '),
    why: coded.map((one) => withTidyValues(one)),
  };
}

function withTidyValues<Code>({ code, values }: Coded<Code>): {
  code: Code;
  values?: Record<string, string>;
} {
  if (!values) return { code };
  return {
    code,
    values: Object.fromEntries(Object.entries(values).map(([name, one]) => [name, tidy(String(one))])),
  };
}

function inEnglish<Code extends string>(words: Readonly<Record<Code, string>>, coded: Coded<Code>): string {
  const { code, values = {} } = withTidyValues(coded);
  return words[code].replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
}

/** One line, no control characters, not too long. */
function tidy(text: string): string {
  const line = text.replace(/[\x00-\x1f\x7f]+/g, ' ').trim();
  return line.length > mostText ? `${line.slice(0, mostText).toWellFormed()}...` : line;
}

/** A VM's name of what somebody called it: letters, digits and dashes; undefined when nothing is left. */
export function vmNameOf(text: string): string | undefined {
  const name = text
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9.-]+/g, '-')
    .split('.')
    .map((label) => label.replace(/^-+/, '').slice(0, 63).replace(/-+$/, ''))
    .filter((label) => label !== '')
    .join('.')
    .slice(0, 200)
    .replace(/[.-]+$/, '');
  return name === '' ? undefined : name;
}
