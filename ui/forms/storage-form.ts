// A storage as the dialogs that add or change one have it: fields by the options that its type declares, checking, and the request. Pure.
import type { StorageType, StorageTypeOption } from '../../server/contract/storage-types.ts';
import type { RequestParams } from './as-request.ts';
import { wholeNumber } from './plain-rules.ts';

export interface StorageForm {
  readonly type: string;
  readonly storage: string;
  readonly enabled: boolean;
  readonly content: readonly string[];
  /** None: all. */
  readonly nodes: readonly string[];
  /** All other options as text, flags as `1` and `0`, by name; what is empty or not there is not given. */
  readonly values: Readonly<Record<string, string>>;
}

/** As the API answers it. */
export type StorageConfig = Readonly<Record<string, unknown>> & {
  readonly storage: string;
  readonly type: string;
};

/** Options with fields of their own kind; and an old name of others. */
const apart = new Set(['content', 'nodes', 'disable', 'mkdir']);

/** What one has to think of first, in this order; the rest is for few. */
const first = [
  ...['path', 'portal', 'target', 'server', 'server2', 'username', 'password', 'domain', 'export', 'share'],
  ...['volume', 'devices', 'base', 'vgname', 'thinpool', 'resource', 'shared'],
];

/** Flags that are on unless they are said to be off. */
const onByDefault = new Set(['create-base-path', 'create-subdirs']);

/** Types whose volumes are made elsewhere: what they hold may be left to the storage that is laid on them. */
const baseTypes = new Set(['iscsi', 'blockdevice']);

export const isBaseType = (type: string): boolean => baseTypes.has(type);

/** The options with a field among the first, and those for few. */
export function fieldsOf(type: StorageType): {
  first: StorageTypeOption[];
  more: StorageTypeOption[];
} {
  const own = type.options.filter(({ name }) => !apart.has(name));
  const rank = ({ name, required }: StorageTypeOption) => {
    const at = first.indexOf(name);
    // Where a folder need not be named it is one of Croft's own choice.
    if (at >= 0 && (name !== 'path' || required)) return at;
    return required ? first.length : undefined;
  };
  return {
    first: own.filter((one) => rank(one) !== undefined).sort((a, b) => (rank(a) ?? 0) - (rank(b) ?? 0)),
    more: own.filter((one) => rank(one) === undefined),
  };
}

/** A flag as its field shows it. */
export function isOn(form: StorageForm, name: string): boolean {
  const value = form.values[name] ?? '';
  return value === '' ? onByDefault.has(name) : value === '1';
}

/** What a new storage of the type holds, unless it is said otherwise: all that it can, but for what few want. */
export function usualContent(type: StorageType): string[] {
  if (isBaseType(type.type)) return [];
  return type.content.filter((kind) => kind !== 'none');
}

export function newStorageForm(type: StorageType): StorageForm {
  return {
    ...{ type: type.type, storage: '', enabled: true, nodes: [], values: {} },
    content: usualContent(type),
  };
}

/** The same form for another type: what both have stays. */
export function withType(form: StorageForm, type: StorageType): StorageForm {
  const names = new Set(type.options.map(({ name }) => name));
  const values = Object.entries(form.values).filter(([name]) => names.has(name));
  return { ...form, type: type.type, values: Object.fromEntries(values), content: usualContent(type) };
}

export function formOf(config: StorageConfig): StorageForm {
  const list = (name: string) =>
    String(config[name] ?? '')
      .split(',')
      .filter((word) => word !== '' && word !== 'none');
  const values = Object.entries(config).filter(
    ([name]) => !apart.has(name) && !['storage', 'type', 'digest'].includes(name),
  );
  return {
    ...{ type: config.type, storage: config.storage, content: list('content'), nodes: list('nodes') },
    enabled: !['1', 'true'].includes(String(config['disable'] ?? '')),
    values: Object.fromEntries(values.map(([name, value]) => [name, String(value)])),
  };
}

export type StorageProblem =
  | 'missing'
  | 'id'
  | 'taken'
  | 'content'
  | 'path'
  | 'number'
  | 'server'
  | 'portal'
  | 'line';

export interface StorageProblems {
  readonly storage?: StorageProblem;
  readonly content?: StorageProblem;
  /** By option. */
  readonly values: Readonly<Record<string, StorageProblem>>;
}

/** What would certainly be refused. `taken`: names that are in use; of a storage that is there (`fixed`) its fixed options are not looked at. */
export function checkStorage(
  form: StorageForm,
  type: StorageType,
  { taken = [], existing = false }: { taken?: readonly string[]; existing?: boolean } = {},
): StorageProblems {
  const name = form.storage.trim();
  const storage = existing
    ? undefined
    : name === ''
      ? 'missing'
      : !/^[a-z][a-z0-9._-]{0,98}[a-z0-9]$/i.test(name)
        ? 'id'
        : taken.includes(name)
          ? 'taken'
          : undefined;
  const values: Record<string, StorageProblem> = {};
  for (const option of [...fieldsOf(type).first, ...fieldsOf(type).more]) {
    if (existing && option.fixed) continue;
    const problem = problemOf(option, form.values[option.name] ?? '', existing);
    if (problem !== undefined) values[option.name] = problem;
  }
  const none = form.content.length === 0 && !isBaseType(form.type) && type.content.length > 0;
  return {
    ...(storage === undefined ? {} : { storage }),
    ...(none ? { content: 'content' as const } : {}),
    values,
  };
}

/** A secret that is there already need not be given again. */
function problemOf(option: StorageTypeOption, given: string, existing: boolean): StorageProblem | undefined {
  const value = option.type === 'secret' ? given : given.trim();
  if (value === '') return option.required && !(existing && option.type === 'secret') ? 'missing' : undefined;
  if (/[\x00-\x1f\x7f]/.test(value)) return 'line';
  if (option.type === 'path' && (!value.startsWith('/') || value.split('/').includes('..'))) return 'path';
  if (option.type === 'integer' && wholeNumber(value.replace(/^-/, '')) === undefined) return 'number';
  if (/^server2?$/.test(option.name) && !/^[\w.:%-]+$/.test(value)) return 'server';
  if (/^server2?$/.test(option.name) && value.startsWith('-')) return 'server';
  if (option.name === 'portal' && (!/^[\w.:%[\]-]+$/.test(value) || value.startsWith('-'))) return 'portal';
  return undefined;
}

export function isSound({ storage, content, values }: StorageProblems): boolean {
  return storage === undefined && content === undefined && Object.keys(values).length === 0;
}

/** As the request has it; undefined when it is not given. */
function sentValue(option: StorageTypeOption, form: StorageForm): string | boolean | undefined {
  const given = form.values[option.name] ?? '';
  if (option.type === 'boolean') {
    if (given === '') return undefined;
    return given === '1' || given === 'true';
  }
  const value = option.type === 'secret' ? given : given.trim();
  return value === '' ? undefined : value;
}

const contentText = (form: StorageForm) => (form.content.length === 0 ? 'none' : form.content.join(','));

/** Options that are no parameters of their own go together as one. */
function withoutApart(values: Readonly<Record<string, string | boolean>>, type: StorageType): RequestParams {
  const isApart = (name: string) => type.options.some((one) => one.name === name && one.apart === 1);
  const others = Object.entries(values).filter(([name]) => isApart(name));
  return {
    ...Object.fromEntries(Object.entries(values).filter(([name]) => !isApart(name))),
    ...(others.length === 0 ? {} : { 'plugin-options': JSON.stringify(Object.fromEntries(others)) }),
  };
}

/** Of `POST /storage`. */
export function newStorageParams(form: StorageForm, type: StorageType): RequestParams {
  const { first: main, more } = fieldsOf(type);
  const values = [...main, ...more].flatMap((option) => {
    const value = sentValue(option, form);
    // What a flag is without being said need not be said.
    if (typeof value === 'boolean' && value === onByDefault.has(option.name)) return [];
    return value === undefined ? [] : [[option.name, value] as const];
  });
  return {
    ...{ type: form.type, storage: form.storage.trim() },
    ...withoutApart(Object.fromEntries(values), type),
    content: contentText(form),
    ...(form.nodes.length === 0 ? {} : { nodes: form.nodes.join(',') }),
    ...(form.enabled ? {} : { disable: true }),
  };
}

/** Of `PUT /storage/{storage}`: what differs from how it is. */
export function changedStorageParams(
  form: StorageForm,
  type: StorageType,
  config: StorageConfig,
): RequestParams {
  const before = formOf(config);
  const params: Record<string, string | boolean> = {};
  const gone: string[] = [];
  for (const option of [...fieldsOf(type).first, ...fieldsOf(type).more]) {
    if (option.fixed) continue;
    const value = sentValue(option, form);
    const was = sentValue(option, before);
    if (value === was) continue;
    if (value !== undefined) params[option.name] = value;
    // An empty secret stays as it is.
    else if (option.type !== 'secret') gone.push(option.name);
  }
  if (contentText(form) !== contentText(before)) params['content'] = contentText(form);
  if (form.nodes.join(',') !== before.nodes.join(',')) {
    if (form.nodes.length > 0) params['nodes'] = form.nodes.join(',');
    else gone.push('nodes');
  }
  if (form.enabled !== before.enabled) params['disable'] = !form.enabled;
  if (gone.length > 0) params['delete'] = gone.join(',');
  return withoutApart(params, type);
}

/** The parameters that are never shown. */
export function secretNames(type: StorageType): string[] {
  const secrets = type.options.filter((option) => option.type === 'secret');
  return [
    ...secrets.map(({ name }) => name),
    ...(secrets.some(({ apart: own }) => own === 1) ? ['plugin-options'] : []),
  ];
}
