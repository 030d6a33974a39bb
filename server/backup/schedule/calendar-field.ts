// One part of a calendar event, such as its hours: `*`, `*` with a step, or numbers, ranges and steps with commas between. Pure.
import type { Parsed } from '../../contract/property-string.ts';

export interface CalendarField {
  /** As errors call it. */
  readonly name: string;
  /** The least and the greatest number that may be written. */
  readonly first: number;
  readonly last: number;
  /** Where `*` and the steps of `*` begin, if not with `first`. */
  readonly from?: number;
}

/** All numbers that match, rising, each once; the error names the field and what is wrong with it. */
export function readCalendarField(field: CalendarField, text: string): Parsed<number[]> {
  const star = /^\*(?:\/([^,]*))?$/.exec(text);
  if (star) {
    const step = star[1] === undefined ? { ok: true as const, value: 1 } : readStep(field, star[1]);
    return step.ok ? { ok: true, value: numbers(field.from ?? field.first, field.last, step.value) } : step;
  }
  const found = new Set<number>();
  for (const part of text.split(',')) {
    const members = readMember(field, part, text);
    if (!members.ok) return members;
    for (const member of members.value) found.add(member);
  }
  return { ok: true, value: [...found].sort((a, b) => a - b) };
}

/** `5`, `5..10`, `5/2` (to the end), `5..10/2`. */
function readMember(field: CalendarField, part: string, whole: string): Parsed<number[]> {
  if (part === '') {
    return { ok: false, error: whole === '' ? `the ${field.name} is missing` : `'${whole}' lacks a number` };
  }
  if (part.includes('*'))
    return { ok: false, error: `'*' must stand alone: '${whole}' is not a valid ${field.name}` };
  const match = /^([^./]*)(?:\.\.([^./]*))?(?:\/(.*))?$/s.exec(part);
  if (!match) return { ok: false, error: `'${part}' is not a valid ${field.name}` };
  const first = readNumber(field, match[1]!);
  if (!first.ok) return first;
  const last = match[2] === undefined ? undefined : readNumber(field, match[2]);
  if (last && !last.ok) return last;
  const step = match[3] === undefined ? undefined : readStep(field, match[3]);
  if (step && !step.ok) return step;
  if (last && last.value < first.value) {
    return { ok: false, error: `${field.name}: the range '${part}' ends before it begins` };
  }
  const end = last?.value ?? (step ? field.last : first.value);
  return { ok: true, value: numbers(first.value, end, step?.value ?? 1) };
}

function readNumber(field: CalendarField, text: string): Parsed<number> {
  if (!/^\d{1,4}$/.test(text)) return { ok: false, error: `${field.name}: '${text}' is not a number` };
  const value = Number(text);
  return value >= field.first && value <= field.last
    ? { ok: true, value }
    : { ok: false, error: `${field.name}: '${text}' is not between ${field.first} and ${field.last}` };
}

function readStep(field: CalendarField, text: string): Parsed<number> {
  const value = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  return value >= 1 && value <= field.last
    ? { ok: true, value }
    : { ok: false, error: `${field.name}: the step '${text}' is not between 1 and ${field.last}` };
}

function numbers(first: number, last: number, step: number): number[] {
  const all: number[] = [];
  for (let number = first; number <= last; number += step) all.push(number);
  return all;
}
