// What tests of the lab leave as a proof also when they pass: logs in `test-results/lab/kept`.
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../test-results/lab/kept', import.meta.url));

/** Writes a file anew; answers its path. */
export function keep(name: string, text: string): string {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** A log that grows by lines, each with the seconds since it was begun; also to standard error. */
export function keptLog(name: string): (line: string) => void {
  const file = keep(name, '');
  const began = Date.now();
  return (line) => {
    const text = `${((Date.now() - began) / 1000).toFixed(1).padStart(7)} s  ${line}\n`;
    appendFileSync(file, text);
    process.stderr.write(`${name}: ${text}`);
  };
}
