// `npm run bench [-- name...] [--json]`: runs the benchmarks one after the other and prints what they measured.
// Exits with 1 when a goal was missed, 2 for a name that there is not.
import { loadavg } from 'node:os';
import { bench as backup } from './backup.ts';
import { type Bench, reached } from './bench.ts';
import { bench as cold } from './cold.ts';
import { bench as ct } from './ct.ts';
import { bench as idle } from './idle.ts';
import { bench as list } from './list.ts';
import { bench as storage } from './storage.ts';
import { renderTable } from './table.ts';
import { bench as ui } from './ui.ts';
import { bench as vm } from './vm.ts';

const all: readonly Bench[] = [list, vm, ct, storage, backup, idle, cold, ui];
const names = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const asJson = process.argv.includes('--json');
const unknown = names.filter((name) => !all.some((bench) => bench.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `no benchmark '${unknown.join("', '")}'; there are: ${all.map(({ name }) => name).join(', ')}\n`,
  );
  process.exit(2);
}

const say = (text: string) => void (asJson || process.stdout.write(`${text}\n`));
const results = [];
for (const bench of all.filter(({ name }) => names.length === 0 || names.includes(name))) {
  const load = loadavg()[0] ?? 0;
  say(`\n${bench.name}: ${bench.about}`);
  const skipped = await bench.whyNot?.();
  if (skipped !== undefined) {
    say(`  not run: it ${skipped}`);
    results.push({ name: bench.name, skipped });
    continue;
  }
  say(`  load before it: ${load.toFixed(2)}`);
  const notes: string[] = [];
  const rows = await bench.run((line) => {
    notes.push(line);
    say(`  ${line}`);
  });
  say(renderTable(rows));
  if (rows.some((row) => reached(row) === false)) process.exitCode = 1;
  results.push({
    name: bench.name,
    load,
    notes,
    rows: rows.map((row) => ({ ...row, reached: reached(row) })),
  });
}
if (asJson) process.stdout.write(`${JSON.stringify(results, null, 1)}\n`);
