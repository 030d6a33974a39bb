// What an administrator may write: servers, remote paths, mount options and places, with everything that must not pass.
import { expect, test } from 'vitest';
import { AppError } from '../../server/core/errors.ts';
import { portOf, readMountOptions, readRemotePath, renderMountOptions } from './mount-options.ts';
import { readMountPlace } from './mount-place.ts';
import { readServer, serverBeforePath } from './server-name.ts';

const fieldsOf = (work: () => unknown): readonly string[] => {
  try {
    work();
  } catch (error) {
    if (error instanceof AppError && error.code === 'invalid-input')
      return Object.keys(error.fields ?? { none: '' });
    throw error;
  }
  return [];
};

test.each(['nas', 'nas-1.example.org', 'a'.repeat(63), '192.0.2.1', '2001:db8::1', 'fe80::1%eth0'])(
  'takes the server %s',
  (server) => {
    expect(readServer('server', server)).toBe(server);
  },
);

test.each([
  ...[
    '',
    ' nas',
    'nas ',
    '-oexec',
    'nas:/srv',
    'nas,other',
    'nas/../x',
    'nas$(id)',
    'nas;id',
    'nas\n',
    'a..b',
  ],
  ...[
    'a'.repeat(64),
    `${'a.'.repeat(127)}aa`,
    '[::1]',
    'fe80::1%',
    'fe80::1%eth0;id',
    'nas%eth0',
    '::1%a%b',
    7,
    undefined,
  ],
])('refuses the server %j', (server) => {
  expect(fieldsOf(() => readServer('server', server))).toEqual(['server']);
});

test('an IPv6 address stands in brackets before a path', () => {
  expect(['nas', '192.0.2.1', 'fe80::1%eth0'].map(serverBeforePath)).toEqual([
    'nas',
    '192.0.2.1',
    '[fe80::1%eth0]',
  ]);
});

test.each([
  ['/', '/'],
  ['/srv/images', '/srv/images'],
  ['/srv//images//', '/srv/images'],
  ["/srv/it's $(here), all; of|it", "/srv/it's $(here), all; of|it"],
  ['/srv/..hidden/...', '/srv/..hidden/...'],
])('takes the remote path %j', (given, read) => {
  expect(readRemotePath('export', given)).toBe(read);
});

test.each([
  '',
  'srv',
  '-o',
  '/srv/..',
  '/../etc',
  '/./srv',
  '/srv\n/x',
  '/srv\0',
  `/${'a'.repeat(1024)}`,
  5,
  undefined,
])('refuses the remote path %j', (given) => {
  expect(fieldsOf(() => readRemotePath('export', given))).toEqual(['export']);
});

test('mount options pass word by word, and what guards the node stands last', () => {
  const options = readMountOptions('vers=4.2,nosuid,ro,nconnect=4', ['vers', 'nconnect']);
  expect(renderMountOptions(options)).toBe('vers=4.2,ro,nconnect=4,nosuid,nodev');
  expect(renderMountOptions(readMountOptions('', []))).toBe('nosuid,nodev');
});

test.each([
  ...[
    'suid',
    'dev',
    'exec',
    'bind',
    'rbind',
    'remount',
    'move',
    'loop',
    'user',
    'users',
    'owner',
    'x-systemd.automount',
  ],
  ...[
    'vers=4,suid',
    'vers=4,,ro',
    ',',
    ' ro',
    'ro rw',
    'ro,rw',
    'ro,ro',
    'vers=',
    'vers=4;id',
    'vers=$(id)',
    'vers=4\nsuid',
  ],
  ...[
    'vers="4,suid"',
    'vers=4\\,suid',
    'helper=x',
    'password=x',
    'credentials=/etc/shadow',
    `vers=${'4'.repeat(129)}`,
  ],
  ...['ro,'.repeat(400), 7],
])('refuses the mount options %j', (given) => {
  expect(fieldsOf(() => readMountOptions(given, ['vers']))).toEqual(['options']);
});

test('the port is a number that a server can have', () => {
  const port = (text: string) => portOf(readMountOptions(text, ['port']), 2049);
  expect([port(''), port('port=1'), port('port=65535')]).toEqual([2049, 1, 65_535]);
  for (const text of ['port', 'port=0', 'port=65536', 'port=22x', 'port=-1'])
    expect(fieldsOf(() => port(text))).toEqual(['options']);
});

test('a storage is mounted under its name, or where its administrator says', () => {
  expect(readMountPlace('nas', undefined, '/mnt/croft')).toEqual({ path: '/mnt/croft/nas', isOwn: true });
  expect(readMountPlace('nas', '/mnt/pve/nas/', '/mnt/croft')).toEqual({
    path: '/mnt/pve/nas',
    isOwn: false,
  });
  expect(readMountPlace('nas', '/var/lib/images', '/mnt/croft').path).toBe('/var/lib/images');
});

test.each([
  ...[
    '/',
    '//',
    '/etc',
    '/etc/croft',
    '/usr/lib/x',
    '/proc/1',
    '/run/croft',
    '/boot',
    '/home',
    '/var',
    '/tmp',
    '/mnt',
  ],
  ...['relative', '/mnt/../etc', '/mnt/x\n', '/dev/shm', 5],
])('refuses the place %j', (given) => {
  expect(fieldsOf(() => readMountPlace('nas', given, '/mnt/croft'))).toEqual(['path']);
});

test.each(['../x', 'a/b', '', '.', '-o', 'a b'])('refuses the name %j', (id) => {
  expect(() => readMountPlace(id, undefined, '/mnt/croft')).toThrow(AppError);
});
