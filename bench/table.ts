// Prints the rows of a benchmark as a table.
import { type Row, reached } from './bench.ts';

/** A table for people, in the plain text of a terminal. */
export function renderTable(rows: readonly Row[]): string {
  const cells = [
    ['measure', 'Croft', 'beside', '', 'ratio', 'goal', ''],
    ...rows.map((row) => [
      row.measure,
      withUnit(row.value, row.unit),
      row.peer ? withUnit(row.peer.value, row.unit) : '',
      row.peer?.name ?? '',
      row.peer ? (row.value / row.peer.value).toFixed(2) : '',
      renderGoal(row),
      { true: 'pass', false: 'FAIL', undefined: '' }[`${reached(row)}`],
    ]),
  ];
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  return cells
    .map((line) =>
      line
        .map((cell, column) => {
          const width = widths?.[column] ?? 0;
          return [1, 2, 4].includes(column) ? cell?.padStart(width) : cell?.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function withUnit(value: number, unit: Row['unit']): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} ${unit}`;
}

function renderGoal({ goal, unit }: Row): string {
  if (!goal) return '';
  if ('atLeast' in goal) return `>= ${goal.atLeast} ${unit}`;
  if (goal.of === 'value') return `<= ${goal.atMost} ${unit}`;
  return `<= ${goal.atMost}x${goal.plus === undefined ? '' : ` + ${goal.plus} ${unit}`}`;
}
