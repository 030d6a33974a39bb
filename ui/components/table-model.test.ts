// The table's model: order, columns that fit, what is remembered and what is not believed, what is selected.
import { describe, expect, it, test } from 'vitest';
import {
  type ColumnShape,
  clampWidth,
  columnTemplate,
  keepSelected,
  memoryKey,
  nothingSelected,
  pressedHead,
  reachedRow,
  readMemory,
  selectTo,
  shownColumns,
  sortRows,
  toggle,
  toggleAll,
} from './table-model.ts';

const columns: readonly ColumnShape[] = [
  { key: 'id', width: 80 },
  { key: 'name', width: 200, grow: true },
  { key: 'cpu', width: 150, drop: 1 },
  { key: 'node', width: 100, drop: 2 },
  { key: 'pool', width: 100, drop: 3, extra: true },
];
const any = () => true;
const keys = (list: readonly ColumnShape[]) => list.map((one) => one.key);

describe('what is remembered', () => {
  const read = (text: string | null) => readMemory(text, columns, (key) => key !== 'cpu');

  it('is read as it was written', () => {
    const memory = {
      sort: { key: 'name', down: true },
      columns: ['id', 'name', 'pool'],
      widths: { name: 300 },
    };
    expect(read(JSON.stringify(memory))).toEqual(memory);
  });

  it.each([
    null,
    '',
    'null',
    '[]',
    '7',
    '{',
    '"sort"',
    '{"sort":"name"}',
    '{"sort":{"key":"name"}}',
    '{"sort":{"key":7,"down":true}}',
    '{"sort":{"key":"cpu","down":true}}',
    '{"columns":"id"}',
    '{"widths":[300]}',
    '{"widths":{"name":"300"}}',
    '{"widths":{"name":null,"gone":100}}',
  ])('is ignored when it is bad: %s', (text) => {
    expect(read(text)).toEqual({});
  });

  it('is kept in bounds, and about columns that there are', () => {
    expect(read('{"widths":{"name":1e9,"id":-4,"gone":90}}')).toEqual({ widths: { name: 1200, id: 48 } });
    // What stays whatever the room cannot be hidden either; the order is the table's.
    expect(read('{"columns":["node","gone",7]}')).toEqual({ columns: ['id', 'name', 'node'] });
    expect(read('{"sort":{"key":"__proto__","down":false},"widths":{"__proto__":90}}').widths).toBe(
      undefined,
    );
  });

  it('belongs to a table and a user', () => {
    expect(memoryKey('guests', 'a@pam')).not.toBe(memoryKey('guests', 'b@pam'));
    expect(memoryKey('guests', 'a@pam')).not.toBe(memoryKey('tasks', 'a@pam'));
  });
});

describe('columns', () => {
  it('go in their order where there is no room, the most needed never', () => {
    expect(keys(shownColumns(columns, {}, 2000))).toEqual(['id', 'name', 'cpu', 'node']);
    expect(keys(shownColumns(columns, {}, 500))).toEqual(['id', 'name', 'cpu']);
    expect(keys(shownColumns(columns, {}, 300))).toEqual(['id', 'name']);
    expect(keys(shownColumns(columns, {}, 0))).toEqual(['id', 'name']);
    expect(keys(shownColumns(columns, { widths: { cpu: 400 } }, 700))).toEqual(['id', 'name', 'cpu']);
  });

  it('that were chosen stay, whatever the room', () => {
    expect(keys(shownColumns(columns, { columns: ['id', 'name', 'pool'] }, 10))).toEqual([
      'id',
      'name',
      'pool',
    ]);
  });

  it('have their widths, and one takes the room that is left', () => {
    expect(columnTemplate(columns.slice(0, 3), {}, '40px')).toBe('40px 80px minmax(200px, 1fr) 150px');
    expect(columnTemplate(columns.slice(0, 2), { name: 300 })).toBe('80px 300px 1fr');
    expect(clampWidth(10.4)).toBe(48);
    expect(clampWidth(99.6)).toBe(100);
  });
});

describe('order', () => {
  const compare = new Intl.Collator('en', { numeric: true }).compare;
  const sort = (values: readonly (string | number | undefined)[], down = false) =>
    sortRows(values, (value) => value, down, compare);

  it('is by number, or by the language, with what is unknown last either way', () => {
    expect(sort([10, undefined, 9, -1])).toEqual([-1, 9, 10, undefined]);
    expect(sort([10, undefined, 9, -1], true)).toEqual([10, 9, -1, undefined]);
    expect(sort(['vm10', 'VM9', 'ähnlich', 'zebra'])).toEqual(['ähnlich', 'VM9', 'vm10', 'zebra']);
  });

  it('leaves equals as they came, in both directions, and the rows themselves alone', () => {
    const rows = [
      { a: 1, b: 'first' },
      { a: 1, b: 'second' },
      { a: 0, b: 'third' },
    ];
    const before = [...rows];
    expect(sortRows(rows, (row) => row.a, true, compare).map((row) => row.b)).toEqual([
      'first',
      'second',
      'third',
    ]);
    expect(rows).toEqual(before);
  });

  it('turns round when its head is pressed again, and begins anew at another', () => {
    const one = pressedHead({ key: 'id', down: false }, 'id');
    expect(one).toEqual({ key: 'id', down: true });
    expect(pressedHead(one, 'id')).toEqual({ key: 'id', down: false });
    expect(pressedHead(one, 'name')).toEqual({ key: 'name', down: false });
  });
});

describe('what is selected', () => {
  const order = ['a', 'b', 'c', 'd', 'e'];
  const of = (selection: { keys: ReadonlySet<string> }) => [...selection.keys].sort().join('');

  it('is one by one, or a range from the last one, in both directions', () => {
    const b = toggle(nothingSelected, 'b');
    expect(of(selectTo(b, order, 'd'))).toBe('bcd');
    expect(of(selectTo(selectTo(b, order, 'd'), order, 'a'))).toBe('abcd');
    expect(of(toggle(b, 'b'))).toBe('');
    expect(of(selectTo(nothingSelected, order, 'c'))).toBe('c');
  });

  it('ranges from the row itself when the first one is no longer there', () => {
    expect(of(selectTo(toggle(nothingSelected, 'gone'), order, 'b'))).toBe('bgone');
    expect(selectTo(nothingSelected, order, 'gone')).toBe(nothingSelected);
  });

  it('loses what is no longer there, and is the same when nothing went', () => {
    const some = toggleAll(nothingSelected, ['a', 'b', 'c']);
    expect(of(keepSelected(some, (key) => key !== 'b'))).toBe('ac');
    expect(keepSelected(some, () => true)).toBe(some);
  });

  it('is all, or none', () => {
    const all = toggleAll(toggle(nothingSelected, 'b'), order);
    expect(of(all)).toBe('abcde');
    expect(of(toggleAll(all, order))).toBe('');
    expect(of(toggleAll(nothingSelected, []))).toBe('');
  });
});

test('the keyboard reaches rows and stops at the ends', () => {
  expect(reachedRow('ArrowDown', 3, 5, 2)).toBe(4);
  expect(reachedRow('ArrowDown', 4, 5, 2)).toBe(4);
  expect(reachedRow('ArrowUp', 0, 5, 2)).toBe(0);
  expect(reachedRow('PageDown', 0, 5, 2)).toBe(2);
  expect(reachedRow('PageUp', 3, 5, 20)).toBe(0);
  expect(reachedRow('End', 0, 5, 2)).toBe(4);
  expect(reachedRow('x', 0, 5, 2)).toBeUndefined();
  expect(reachedRow('Home', 0, 0, 2)).toBeUndefined();
});

test('columns without a rank are not hidden by what was stored', () => {
  expect(readMemory('{"columns":[]}', columns, any)).toEqual({ columns: ['id', 'name'] });
});
