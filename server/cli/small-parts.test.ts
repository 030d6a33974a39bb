// Key-value reading, texts, completion scripts.
import { spawnSync } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { renderCompletion } from './completion.ts';
import { readKeyValues } from './key-values.ts';
import { buildProgram } from './program.ts';
import { renderBytes, renderDuration, renderTable, statusPainter } from './render.ts';
import { renderInput } from './terminal.ts';
import { contentOfName } from './upload.ts';

test('keys and values', () => {
  expect(readKeyValues(['--a', '1', '--b', '--c=x=y', '--d=', '--e', '-5'])).toEqual({
    a: '1',
    b: '1',
    c: 'x=y',
    d: '',
    e: '-5',
  });
  expect(readKeyValues(['--a', '1', '--a', '2', '--a', '3'])).toEqual({ a: ['1', '2', '3'] });
  expect(() => readKeyValues(['a'])).toThrow("'a' does not belong");
  expect(() => readKeyValues(['---a'])).toThrow('does not belong');
});

test('sizes and durations', () => {
  expect([0, 1023, 1024, 1536, 20 * 1024 ** 2, 5 * 1024 ** 4, undefined].map(renderBytes)).toEqual([
    '0 B',
    '1023 B',
    '1.0 KiB',
    '1.5 KiB',
    '20 MiB',
    '5.0 TiB',
    '',
  ]);
  expect([0, 41, 61, 3600, 90_000].map(renderDuration)).toEqual(['', '41s', '1m 1s', '1h 0m', '1d 1h']);
});

test('colours change no width, and there are none without a terminal', () => {
  const columns = [
    { title: 'STATUS', value: (row: { s: string }) => row.s },
    { title: 'X', value: () => 'x' },
  ];
  const rows = [{ s: 'running' }, { s: 'odd' }];
  const plain = renderTable(rows, columns, { none: '' });
  const painted = renderTable(rows, columns, { none: '', paint: statusPainter(true) });
  expect(painted).toContain('\x1b[32mrunning\x1b[39m  x');
  expect(painted.replace(/\x1b\[\d+m/g, '')).toBe(plain);
  expect(statusPainter(false)).toBeUndefined();
});

test('kinds of files', () => {
  const names = ['a.iso', 'a.IMG', 'a.tar.zst', 'a.qcow2', 'a.txt'];
  expect(names.map(contentOfName)).toEqual(['iso', 'iso', 'vztmpl', 'import', undefined]);
});

test('terminal input counts bytes, not letters', () => {
  expect(renderInput(Buffer.from('ö')).toString()).toBe('0:2:ö');
});

const silent = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough(), env: {} };
const program = buildProgram(silent, () => '/nowhere');

test.each([
  ['croft ""', ['vm', 'storage', 'api', '--json']],
  ['croft vm ""', ['list', 'create', 'console']],
  ['croft storage upload ""', ['--checksum']],
  ['croft vm sta', ['start']],
])('bash completes %s', (line, expected) => {
  const words = line.split(' ').map((word) => (word === '""' ? '' : word));
  const script = `${renderCompletion(program, 'bash')}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _croft; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, status } = spawnSync('bash', ['--norc', '-c', script], { encoding: 'utf8', cwd: '/' });
  expect(status).toBe(0);
  expect(stdout.split('\n')).toEqual(expect.arrayContaining(expected));
  if (line.endsWith('sta')) expect(stdout).toBe('start\n');
});

test('zsh and fish get every command with its description', () => {
  expect(renderCompletion(program, 'zsh')).toContain("'start:switch on'");
  expect(renderCompletion(program, 'fish')).toContain(
    `complete -c croft -n "__croft_at 1 'vm'" -a start -d 'switch on'`,
  );
});
