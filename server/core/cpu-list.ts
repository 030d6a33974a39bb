// Lists of processors as the kernel writes them (cpuset(7), "List format").
import { readFileSync } from 'node:fs';

/** More than any machine has: a larger number in a list is a mistake. */
const mostCpus = 8192;

/** `0-3,5` as numbers; what is no number, or beyond any processor, is left out. */
export function readCpuList(text: string): number[] {
  return text
    .trim()
    .split(',')
    .filter(Boolean)
    .flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number);
      const length = Math.min(last, mostCpus - 1) - first + 1;
      return length > 0 ? Array.from({ length }, (_, at) => first + at) : [];
    });
}

/** The host's processors that run: their numbers may have gaps. */
export function onlineCpus(): number[] {
  return readCpuList(readFileSync('/sys/devices/system/cpu/online', 'utf8'));
}
