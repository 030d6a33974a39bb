// The console's head: fits its place, shows what matters, and its file is written only when something changed.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ConsoleHeadFacts,
  type ConsoleHeadParts,
  keepConsoleHead,
  renderConsoleHead,
} from './console-head.ts';

const facts: ConsoleHeadFacts = {
  node: 'croft1',
  version: '0.1.0',
  mode: 'live',
  state: 'ready',
  addresses: ['192.0.2.10', '2001:db8::10'],
  port: 8006,
  fingerprint: Array.from({ length: 32 }, () => 'AB').join(':'),
  warnings: [],
};

describe('renderConsoleHead', () => {
  it('says who, where and how', () => {
    expect(renderConsoleHead(facts)).toBe(
      [
        'Croft 0.1.0 on croft1, live system: nothing is installed',
        '',
        '  https://192.0.2.10:8006',
        '  https://[2001:db8::10]:8006',
        `  certificate SHA-256 ${'AB:'.repeat(16)}`,
        `                      ${'AB:'.repeat(15)}AB`,
        '',
        '  ready',
        '',
      ].join('\n'),
    );
  });

  it('says so when there is no address', () => {
    expect(renderConsoleHead({ ...facts, addresses: [] })).toContain('No network address.');
  });

  it('tells the password of a live system', () => {
    expect(renderConsoleHead({ ...facts, livePassword: 'abcd-efgh' })).toContain(
      '\n  log in as root, password abcd-efgh\n',
    );
  });

  it('fits into 16 lines of 79 ASCII characters, whatever it is given', () => {
    const text = renderConsoleHead({
      ...facts,
      node: `${'n'.repeat(63)}\u001b[2J`,
      livePassword: 'p'.repeat(99),
      state: `päused ${'x'.repeat(200)}`,
      addresses: Array.from({ length: 9 }, (_, n) => `2001:db8:1111:2222:3333:4444:5555:666${n}`),
      warnings: ['State partition is full. '.repeat(9), 'w'.repeat(300), 'a\nb\r\u0007'],
    });
    const lines = text.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(16);
    expect(lines.filter((line) => line.length > 79 || /[^\x20-\x7e]/.test(line))).toEqual([]);
    expect(text).toContain('and 5 more');
    expect(text).toContain('! and more');
  });

  it('shows warnings whole when they fit', () => {
    const warnings = [
      'Slot B runs, but slot A boots by default: confirm it, or the next boot returns to A again',
    ];
    expect(renderConsoleHead({ ...facts, warnings })).toContain(
      '  ! Slot B runs, but slot A boots by default: confirm it, or the next boot\n    returns to A again\n',
    );
  });
});

describe('keepConsoleHead', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'croft-head-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs through `turns`, each called before the look of that turn. */
  async function keep(turns: readonly (() => void)[], more: Partial<ConsoleHeadParts> = {}) {
    const stop = new AbortController();
    let turn = 0;
    turns[turn]?.();
    const errors: string[] = [];
    await keepConsoleHead(
      {
        path: join(folder, 'run', 'console-head'),
        clock: {
          now: () => 0,
          sleep: async () => {
            turn += 1;
            if (turn >= turns.length) stop.abort();
            else turns[turn]?.();
          },
        },
        ...{ node: 'croft1', version: '0.1.0', port: 8006 },
        mode: () => 'installed',
        state: () => 'ready',
        addresses: () => ['192.0.2.10'],
        fingerprint: () => 'AB',
        livePassword: () => undefined,
        warnings: () => [],
        onError: ({ message }) => errors.push(message),
        ...more,
      },
      stop.signal,
    );
    return errors;
  }
  const path = () => join(folder, 'run', 'console-head');
  const inode = () => statSync(path()).ino;

  it('writes it, and again only when it changed or is gone', async () => {
    const inodes: number[] = [];
    let address = '192.0.2.10';
    const note = () => inodes.push(inode());
    await keep(
      [
        () => {},
        note,
        () => {
          note();
          address = '192.0.2.11';
        },
        () => {
          note();
          rmSync(path());
        },
      ],
      { addresses: () => [address] },
    );
    expect(inodes[0]).toBe(inodes[1]);
    expect(inodes[2]).not.toBe(inodes[1]);
    expect(readFileSync(path(), 'utf8')).toContain('192.0.2.11');
    expect(readdirSync(join(folder, 'run'))).toEqual(['console-head']);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
  });

  it('goes on after a failure', async () => {
    let works = false;
    const errors = await keep([() => {}, () => (works = true)], {
      warnings: () => (works ? [] : Promise.reject(new Error('broken'))),
    });
    expect(errors).toEqual(['internal error']);
    expect(readFileSync(path(), 'utf8')).toContain('croft1');
  });

  it('reports a place where nothing can be written', async () => {
    writeFileSync(join(folder, 'run'), '');
    expect(await keep([() => {}])).toHaveLength(1);
  });
});
