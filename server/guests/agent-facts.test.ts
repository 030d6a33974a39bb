import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { longestOs, mostAddresses, readAgentAddresses, readAgentOs } from './agent-facts.ts';

const cards = (...addresses: unknown[]) => [
  { name: 'lo', 'ip-addresses': [{ 'ip-address': '127.0.0.1' }, { 'ip-address': '::1' }] },
  { name: 'eth0', 'ip-addresses': addresses.map((address) => ({ 'ip-address': address, prefix: 24 })) },
];

describe('addresses', () => {
  test('of cards, without those that nobody else reaches', () => {
    const told = cards('192.0.2.7', '2001:DB8::7', 'fe80::1', 'fe80::1%eth0', '169.254.1.1', '192.0.2.7');
    expect(readAgentAddresses(told)).toEqual(['192.0.2.7', '2001:db8::7']);
  });

  test('no more than a list can show', () => {
    const many = Array.from({ length: 200 }, (_, last) => `192.0.2.${last}`);
    expect(readAgentAddresses(cards(...many))).toHaveLength(mostAddresses);
  });

  test.each<[string, unknown]>([
    ['markup', cards('<img src=x>')],
    ['a number', cards(7)],
    ['a long text', cards(`192.0.2.1${' '.repeat(1000)}`)],
    ['no list', { 'ip-addresses': [] }],
    ['nothing', undefined],
    ['a card without addresses', [{ name: 'eth0' }, null, 'eth1']],
  ])('none in %s', (_, answer) => {
    expect(readAgentAddresses(answer)).toEqual([]);
  });

  test('whatever is answered, each is an IP address', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json().map((text) => JSON.parse(text)),
          fc.array(fc.ipV6()).map((all) => cards(...all)),
        ),
        (answer) => {
          const found = readAgentAddresses(answer);
          expect(found.length).toBeLessThanOrEqual(mostAddresses);
          for (const address of found) expect(isIP(address)).toBeGreaterThan(0);
        },
      ),
    );
  });
});

describe('the operating system', () => {
  test('in its own words, else by its name', () => {
    expect(readAgentOs({ 'pretty-name': 'Debian GNU/Linux 12', name: 'Debian' })).toBe('Debian GNU/Linux 12');
    expect(readAgentOs({ 'pretty-name': ' ', name: 'Alpine' })).toBe('Alpine');
    expect(readAgentOs({ id: 'x' })).toBeUndefined();
    expect(readAgentOs('Debian')).toBeUndefined();
  });

  test('is one short line that hides nothing', () => {
    expect(readAgentOs({ name: 'a\n\u0000\u202eb\u2028c' })).toBe('a b c');
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 1000 }), (name) => {
        const os = readAgentOs({ name }) ?? '';
        expect([...os].length).toBeLessThanOrEqual(longestOs);
        expect(os).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});
