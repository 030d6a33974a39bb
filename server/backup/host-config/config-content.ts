// All configuration there is: the stored documents, without what is not configuration in them, and the node's own files.
import type { ClusterStore, Json } from '../../cluster/cluster-store.ts';
import { hideSecrets, type SecretOptions, type Secrets } from './secret-fields.ts';

/** A file or setting of the node's system. */
export interface ConfigFile {
  /** `/etc/hosts`, or a word: `time zone`. */
  readonly name: string;
  /** Empty when there is none. */
  read(): Promise<string>;
  /** Throws when the text is none that it can be. Absent: it is kept to be read, and `refused` says why it is not restored. */
  write?(text: string): Promise<void>;
  readonly refused?: string;
  readonly danger?: string;
}

/** As it is, secrets included. */
export interface ConfigContent {
  readonly documents: ReadonlyMap<string, Json>;
  readonly files: ReadonlyMap<string, string>;
}

/** What documents of these kinds hold happened, or was measured: it is no configuration. */
const otherKinds = new Set([
  ...['accelerators', 'boots', 'backup-runs', 'config-backups', 'backup-proofs', 'notification-told'],
]);
/** Of a guest: what it runs with, and what holds it for a moment. */
const momentary = ['running', 'suspended', 'restoring'];

export function isConfigKind(kind: string): boolean {
  return !otherKinds.has(kind);
}

/** A guest that is there only to prove a backup. */
function isTrial(key: string, value: Json): boolean {
  return key.startsWith('guests/') && typeof value === 'object' && value !== null && 'trial' in value;
}

/** The part of a document that is configuration. */
export function configPart(key: string, value: Json): Json {
  if (!key.startsWith('guests/') || typeof value !== 'object' || value === null) return value;
  const rest = Object.entries(value).filter(([name]) => !momentary.includes(name));
  return Object.fromEntries(
    rest.map(([name, part]) => [name, name === 'config' ? withoutLock(part as Json) : part]),
  );
}

function withoutLock(config: Json): Json {
  if (typeof config !== 'object' || config === null) return config;
  return Object.fromEntries(Object.entries(config).filter(([name]) => name !== 'lock'));
}

/** Reads it all. A file that cannot be read is left out, and told. */
export async function readConfigContent(
  store: Pick<ClusterStore, 'kinds' | 'list'>,
  files: readonly ConfigFile[],
  onUnreadable: (name: string, error: unknown) => void = () => {},
): Promise<ConfigContent> {
  const documents = new Map<string, Json>();
  for (const kind of store.kinds().filter(isConfigKind))
    for (const { key, value } of store.list(kind))
      if (!isTrial(key, value)) documents.set(key, configPart(key, value));
  const texts = new Map<string, string>();
  for (const file of files) {
    try {
      texts.set(file.name, await file.read());
    } catch (error) {
      onUnreadable(file.name, error);
    }
  }
  return { documents, files: texts };
}

/** Takes all secrets out. */
export function splitContent(
  content: ConfigContent,
  secretOptions: SecretOptions,
): { readonly documents: Map<string, Json>; readonly secrets: Map<string, Secrets> } {
  const documents = new Map<string, Json>();
  const secrets = new Map<string, Secrets>();
  for (const [key, value] of content.documents) {
    const hidden = hideSecrets(key, value, secretOptions);
    documents.set(key, hidden.shown);
    if (Object.keys(hidden.secrets).length > 0) secrets.set(key, hidden.secrets);
  }
  return { documents, secrets };
}
