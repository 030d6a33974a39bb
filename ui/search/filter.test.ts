// The filter language: what each kind of term finds, what cannot be read, and the laws that hold for any text.
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { ResourceItem } from '../../server/contract/resources.ts';
import { readFilter } from './filter.ts';
import { filterKeys } from './properties.ts';
import { quoteValue } from './terms.ts';

const GiB = 1024 ** 3;
const web: ResourceItem = {
  ...{ id: 'qemu/101', type: 'qemu', node: 'pve1', vmid: 101, name: 'web main', status: 'running' },
  ...{ tags: 'web;prod', pool: 'shop', maxmem: 8 * GiB, mem: 6 * GiB, maxcpu: 4, cpu: 0.501 },
  ...{ maxdisk: 32 * GiB, uptime: 4 * 86_400, addresses: ['192.0.2.7', '2001:db8::7'], os: 'Debian 12' },
};
const ct: ResourceItem = {
  ...{
    id: 'lxc/202',
    type: 'lxc',
    node: 'pve2',
    vmid: 202,
    name: 'Büro',
    status: 'paused',
    tags: 'webserver',
  },
  ...{ maxmem: 2 * GiB, mem: GiB, maxcpu: 1, cpu: 0.02, lock: 'backup', uptime: 60 },
};
const off: ResourceItem = {
  ...{ id: 'qemu/303', type: 'qemu', node: 'pve1', vmid: 303, status: 'stopped', template: 1 },
  ...{ maxmem: 4 * GiB, mem: 0, cpu: 0, maxcpu: 2, uptime: 0 },
};
const node: ResourceItem = { id: 'node/pve1', type: 'node', node: 'pve1', status: 'online' };
const local: ResourceItem = {
  ...{ id: 'storage/pve1/local', type: 'storage', node: 'pve1', storage: 'local', status: 'available' },
  ...{ content: 'iso,backup', shared: 1, disk: 90, maxdisk: 100, problem: 'it hangs' },
};
const all = [web, ct, off, node, local];
const found = (text: string) => all.filter((item) => readFilter(text).matches(item)).map((item) => item.id);
const reasons = (text: string) => readFilter(text).problems.map(({ part, reason }) => `${part} ${reason}`);

describe('what is found', () => {
  it.each([
    ['', all.map(({ id }) => id)],
    ['web', ['qemu/101', 'lxc/202']],
    ['WEB pve1', ['qemu/101']],
    ['"web main"', ['qemu/101']],
    ['web"  "main', []],
    ['buro', ['lxc/202']],
    ['shop', ['qemu/101']],
    ['container', ['lxc/202']],
    ['contain', []],
    ['vm', ['qemu/101', 'qemu/303']],
    ['20', ['lxc/202']],
    ['status:running', ['qemu/101']],
    ['status:st', ['qemu/303']],
    ['state=frozen', ['lxc/202']],
    ['status!=running type:guest', ['lxc/202', 'qemu/303']],
    ['tag:web', ['qemu/101']],
    ['tag:web*', ['qemu/101', 'lxc/202']],
    ['tag:"web*"', []],
    ['tag:prod,webserver', ['qemu/101', 'lxc/202']],
    ['-tag:prod,webserver', ['qemu/303', 'node/pve1', 'storage/pve1/local']],
    ['!web -type:node', ['qemu/303', 'storage/pve1/local']],
    ['type:ct', ['lxc/202']],
    ['type:c', ['lxc/202']],
    ['type:vm,node', ['qemu/101', 'qemu/303', 'node/pve1']],
    ['is:template', ['qemu/303']],
    ['is:locked', ['lxc/202']],
    ['is:broken', ['storage/pve1/local']],
    ['node:pve1 type:vm', ['qemu/101', 'qemu/303']],
    ['node:pve', []],
    ['node:*2', ['lxc/202']],
    ['name:main', ['qemu/101']],
    ['name:"WEB MAIN"', ['qemu/101']],
    ['pool:shop', ['qemu/101']],
    ['ip:192.0.2.*', ['qemu/101']],
    ['ip:"2001:db8::7"', ['qemu/101']],
    ['os:debian', ['qemu/101']],
    ['storage:local', ['storage/pve1/local']],
    ['content:iso', ['storage/pve1/local']],
    ['id:101,303', ['qemu/101', 'qemu/303']],
    ['id>=202', ['lxc/202', 'qemu/303']],
    ['mem>4G', ['qemu/101']],
    ['mem>=4096M type:vm', ['qemu/101', 'qemu/303']],
    ['mem<4gib', ['lxc/202']],
    ['mem>70%', ['qemu/101']],
    ['mem<60%', ['lxc/202']],
    ['cpu:50%', ['qemu/101']],
    ['cpu>2', ['qemu/101']],
    ['disk>=90%', ['storage/pve1/local']],
    ['uptime>3d', ['qemu/101']],
    ['uptime<=1m', ['lxc/202']],
    ['uptime>3d12h', ['qemu/101']],
    ['uptime>4d1s', []],
  ])('%s', (text, ids) => {
    expect(found(text)).toEqual(ids);
    expect(reasons(text)).toEqual([]);
  });
});

describe('what cannot be read is told, and matches nothing', () => {
  it.each([
    ['colour:red', ['colour:red unknown-key']],
    ['web constructor:x', ['constructor:x unknown-key']],
    ['status:runing', ['status:runing unknown-value']],
    ['-status:runing', ['-status:runing unknown-value']],
    ['tag>web', ['tag>web not-comparable']],
    ['mem>4', ['mem>4 not-a-size']],
    ['mem>4G,much', ['mem>4G,much not-a-size']],
    ['cpu>lots', ['cpu>lots not-a-count']],
    ['uptime>3', ['uptime>3 not-a-duration']],
    ['id:-1', ['id:-1 not-a-count']],
    ['mem> web', ['mem> no-value']],
    ['- web', ['- nothing-negated']],
  ])('%s', (text, told) => {
    expect(reasons(text)).toEqual(told);
    expect(found(text)).toEqual([]);
  });

  it('tells where', () => {
    expect(readFilter('web  colour:red').problems).toEqual([
      { from: 5, to: 15, part: 'colour:red', reason: 'unknown-key' },
    ]);
  });

  it('what is still being written asks for nothing yet, and is told', () => {
    expect(found('web status:')).toEqual(['qemu/101', 'lxc/202']);
    expect(reasons('web status:')).toEqual(['status: no-value']);
    expect(found('web -')).toEqual(['qemu/101', 'lxc/202']);
    expect(found('name:"web ma')).toEqual(['qemu/101']);
    expect(reasons('name:"web ma')).toEqual(['name:"web ma open-quote']);
  });
});

test('guests are found by the backup that is missing', () => {
  const guest = (backupAlert?: 'late' | 'none'): ResourceItem => ({
    ...{ id: 'qemu/100', type: 'qemu', node: 'a', status: 'running' },
    ...(backupAlert && { backupAlert }),
  });
  const found = (text: string) =>
    [guest('late'), guest('none'), guest()].map((one) => readFilter(text).matches(one));
  expect(found('backup:late')).toEqual([true, false, false]);
  expect(found('backup:none')).toEqual([false, true, false]);
  expect(found('backup:missing')).toEqual([true, true, false]);
  expect(found('-backup:missing')).toEqual([false, false, true]);
  expect(readFilter('backup:restore-failed').matches({ ...guest(), proofAlert: 'failed' })).toBe(true);
  expect(found('backup:restore-failed')).toEqual([false, false, false]);
});

test('plain words are told apart from what asks for more', () => {
  expect(readFilter('Web  Büro')).toMatchObject({ precise: false, words: ['web', 'buro'], empty: false });
  expect(readFilter('web -db is:locked')).toMatchObject({ precise: true, words: ['web'] });
  expect(readFilter('  ')).toMatchObject({ precise: false, empty: true });
});

const anyText = fc.string({ unit: 'binary', maxLength: 60 });
/** Texts that look like the language. */
const near = fc
  .array(
    fc.oneof(
      fc.constantFrom(...filterKeys, 'tags', 'x', '__proto__'),
      fc.constantFrom(':', '=', '!=', '>', '>=', '<', '<=', ',', '"', '-', '!', ' ', '*', '%', '\u2003'),
      fc.constantFrom('4G', '50%', '3d', 'running', 'web', '101', 'é', '\ud800'),
      anyText,
    ),
    { maxLength: 14 },
  )
  .map((parts) => parts.join(''));
const resource: fc.Arbitrary<ResourceItem> = fc
  .record(
    {
      ...{ id: anyText, type: fc.constantFrom('qemu', 'lxc', 'node', 'storage'), node: anyText },
      ...{ status: fc.oneof(fc.constantFrom('running', 'stopped', 'online'), anyText), vmid: fc.nat() },
      ...{ name: anyText, tags: anyText, pool: anyText, storage: anyText, content: anyText, lock: anyText },
      ...{ template: fc.constantFrom(0, 1), cpu: fc.double(), maxcpu: fc.double(), uptime: fc.double() },
      ...{ mem: fc.double(), maxmem: fc.double(), disk: fc.double(), maxdisk: fc.double() },
    },
    { requiredKeys: ['id', 'type', 'node', 'status'] },
  )
  .map((one) => one as ResourceItem);

describe('laws', () => {
  it('no text breaks it; what is told lies in the text', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, near), resource, (text, item) => {
        const filter = readFilter(text);
        expect(typeof filter.matches(item)).toBe('boolean');
        for (const { from, to, part } of filter.problems) {
          expect(from).toBeGreaterThanOrEqual(0);
          expect(to).toBeGreaterThan(from);
          expect(part).toBe(text.slice(from, to));
          expect(part).not.toBe('');
        }
        if (text.trim() === '') expect(filter.empty).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  const readable = near.filter((text) => readFilter(text).problems.length === 0);

  it('terms narrow, in any order', () => {
    fc.assert(
      fc.property(readable, readable, resource, (a, b, item) => {
        const both = readFilter(a).matches(item) && readFilter(b).matches(item);
        expect(readFilter(`${a} ${b}`).matches(item)).toBe(both);
        expect(readFilter(`${b} ${a}`).matches(item)).toBe(both);
      }),
    );
  });

  it('negation turns a term round, and values are alternatives', () => {
    const one = fc.constantFrom('running', 'stopped', 'online', 'unknown');
    fc.assert(
      fc.property(one, one, resource, (a, b, item) => {
        const matches = (text: string) => readFilter(text).matches(item);
        expect(matches(`-status:${a}`)).toBe(!matches(`status:${a}`));
        expect(matches(`status!=${a}`)).toBe(!matches(`status:${a}`));
        expect(matches(`status:${a},${b}`)).toBe(matches(`status:${a}`) || matches(`status:${b}`));
      }),
    );
  });

  it('a quoted value finds what has it, whatever it is', () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
      .filter((text) => !text.includes('"'));
    fc.assert(
      fc.property(name, resource, (text, item) => {
        const own: ResourceItem = { ...item, type: 'qemu', pool: text, name: text };
        expect(readFilter(`pool:${quoteValue(text)}`).problems).toEqual([]);
        expect(readFilter(`pool:${quoteValue(text)}`).matches(own)).toBe(true);
        expect(readFilter(`-pool:"${text}"`).matches(own)).toBe(false);
        expect(readFilter(`"${text}"`).matches(own)).toBe(true);
      }),
    );
  });

  it('a pattern of many stars takes no longer than its length', () => {
    const hostile: ResourceItem = { ...web, tags: 'a'.repeat(20_000) };
    const before = performance.now();
    expect(readFilter(`tag:${'a*'.repeat(2000)}b`).matches(hostile)).toBe(false);
    expect(performance.now() - before).toBeLessThan(500);
  });
});
