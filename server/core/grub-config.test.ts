// GRUB's menu as text: what a trial, an empty slot and a broken kernel lead to. A small interpreter stands in for GRUB.
import { describe, expect, test } from 'vitest';
import { renderGrubConfig } from './grub-config.ts';

const systemUuid = '11111111-1111-4111-8111-111111111111';
const stateUuid = '22222222-2222-4222-8222-222222222222';
const text = renderGrubConfig({ systemUuid, stateUuid });

interface Machine {
  readonly slots: Readonly<Partial<Record<'A' | 'B', string>>>;
  readonly env: Readonly<Record<string, string>>;
  readonly platform?: string;
  readonly readOnly?: boolean;
}

interface Menu {
  readonly titles: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  /** Variables as they were saved, in their order. */
  readonly saved: readonly string[];
  /** Kernel command lines, by entry. */
  readonly lines: readonly string[];
}

/** The statements that the menu is made of: `set`, `if` with one test or command, `source`, functions, entries. */
function interpret(machine: Machine): Menu {
  const variables: Record<string, string> = { grub_platform: machine.platform ?? 'pc' };
  const saved: string[] = [];
  const entries: { title: string; body: string[] }[] = [];
  const functions = new Map<string, string[]>();
  const lines: string[] = [];

  const expand = (word: string, args: readonly string[]) =>
    word.replace(
      /\$(\w+)/g,
      (_all, name: string) => (/^\d$/.test(name) ? args[Number(name) - 1] : variables[name]) ?? '',
    );
  const words = (line: string, args: readonly string[]) =>
    [...line.matchAll(/"([^"]*)"|(\S+)/g)].flatMap(([, quoted, bare = '']) => {
      if (quoted !== undefined) return [expand(quoted, args)];
      const assigned = /^(\w+=)"?/.exec(bare);
      if (assigned) return [expand(bare.replaceAll('"', ''), args)];
      return expand(bare, args)
        .split(/\s+/)
        .filter((word) => word !== '');
    });
  const slotOf = (path: string) => machine.slots[/^\(disk\)\/([AB])\//.exec(path)?.[1] as 'A' | 'B'];

  function holds(condition: string, args: readonly string[]): boolean {
    const inner = /^\[ (.*) \]$/.exec(condition)?.[1];
    if (inner === undefined) return command(condition, args);
    return inner.split(' -a ').every((part) => {
      const [, operator = '', path = ''] = /^(-[fnz]) "(.*)"$/.exec(part) ?? [];
      const value = expand(path, args);
      if (operator === '-f') return slotOf(value) !== undefined;
      if (operator === '-n') return value !== '';
      if (operator === '-z') return value === '';
      const [, left = '', sign, right] = /^"(.*)" (=|!=) "(.*)"$/.exec(part) ?? [];
      if (sign === undefined) throw new Error(`no test: ${part}`);
      return (expand(left, args) === right) === (sign === '=');
    });
  }

  function command(line: string, args: readonly string[]): boolean {
    const [name = '', ...rest] = words(
      line.replace(/^set (\w+)="(.*)"$/, 'set "$1=$2"').replace('"$1', '"'),
      args,
    );
    if (name === 'set') {
      const [, key = '', value = ''] = /^set (\w+)=(.*)$/.exec(line) ?? [];
      variables[key] = expand(value.replaceAll('"', ''), args);
    } else if (name === 'search') variables['system'] = 'disk';
    else if (name === 'load_env') for (const key of rest) variables[key] = machine.env[key] ?? '';
    else if (name === 'save_env') {
      if (machine.readOnly) return false;
      for (const key of rest) saved.push(`${key}=${variables[key]}`);
    } else if (name === 'source') {
      variables['croft_version'] = slotOf(rest[0] ?? '') ?? '';
      variables['croft_options'] = 'console=tty0 quiet';
    } else if (name === 'linux') lines.push(rest.join(' '));
    else if (functions.has(name)) run(functions.get(name)!, rest);
    else if (
      !['serial', 'terminal_input', 'terminal_output', 'initrd', 'echo', 'sleep', 'fwsetup'].includes(name)
    )
      throw new Error(`no command: ${line}`);
    return name !== 'serial';
  }

  function run(script: readonly string[], args: readonly string[]): void {
    for (let at = 0; at < script.length; at++) {
      const line = (script[at] ?? '').trim();
      if (line === '' || line.startsWith('#')) continue;
      const single = /^if (.*?); then (.*); fi$/.exec(line);
      if (single) {
        if (holds(single[1]!, args)) command(single[2]!, args);
        continue;
      }
      const [, opened] = /^(if|function|menuentry) ?/.exec(line) ?? [];
      if (opened === undefined) {
        command(line, args);
        continue;
      }
      const indent = /^ */.exec(script[at]!)![0];
      const closing = opened === 'if' ? `${indent}fi` : `${indent}}`;
      const end = script.indexOf(closing, at);
      const body = script.slice(at + 1, end);
      if (opened === 'function') functions.set(line.split(' ')[1]!, body);
      else if (opened === 'menuentry')
        entries.push({ title: expand(/"(.*)"/.exec(line)![1]!, args).trim(), body });
      else {
        const otherwise = body.indexOf(`${indent}else`);
        const yes = otherwise < 0 ? body : body.slice(0, otherwise);
        if (holds(/^if (.*); then$/.exec(line)![1]!, args)) run(yes, args);
        else if (otherwise >= 0) run(body.slice(otherwise + 1), args);
      }
      at = end;
    }
  }

  run(text.split('\n'), []);
  const chosen = { ...variables };
  for (const entry of entries) run(entry.body, []);
  return { titles: entries.map((entry) => entry.title), variables: chosen, saved, lines };
}

const both = { A: '1.0', B: '2.0' };
const line = (slot: string, more = '') =>
  `/${slot}/vmlinuz croft.slot=${slot} croft.system=UUID=${systemUuid} croft.state=UUID=${stateUuid} console=tty0 quiet${more}`;

describe('the menu', () => {
  test('of a first installation: no other version', () => {
    const menu = interpret({ slots: { A: '1.0' }, env: { slot: 'A', try: '' } });
    expect(menu.titles).toEqual(['Croft 1.0', 'Croft, no guests started']);
    expect(menu.lines).toEqual([line('A'), line('A', ' croft.nostart=1')]);
    expect(menu.variables['fallback']).toBeUndefined();
    expect(menu.saved).toEqual([]);
  });

  test('with both slots: the other is the fallback', () => {
    const menu = interpret({ slots: both, env: { slot: 'B' }, platform: 'efi' });
    expect(menu.titles).toEqual([
      'Croft 2.0',
      'Previous version 1.0',
      'Croft, no guests started',
      'Firmware setup',
    ]);
    expect(menu.lines.slice(0, 2)).toEqual([line('B'), line('A')]);
    expect(menu.variables).toMatchObject({ default: '0', fallback: '1', timeout: '3' });
  });

  test('a trial is forgotten before it boots, and only the slot on trial says so', () => {
    const menu = interpret({ slots: both, env: { slot: 'A', try: 'B' } });
    expect(menu.saved).toEqual(['try=']);
    expect(menu.titles[0]).toBe('Croft 2.0');
    expect(menu.lines.slice(0, 2)).toEqual([line('B', ' croft.trial=1'), line('A')]);
    expect(menu.lines[2]).toBe(line('B', ' croft.nostart=1'));
  });

  test('a trial that cannot be forgotten is not tried', () => {
    const menu = interpret({ slots: both, env: { slot: 'A', try: 'B' }, readOnly: true });
    expect(menu.lines.slice(0, 2)).toEqual([line('A'), line('B')]);
  });

  test.each(['B', 'C'])('a trial of slot %s, which has no image, is forgotten', (tried) => {
    const menu = interpret({ slots: { A: '1.0' }, env: { slot: 'A', try: tried } });
    expect(menu.saved).toEqual(['try=']);
    expect(menu.lines).toEqual([line('A'), line('A', ' croft.nostart=1')]);
  });

  test.each([
    ['', both, 'A'],
    ['', { B: '2.0' }, 'B'],
    ['A', { B: '2.0' }, 'B'],
    ['B', { A: '1.0' }, 'A'],
    ['nonsense', both, 'A'],
  ])('default %j with %j boots %s', (slot, slots, booted) => {
    expect(interpret({ slots, env: { slot } }).lines[0]).toBe(line(booted));
  });

  test('without any image it says so', () => {
    const menu = interpret({ slots: {}, env: { slot: 'A' } });
    expect(menu.titles).toEqual(['No Croft image was found on this disk']);
  });

  test('only UUIDs get into it', () => {
    expect(() => renderGrubConfig({ systemUuid: 'x; reboot', stateUuid })).toThrow(/no UUID/);
    expect(() => renderGrubConfig({ systemUuid, stateUuid: '' })).toThrow(/no UUID/);
  });
});
