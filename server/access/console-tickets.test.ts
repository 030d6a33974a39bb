import { expect, test } from 'vitest';
import { testClock } from './clock-fixture.ts';
import { ConsoleTickets } from './console-tickets.ts';

const grant = { requester: 'joe@pve', path: '/vms/100', port: 5900, console: 'vnc' };

function setUp(options = {}) {
  const clock = testClock();
  return { clock, consoles: new ConsoleTickets(clock, options) };
}

test('open once what they were made for', () => {
  const { consoles } = setUp();
  const ticket = consoles.issue(grant);
  expect(ticket).toMatch(/^PVEVNC:[0-9A-F]{8}::[A-Za-z0-9+/=]{44}$/);
  expect(consoles.redeem(ticket, grant)).toEqual(grant);
  expect(consoles.redeem(ticket, grant)).toBeUndefined();
});

test('wait thirty seconds', () => {
  const { consoles, clock } = setUp();
  const [early, late] = [consoles.issue(grant), consoles.issue(grant)];
  clock.pass(30_000);
  expect(consoles.redeem(early, grant)).toBeDefined();
  clock.pass(1);
  expect(consoles.redeem(late, grant)).toBeUndefined();
});

test.each([{ requester: 'eve@pve' }, { path: '/vms/101' }, { port: 5901 }])(
  'are used up by a claim with %o, and open nothing',
  (wrong) => {
    const { consoles } = setUp();
    const ticket = consoles.issue(grant);
    expect(consoles.redeem(ticket, { ...grant, ...wrong })).toBeUndefined();
    expect(consoles.redeem(ticket, grant)).toBeUndefined();
  },
);

test('can be confirmed without being used up', () => {
  const { consoles, clock } = setUp();
  const ticket = consoles.issue(grant);
  expect(consoles.confirms(ticket, grant)).toBe(true);
  expect(consoles.confirms(ticket, { ...grant, path: '/vms/7' })).toBe(false);
  expect(consoles.redeem(ticket, grant)).toBeDefined();
  expect(consoles.confirms(ticket, grant)).toBe(false);
  const old = consoles.issue(grant);
  clock.pass(31_000);
  expect(consoles.confirms(old, grant)).toBe(false);
});

test('are bounded, for one requester and in all, and room is made by time', () => {
  const { consoles, clock } = setUp({ limit: 8 });
  consoles.issue(grant);
  consoles.issue(grant);
  expect(() => consoles.issue(grant)).toThrow('too many consoles');
  for (const name of ['a', 'b', 'c']) {
    consoles.issue({ ...grant, requester: name });
    consoles.issue({ ...grant, requester: name });
  }
  expect(() => consoles.issue({ ...grant, requester: 'd' })).toThrow('too many consoles');
  clock.pass(30_001);
  expect(consoles.redeem(consoles.issue(grant), grant)).toBeDefined();
});
