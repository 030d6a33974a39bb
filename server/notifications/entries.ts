// Targets and matchers as they are stored, with those that come with the system. Secrets are in documents of their own.
import type { ClusterStore, Json, StoredDocument } from '../cluster/cluster-store.ts';
import type { EndpointType, Origin } from '../contract/notification-parts.ts';
import { configDigest } from '../core/config-digest.ts';

/** Options in the API's own names, flags as booleans; nothing is undefined, and nothing is secret. */
export type EntryOptions = Readonly<Record<string, Json>>;

/** `notification-targets/<name>`. */
export interface Target {
  readonly name: string;
  readonly type: EndpointType;
  readonly options: EntryOptions;
  readonly origin: Origin;
  /** Of the document; 0 when it is not stored. */
  readonly version: number;
}

/** `notification-matchers/<name>`. */
export interface Matcher extends Omit<Target, 'type'> {}

/** `notification-secrets/<target>`: the password, the token, or the values of a webhook by name (Base64). */
export interface Secrets {
  readonly version: number;
  readonly password?: string;
  readonly token?: string;
  readonly values?: Readonly<Record<string, string>>;
}

export const targetKind = 'notification-targets';
export const matcherKind = 'notification-matchers';
export const secretKind = 'notification-secrets';

type Reading = Pick<ClusterStore, 'read' | 'list'>;

/** The names and texts are the API's: clients look for them. */
const builtinTargets: Readonly<Record<string, { type: EndpointType; options: EntryOptions }>> = {
  'mail-to-root': {
    type: 'sendmail',
    options: { comment: "Send mails to root@pam's email address", 'mailto-user': ['root@pam'] },
  },
};
const builtinMatchers: Readonly<Record<string, { options: EntryOptions }>> = {
  'default-matcher': {
    options: { comment: 'Route all notifications to mail-to-root', mode: 'all', target: ['mail-to-root'] },
  },
};

export function listTargets(store: Reading): Target[] {
  return merged(store, targetKind, builtinTargets, (name) => findTarget(store, name));
}

export function findTarget(store: Reading, name: string): Target | undefined {
  return find(store, targetKind, builtinTargets, name);
}

export function listMatchers(store: Reading): Matcher[] {
  return merged(store, matcherKind, builtinMatchers, (name) => findMatcher(store, name));
}

export function findMatcher(store: Reading, name: string): Matcher | undefined {
  return find(store, matcherKind, builtinMatchers, name);
}

export function readSecrets(store: Reading, name: string): Secrets {
  const document = isName(name) ? store.read(`${secretKind}/${name}`) : undefined;
  return { ...(document?.value as Omit<Secrets, 'version'> | undefined), version: document?.version ?? 0 };
}

/** What clients hand back: another one also when only a secret is another. */
export function entryDigest(entry: Matcher, secretVersion = 0): string {
  return configDigest(digestOf(entry, secretVersion));
}

/** For `checkDigest`. */
export function digestOf(entry: Matcher, secretVersion = 0): Readonly<Record<string, unknown>> {
  return { options: entry.options, name: entry.name, secrets: secretVersion };
}

function merged<E>(
  store: Reading,
  kind: string,
  builtin: Readonly<Record<string, unknown>>,
  read: (name: string) => E | undefined,
): E[] {
  const stored = store.list(kind).map(({ key }) => key.slice(kind.length + 1));
  const names = [...new Set([...Object.keys(builtin), ...stored])].sort();
  return names.flatMap((name) => read(name) ?? []);
}

function find<B extends { readonly options: EntryOptions }>(
  store: Reading,
  kind: string,
  builtins: Readonly<Record<string, B>>,
  name: string,
) {
  if (!isName(name)) return undefined;
  const document = store.read(`${kind}/${name}`);
  const builtin = Object.hasOwn(builtins, name) ? builtins[name] : undefined;
  const value = document === undefined ? builtin : readValue<B>(document);
  if (value === undefined) return undefined;
  const version = document?.version ?? 0;
  return { ...value, name, version, origin: originOf(builtin, value) };
}

function readValue<B>({ value }: StoredDocument): B {
  return value as unknown as B;
}

function originOf(builtin: { options: EntryOptions } | undefined, value: { options: EntryOptions }): Origin {
  if (builtin === undefined) return 'user-created';
  return configDigest(builtin.options) === configDigest(value.options) ? 'builtin' : 'modified-builtin';
}

/** Names in paths may hold what no key of the store may. */
function isName(name: string): boolean {
  return /^[a-z][a-z0-9_-]{1,99}$/i.test(name);
}
