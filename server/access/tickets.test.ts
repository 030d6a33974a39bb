import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { authKeysInFile } from './auth-keys.ts';
import { testClock } from './clock-fixture.ts';
import { Tickets, ticketLifetime } from './tickets.ts';

const hour = 3600_000;
let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'croft-keys-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function setUp() {
  const clock = testClock();
  return { clock, tickets: new Tickets(authKeysInFile(dir, clock), clock) };
}

describe('tickets', () => {
  test('have the form that clients expect and tell who they were issued to', () => {
    const { tickets, clock } = setUp();
    const ticket = tickets.issue('root@pam');
    expect(ticket).toMatch(/^PVE:root@pam:[0-9A-F]{8}::[A-Za-z0-9+/]+=*$/);
    expect(tickets.read(ticket)).toEqual({ userid: 'root@pam', issued: clock.now() / 1000 });
  });

  test('last two hours', () => {
    const { tickets, clock } = setUp();
    const ticket = tickets.issue('root@pam');
    clock.pass((ticketLifetime - 1) * 1000);
    expect(tickets.read(ticket)).toBeDefined();
    clock.pass(1000);
    expect(tickets.read(ticket)).toBeUndefined();
  });

  test('may come from a clock that is five minutes ahead, not more', () => {
    const { tickets, clock } = setUp();
    clock.pass(300_000);
    const ticket = tickets.issue('root@pam');
    clock.pass(-300_000);
    expect(tickets.read(ticket)).toBeDefined();
    clock.pass(-1000);
    expect(tickets.read(ticket)).toBeUndefined();
  });

  test('are refused when any character is changed', () => {
    const { tickets } = setUp();
    const ticket = tickets.issue('joe@pve');
    // The last character before the padding holds bits that base64 does not use.
    const length = ticket.indexOf('=', ticket.indexOf('::')) - 1;
    fc.assert(
      fc.property(fc.nat(length - 1), fc.constantFrom(...'Aa0+/:@= \n%'), (at, character) => {
        const forged = ticket.slice(0, at) + character + ticket.slice(at + 1);
        expect(tickets.read(forged)?.userid).toBe(forged === ticket ? 'joe@pve' : undefined);
      }),
      { numRuns: 400 },
    );
    for (const text of ['', 'PVE:root@pam:00000000::', `${ticket}::x`, `${ticket}x`, `PVE:${ticket}`, '::'])
      expect(tickets.read(text)).toBeUndefined();
  });

  test('of another installation are refused', () => {
    const { tickets } = setUp();
    const ticket = tickets.issue('root@pam');
    rmSync(join(dir, 'auth-keys.json'));
    expect(setUp().tickets.read(ticket)).toBeUndefined();
  });

  test('survive a restart', () => {
    const ticket = setUp().tickets.issue('root@pam');
    expect(setUp().tickets.read(ticket)?.userid).toBe('root@pam');
  });
});

describe('keys', () => {
  test('are in a file that only its owner can read', () => {
    setUp();
    expect(statSync(join(dir, 'auth-keys.json')).mode & 0o777).toBe(0o600);
  });

  test('are renewed each day; tickets of the old key stay good for their two hours', () => {
    const { tickets, clock } = setUp();
    clock.pass(23.5 * hour);
    const old = tickets.issue('joe@pve');
    clock.pass(hour);
    const fresh = tickets.issue('joe@pve');
    const pems = () =>
      (JSON.parse(readFileSync(join(dir, 'auth-keys.json'), 'utf8')) as { keys: unknown[] }).keys;
    expect(pems()).toHaveLength(2);
    expect(tickets.read(old)).toBeDefined();
    expect(tickets.read(fresh)).toBeDefined();
    clock.pass(1.6 * hour);
    expect(tickets.read(old)).toBeUndefined();
    expect(tickets.read(fresh)).toBeDefined();
    clock.pass(hour);
    tickets.issue('joe@pve');
    expect(pems()).toHaveLength(1);
  });

  test('after weeks of rest only the new key counts', () => {
    const { tickets, clock } = setUp();
    clock.pass(40 * 24 * hour);
    expect(tickets.read(tickets.issue('joe@pve'))).toBeDefined();
    clock.pass(24 * hour);
    expect(tickets.read(tickets.issue('joe@pve'))).toBeDefined();
  });

  test('a damaged file is told, not replaced, and its content not shown', () => {
    writeFileSync(join(dir, 'auth-keys.json'), '{"keys":[{"made":1,"pem":"SECRETPEM"}],"csrf":"x"}');
    expect(() => setUp()).toThrow('the login keys are damaged');
    writeFileSync(join(dir, 'auth-keys.json'), 'SECRETPEM');
    try {
      setUp();
    } catch (error) {
      expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain('SECRETPEM');
    }
  });
});

describe('CSRF tokens', () => {
  test('are bound to the user, expire, and cannot be changed', () => {
    const { tickets, clock } = setUp();
    const token = tickets.issueCsrf('joe@pve');
    expect(token).toMatch(/^[0-9A-F]{8}:[A-Za-z0-9+/]{43}$/);
    expect(tickets.checkCsrf('joe@pve', token)).toBe(true);
    expect(tickets.checkCsrf('max@pve', token)).toBe(false);
    expect(tickets.checkCsrf('joe@pve', '')).toBe(false);
    expect(tickets.checkCsrf('joe@pve', `${token.slice(0, 9)}${'A'.repeat(43)}`)).toBe(false);
    clock.pass(ticketLifetime * 1000);
    expect(tickets.checkCsrf('joe@pve', token)).toBe(false);
  });
});
