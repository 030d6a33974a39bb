// The form of a storage: fields by declaration, what is refused, and just what is sent.
import { describe, expect, it } from 'vitest';
import { mockStorageTypes } from '../mock/storage-types.ts';
import { abilityRows } from './storage-abilities.ts';
import {
  changedStorageParams,
  checkStorage,
  fieldsOf,
  formOf,
  isOn,
  isSound,
  newStorageForm,
  newStorageParams,
  type StorageForm,
  secretNames,
  withType,
} from './storage-form.ts';

const typeOf = (name: string) => {
  const found = mockStorageTypes.find((one) => one.type === name);
  if (!found) throw new Error(name);
  return found;
};
const form = (type: string, part: Partial<StorageForm> = {}): StorageForm => ({
  ...newStorageForm(typeOf(type)),
  ...part,
});

describe('fields', () => {
  it('begin with what one has to think of, without those of their own kind', () => {
    const { first, more } = fieldsOf(typeOf('cifs'));
    expect(first.map(({ name }) => name)).toEqual(['server', 'username', 'password', 'domain', 'share']);
    expect(more.map(({ name }) => name)).toContain('smbversion');
    expect([...first, ...more].map(({ name }) => name)).not.toContain('content');
  });

  it('have the defaults of flags', () => {
    expect(isOn(form('dir'), 'create-subdirs')).toBe(true);
    expect(isOn(form('dir'), 'shared')).toBe(false);
    expect(isOn(form('dir', { values: { 'create-subdirs': '0' } }), 'create-subdirs')).toBe(false);
  });

  it('keep what both types have', () => {
    const next = withType(
      form('nfs', { storage: 'x', values: { server: 'nas', export: '/a' } }),
      typeOf('cifs'),
    );
    expect(next).toMatchObject({ type: 'cifs', storage: 'x', values: { server: 'nas' } });
    expect(next.values).not.toHaveProperty('export');
  });
});

describe('what is refused', () => {
  it('is told at each field', () => {
    expect(checkStorage(form('dir', { content: [] }), typeOf('dir'))).toEqual({
      storage: 'missing',
      content: 'content',
      values: { path: 'missing' },
    });
  });

  it.each([
    ['7up', 'id'],
    ['a', 'id'],
    ['with blank', 'id'],
    ['local', 'taken'],
  ])('name %j: %s', (storage, problem) => {
    const found = checkStorage(form('dir', { storage, values: { path: '/a' } }), typeOf('dir'), {
      taken: ['local'],
    });
    expect(found).toEqual({ storage: problem, values: {} });
  });

  it.each([
    ['dir', 'path', 'a/b', 'path'],
    ['dir', 'path', '/a/../b', 'path'],
    ['nfs', 'server', '-o x', 'server'],
    ['nfs', 'server', '-v', 'server'],
    ['nfs', 'export', '/a\nb', 'line'],
    ['iscsi', 'portal', 'a b', 'portal'],
  ])('%s: %s %j', (type, option, value, problem) => {
    expect(checkStorage(form(type, { values: { [option]: value } }), typeOf(type)).values[option]).toBe(
      problem,
    );
  });

  it.each(['nas', 'nas.example.org', '192.0.2.1', 'fe80::1%eth0'])('server %s is fine', (server) => {
    const found = checkStorage(
      form('nfs', { storage: 'nas', values: { server, export: '/a' } }),
      typeOf('nfs'),
    );
    expect(isSound(found)).toBe(true);
  });

  it('is not what is fixed already, nor a secret that stays', () => {
    const config = { storage: 'files', type: 'cifs', server: 's', share: 'x', content: 'images' };
    expect(isSound(checkStorage(formOf(config), typeOf('cifs'), { existing: true }))).toBe(true);
  });
});

describe('the request', () => {
  it('of a new storage has what was given, trimmed, and no defaults', () => {
    const given = form('dir', {
      storage: ' data ',
      content: ['iso', 'images'],
      nodes: ['b', 'a'],
      enabled: false,
      values: { path: ' /mnt/data ', shared: '0', 'create-subdirs': '1', preallocation: '' },
    });
    expect(newStorageParams(given, typeOf('dir'))).toEqual({
      ...{ type: 'dir', storage: 'data', path: '/mnt/data', content: 'iso,images', nodes: 'b,a' },
      disable: true,
    });
  });

  it('says it when a flag is not as it would be', () => {
    const values = { path: '/a', 'create-base-path': '0', shared: '1' };
    expect(newStorageParams(form('dir', { values }), typeOf('dir'))).toMatchObject({
      'create-base-path': false,
      shared: true,
    });
  });

  it('keeps a secret as it is, blanks too', () => {
    const values = { server: 's', share: 'x', password: ' a b ' };
    expect(newStorageParams(form('cifs', { values }), typeOf('cifs'))['password']).toBe(' a b ');
    expect(secretNames(typeOf('cifs'))).toEqual(['password']);
  });

  it('of a base without content of its own says so', () => {
    expect(newStorageParams(form('iscsi'), typeOf('iscsi'))['content']).toBe('none');
  });

  const config = {
    ...{ storage: 'nas', type: 'nfs', server: 's', export: '/a', options: 'vers=4.2', nodes: 'a,b' },
    ...{ content: 'images,iso', 'create-subdirs': 0, digest: 'd' },
  };

  it('of a change has only what differs', () => {
    expect(changedStorageParams(formOf(config), typeOf('nfs'), config)).toEqual({});
    const changed = { ...formOf(config), content: ['images'], nodes: [], enabled: false };
    expect(
      changedStorageParams({ ...changed, values: { ...changed.values, options: '' } }, typeOf('nfs'), config),
    ).toEqual({ content: 'images', disable: true, delete: 'options,nodes' });
  });

  it('enables what was disabled, and never sends what is fixed', () => {
    const off = { ...config, disable: 1 };
    const on = { ...formOf(off), enabled: true };
    expect(
      changedStorageParams({ ...on, values: { ...on.values, server: 'other' } }, typeOf('nfs'), off),
    ).toEqual({ disable: false });
  });

  it('leaves an empty secret as it is', () => {
    const files = { storage: 'f', type: 'cifs', server: 's', share: 'x', content: 'images' };
    const type = typeOf('cifs');
    const changed = (password: string) =>
      changedStorageParams({ ...formOf(files), values: { password } }, type, files);
    expect(changed('')).toEqual({});
    expect(changed('new')).toEqual({ password: 'new' });
  });
});

describe('a type of others', () => {
  const own = { name: 'pool', type: 'string', required: 1, fixed: 0, description: '', apart: 1 } as const;
  const nfs = typeOf('nfs');
  const type = { ...nfs, type: 'acme', options: [...nfs.options, own] };

  it('has options of its own, which are sent together', () => {
    const given = form('nfs', { type: 'acme', values: { server: 's', pool: 'a"b' } });
    expect(newStorageParams(given, type)).toMatchObject({
      server: 's',
      'plugin-options': '{"pool":"a\\"b"}',
    });
    const config = { storage: 'x', type: 'acme', content: 'images', pool: 'a' };
    const changed = { ...formOf(config), values: { pool: 'b' } };
    expect(changedStorageParams(changed, type, config)).toEqual({ 'plugin-options': '{"pool":"b"}' });
  });
});

describe('abilities', () => {
  it('that differ only in their formats are one row', () => {
    const rows = abilityRows(typeOf('dir').capabilities);
    expect(rows.map(({ feature }) => feature)).toEqual([
      ...['snapshot', 'linked-clone', 'copy', 'template', 'resize'],
    ]);
    expect(rows.find(({ feature }) => feature === 'resize')).toEqual({
      ...{ feature: 'resize', formats: ['qcow2', 'raw'], states: ['current'], live: true },
    });
  });
});
