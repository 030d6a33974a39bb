// The configuration as items, each of which can be compared and restored by itself. Pure.
import { createHash } from 'node:crypto';
import type { Json } from '../../cluster/cluster-store.ts';
import type { ConfigArea } from '../../contract/config-backups.ts';
import { hiddenSecret, isHidden, type Secrets, showSecrets } from './secret-fields.ts';

export interface ConfigItem {
  /** `guests/100`; the name as in a URL, so that it holds neither `/` nor `@` nor blanks. */
  readonly id: string;
  readonly area: ConfigArea;
  readonly name: string;
  readonly title: string | undefined;
  /** The document that it is, or is a part of; undefined for files. */
  readonly key: string | undefined;
  /** What is compared; secrets as `{$secret: …}`. */
  readonly value: Json;
}

const areas: Readonly<Record<string, ConfigArea>> = {
  guests: 'guest',
  storages: 'storage',
  'backup-jobs': 'job',
  users: 'user',
  groups: 'group',
  roles: 'role',
  tokens: 'token',
  passwords: 'password',
  'two-factor': 'two-factor',
  'ssh-keys': 'ssh-keys',
  realms: 'realm',
  options: 'datacenter',
  nodes: 'node',
};

export const aclKey = 'access/acl';
export const poolsKey = 'access/pools';

export function itemId(kind: string, name: string): string {
  return `${kind}/${encodeURIComponent(name)}`;
}

/** A grant's, from what makes it one. */
export function grantId(entry: GrantParts): string {
  return itemId('acl', [entry.path, entry.type, entry.ugid, entry.roleid].join(' '));
}

export interface GrantParts {
  readonly path: string;
  readonly type: string;
  readonly ugid: string;
  readonly roleid: string;
}

/** All items of documents without secrets and of files, by id. */
export function itemsOf(
  documents: ReadonlyMap<string, Json>,
  files: ReadonlyMap<string, string>,
): Map<string, ConfigItem> {
  const items = new Map<string, ConfigItem>();
  const add = (item: ConfigItem) => items.set(item.id, item);
  for (const [key, value] of documents) {
    if (key === aclKey) for (const one of grantsIn(value)) add(one);
    else if (key === poolsKey) for (const one of poolsIn(value)) add(one);
    else add(documentItem(key, value));
  }
  for (const [name, text] of files)
    add({ id: itemId('file', name), area: 'file', name, title: undefined, key: undefined, value: text });
  return items;
}

function documentItem(key: string, value: Json): ConfigItem {
  const at = key.indexOf('/');
  const [kind, name] = [key.slice(0, at), key.slice(at + 1)];
  const area = Object.hasOwn(areas, kind)
    ? areas[kind]!
    : kind.startsWith('notification')
      ? 'notification'
      : 'other';
  return {
    id: itemId(kind, name),
    area,
    name,
    title: titleOf(kind, value),
    key,
    value: comparedPart(kind, value),
  };
}

/** What counts of it: a guest's configuration without its snapshots, a job without the time from which it counts. */
function comparedPart(kind: string, value: Json): Json {
  if (isHidden(value)) return value;
  if (kind === 'guests') return { kind: field(value, 'kind') ?? null, ...objectOf(field(value, 'config')) };
  if (kind === 'backup-jobs') return field(value, 'options') ?? null;
  return value;
}

function titleOf(kind: string, value: Json): string | undefined {
  if (kind.startsWith('notification-')) return kind.slice('notification-'.length);
  const config =
    kind === 'guests' ? field(value, 'config') : kind === 'backup-jobs' ? field(value, 'options') : value;
  for (const name of ['name', 'hostname', 'comment', 'type']) {
    const text = config === undefined ? undefined : field(config, name);
    if (typeof text === 'string' && text !== '') return text.slice(0, 200);
  }
  return undefined;
}

function grantsIn(value: Json): ConfigItem[] {
  return listOf(field(value, 'entries')).flatMap((entry) => {
    const [path, type, ugid, roleid] = ['path', 'type', 'ugid', 'roleid'].map((name) => field(entry, name));
    if ([path, type, ugid, roleid].some((part) => typeof part !== 'string')) return [];
    const id = grantId(entry as unknown as GrantParts);
    const name = `${ugid}: ${roleid} on ${path}`;
    return [{ id, area: 'permission' as const, name, title: undefined, key: aclKey, value: entry }];
  });
}

function poolsIn(value: Json): ConfigItem[] {
  return listOf(field(value, 'pools')).flatMap((pool) => {
    const name = field(pool, 'id');
    if (typeof name !== 'string') return [];
    const title = field(pool, 'comment');
    return [
      {
        ...{ id: itemId('pools', name), area: 'pool' as const, name, key: poolsKey, value: pool },
        title: typeof title === 'string' ? title : undefined,
      },
    ];
  });
}

/** One property, if it is an object that has it. */
export function field(value: Json | undefined, name: string): Json | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, Json>)[name];
}

export function objectOf(value: Json | undefined): Readonly<Record<string, Json>> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Record<string, Json>) : {};
}

export function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

/** Counts wrong answers and remembers codes: not what somebody set up. */
const countedByLogins = ['lastStep', 'failures', 'totpFailures', 'totpLocked', 'lockedUntil'];

/**
 * The document with each secret replaced by a fingerprint, to be compared and never shown: `{$secret: '9f…'}`. Without `secrets` nothing
 * is known of them, and the places stay as they are.
 */
export function withFingerprints(shown: Json, secrets: Secrets | undefined): Json {
  if (secrets === undefined) return shown;
  const prints = Object.entries(secrets).map(([pointer, secret]) => {
    const counted = JSON.stringify(secret, (name, part) =>
      countedByLogins.includes(name) ? undefined : part,
    );
    return [pointer, { $secret: createHash('sha256').update(counted).digest('hex') }] as const;
  });
  return showSecrets(shown, Object.fromEntries(prints));
}

/**
 * Changes when the item does: what a restore hands back to say what it has seen. Secrets are not in it, as it would let them be
 * guessed at; `version` of the document stands for them.
 */
export function itemDigest(item: Pick<ConfigItem, 'value'> | undefined, version: number): string {
  if (!item) return 'none';
  let hasSecrets = false;
  const text = JSON.stringify(item.value, (_name, part: unknown) => {
    if (!isHidden(part)) return part;
    hasSecrets = true;
    return hiddenSecret;
  });
  return createHash('sha256')
    .update(`${text} ${hasSecrets ? version : ''}`)
    .digest('hex')
    .slice(0, 16);
}
