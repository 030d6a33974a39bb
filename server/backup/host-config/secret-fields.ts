// Which parts of a stored document are secrets, and taking them out of it and putting them in again. Pure.
import type { Json } from '../../cluster/cluster-store.ts';

/** Stands where a secret was taken out. */
export const hiddenSecret = { $secret: true } as const satisfies Json;

export function isHidden(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, '$secret');
}

/** By JSON pointer (RFC 6901); the empty one is the whole document. */
export type Secrets = Readonly<Record<string, Json>>;

/** Names of the options of a storage type that are secrets; undefined for a type that nobody here knows. */
export type SecretOptions = (type: string) => ReadonlySet<string> | undefined;

/** Documents that are secrets as a whole. */
const secretKinds = new Set(['passwords', 'two-factor', 'notification-secrets']);
/** Kinds whose secrets are known; of all others names that sound like one are taken for it. */
const knownSecrets: Readonly<Record<string, readonly string[]>> = {
  users: [],
  groups: [],
  roles: [],
  access: [],
  realms: [],
  nodes: [],
  'ssh-keys': [],
  'backup-jobs': [],
  tokens: ['hash'],
  guests: ['cipassword'],
};
const soundsSecret = /pass(word|phrase|wd)?$|secret|token|credential|private|hash$|(^|[-_])key$/i;
/** Options that every storage has: no secrets. */
const plainStorageOptions = /^(type|content|nodes|disable|shared|path|prune-backups|bwlimit)$/;

/** Takes out what is secret of a document. `shown` is the document with `hiddenSecret` in the places of `secrets`. */
export function hideSecrets(
  key: string,
  value: Json,
  secretOptions: SecretOptions,
): { readonly shown: Json; readonly secrets: Secrets } {
  const kind = key.slice(0, key.indexOf('/'));
  if (secretKinds.has(kind)) return { shown: hiddenSecret, secrets: { '': value } };
  const isSecret = judgeOf(kind, value, secretOptions);
  const secrets: Record<string, Json> = {};
  const shown = walk(value, '', (name, part, pointer) => {
    if (!isSecret(name, part)) return part;
    secrets[pointer] = part;
    return hiddenSecret;
  });
  return { shown, secrets };
}

/** The document with its secrets again. Only places where one was taken out are filled, whatever else `secrets` names. */
export function showSecrets(shown: Json, secrets: Secrets | undefined): Json {
  if (secrets === undefined) return shown;
  const fill = (part: Json, pointer: string) =>
    isHidden(part) && Object.hasOwn(secrets, pointer) ? secrets[pointer]! : part;
  if (isHidden(shown)) return fill(shown, '');
  return walk(shown, '', (_name, part, pointer) => fill(part, pointer));
}

/** Is there a place in it that a secret was taken from? */
export function lacksSecret(value: Json): boolean {
  if (isHidden(value)) return true;
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((part: Json) => lacksSecret(part));
}

function judgeOf(
  kind: string,
  value: Json,
  secretOptions: SecretOptions,
): (name: string, part: Json) => boolean {
  if (kind === 'storages') {
    const type = typeof value === 'object' && value !== null ? (value as { type?: unknown }).type : undefined;
    const known = secretOptions(String(type));
    // Without its plugin nobody knows what of it is secret.
    return (name) => (known ? known.has(name) : !plainStorageOptions.test(name));
  }
  const names = Object.hasOwn(knownSecrets, kind) ? knownSecrets[kind]! : undefined;
  if (names) return (name) => names.includes(name);
  // A proxy's address may hold a password, too.
  return (name, part) =>
    soundsSecret.test(name) || (typeof part === 'string' && /^\w+:\/\/[^/@\s]*@/.test(part));
}

/** Rebuilds it, each part of an object or list as `change` gives it; what `change` replaces is not gone into. */
function walk(
  value: Json,
  pointer: string,
  change: (name: string, part: Json, pointer: string) => Json,
): Json {
  if (typeof value !== 'object' || value === null) return value;
  const step = (name: string, part: Json): Json => {
    const at = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const changed = change(name, part, at);
    return changed === part ? walk(part, at, change) : changed;
  };
  if (Array.isArray(value)) return value.map((part: Json, index) => step(String(index), part));
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, step(name, part)]));
}
