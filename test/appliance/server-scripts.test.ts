// The servers' scripts: what sh(1) and nft(8) would refuse is seen here, not after minutes in the lab.
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import {
  addLun,
  askForNoPassword,
  cutOff,
  killBrick,
  killMounts,
  mountServersRoot,
  reconnect,
  shrinkLun,
  startBricks,
  startServer,
} from './server-scripts.ts';
import { type StorageServer, serverAddresses } from './storage-places.ts';

const servers = Object.keys(serverAddresses) as StorageServer[];

test.each([
  ['the root', mountServersRoot],
  ...servers.map((server) => [server, startServer[server]] as const),
  ...servers.map((server) => [`cut ${server}`, cutOff(server) + reconnect(server)] as const),
  ['units', addLun(3, 64) + shrinkLun(3, 32) + askForNoPassword],
  ['bricks', `${killBrick(1)}\n${startBricks}`],
] as const)('sh takes the script of %s', (_, script) => {
  const { status, stderr } = spawnSync('sh', ['-n'], { input: script, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
});

test('each server is cut off by its own address, and by a table of its own', () => {
  for (const server of servers) {
    const script = cutOff(server);
    expect(script).toContain(`ip daddr ${serverAddresses[server]} `);
    expect(reconnect(server)).toContain(/table inet (\S+) \{/.exec(script)?.[1] ?? 'no table');
  }
  expect(new Set(Object.values(serverAddresses)).size).toBe(servers.length);
});

test('a unit that shrinks stays the same disk', () => {
  const serial = /echo (\S+) > .*vpd_unit_serial/;
  for (const script of [addLun(2, 20), shrinkLun(2, 10)])
    expect(serial.exec(script)?.[1]).toBe('00000002-0000-4000-8000-000000000000');
});

test('units are told apart by what of their serial numbers is in their ids: 25 digits', () => {
  const digits = (number: number) =>
    /echo ([0-9a-f-]+) > .*vpd_unit_serial/.exec(addLun(number, 20))![1]!.replaceAll('-', '');
  expect(digits(0).slice(0, 25)).not.toBe(digits(1).slice(0, 25));
});

test('what kills processes does not find its own shell', () => {
  for (const script of [killBrick(0), killMounts]) {
    const pattern = /-f -- '([^']+)'/.exec(script)?.[1] ?? '';
    expect(`sh -euc ${script}`).not.toMatch(new RegExp(pattern));
  }
  const brick = '/usr/sbin/glusterfsd -s 10.99.0.5 --brick-name /srv/lab/bricks/one/brick -l /var/log/x.log';
  expect(brick).toMatch(new RegExp(/-- '([^']+)'/.exec(killBrick(0))?.[1] ?? 'none'));
});
