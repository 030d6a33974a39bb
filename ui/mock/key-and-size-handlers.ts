// The mock's answers about SSH keys of users and named sizes of guests.
import type { GuestSizeItem } from '../forms/guest-sizes.ts';
import { readSshKeys } from '../forms/ssh-keys.ts';
import { accessOf } from './access-handlers.ts';
import { mockKey } from './cloud-init-handlers.ts';
import { type Handlers, Refusal } from './reply.ts';
import type { World } from './world.ts';

interface MockKey {
  readonly name: string;
  readonly key: string;
}

const firstKeys = (): MockKey[] => [
  { name: 'anna@desk', key: mockKey('anna@desk') },
  { name: 'ci-runner', key: mockKey('ci').replace('OMqq', 'PNrr') },
  { name: 'yubikey', key: mockKey('a comment <b>that</b> goes on').replace('OMqq', 'QOss') },
];
const builtIn = (): GuestSizeItem[] =>
  (
    [
      ['tiny', 1, 1024, 16],
      ['small', 2, 2048, 32],
      ['medium', 2, 4096, 64],
      ['large', 4, 8192, 128],
      ['huge', 8, 16_384, 256],
    ] as const
  ).flatMap(([word, cores, memory, disk]) => [
    { id: `vm-${word}`, kind: 'qemu', cores, memory, disk },
    { id: `ct-${word}`, kind: 'lxc', cores, memory: memory / 4, disk: disk / 4 },
  ]);

interface KeysAndSizes {
  keys: MockKey[];
  sizes: GuestSizeItem[];
}
const mocks = new WeakMap<World, KeysAndSizes>();

export function keysAndSizes(world: World): KeysAndSizes {
  const known = mocks.get(world) ?? { keys: firstKeys(), sizes: builtIn() };
  mocks.set(world, known);
  return known;
}

export function keyAndSizeHandlers(world: World): Handlers {
  const state = keysAndSizes(world);
  const keys = '/access/users/{userid}/ssh-keys';
  const sizes = '/cluster/guest-sizes';
  const number = (text: string | undefined, before: number) => (text === undefined ? before : Number(text));
  const merged = (size: GuestSizeItem, params: Readonly<Record<string, string>>): GuestSizeItem => ({
    ...size,
    ...(params['name'] ? { name: params['name'] } : {}),
    cores: number(params['cores'], size.cores),
    memory: number(params['memory'], size.memory),
    disk: number(params['disk'], size.disk),
    description: params['description'] ?? size.description,
  });
  return {
    [`GET ${keys}`]: async () => {
      await world.before('access');
      return state.keys.map(({ name, key }) => {
        const [type = '', body = '', ...rest] = key.split(' ');
        const fingerprint = `SHA256:${body.slice(-43)}`;
        return { name, type, comment: rest.join(' '), fingerprint, key };
      });
    },
    [`POST ${keys}`]: ({ params }) => {
      const added = readSshKeys(params['key'] ?? '').map((key, i) => ({
        name: params['name'] ?? key.split(' ')[2] ?? `key-${i}`,
        key,
      }));
      if (added.some(({ name }) => state.keys.some((one) => one.name === name)))
        throw new Refusal(400, 'Parameter verification failed.', {
          name: 'there is a key of this name already',
        });
      state.keys.push(...added);
      return { added: added.map(({ name }) => name), known: [] };
    },
    [`DELETE ${keys}/{name}`]: ({ params }) => {
      state.keys = state.keys.filter(({ name }) => name !== params['name']);
      return null;
    },
    [`GET ${sizes}`]: async ({ params }) => {
      await world.before('sizes');
      return state.sizes.filter(({ kind }) => params['kind'] === undefined || kind === params['kind']);
    },
    [`POST ${sizes}`]: ({ params }) => {
      accessOf(world).need('/', 'Sys.Modify');
      const id = `own-${state.sizes.length}`;
      const kind = params['kind'] === 'lxc' ? 'lxc' : 'qemu';
      state.sizes.push(merged({ id, kind, cores: 1, memory: 16, disk: 1 }, params));
      return id;
    },
    [`PUT ${sizes}/{id}`]: ({ params }) => {
      const found = state.sizes.find(({ id }) => id === params['id']);
      if (!found) throw new Refusal(500, 'no such size');
      const size = merged(found, params);
      if (params['position'] === undefined)
        state.sizes = state.sizes.map((one) => (one === found ? size : one));
      else {
        const others = state.sizes.filter((one) => one !== found);
        const own = others.filter(({ kind }) => kind === size.kind);
        own.splice(Number(params['position']), 0, size);
        state.sizes = [...own, ...others.filter(({ kind }) => kind !== size.kind)];
      }
      return null;
    },
    [`DELETE ${sizes}/{id}`]: ({ params }) => {
      state.sizes = state.sizes.filter(({ id }) => id !== params['id']);
      return null;
    },
    [`DELETE ${sizes}`]: () => {
      state.sizes = builtIn();
      return null;
    },
  };
}
