// The configuration as a whole, for tasks and routes: read, archived, compared, restored by plan.
import { createHash } from 'node:crypto';
import type { ClusterStore, DocumentWrite, Json } from '../../cluster/cluster-store.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import type { WorkContext } from '../../core/work-context.ts';
import type { StorageService } from '../../storage/storage-service.ts';
import { type ComparedItem, compareConfig } from './compare.ts';
import { type ArchivedConfig, renderConfigArchive } from './config-archive.ts';
import { type ConfigContent, type ConfigFile, readConfigContent, splitContent } from './config-content.ts';
import type { RestoreWorld } from './item-rules.ts';
import { openSealed, type SealingKey, sealingKeyOf, sealText } from './sealed-secrets.ts';
import type { SecretOptions, Secrets } from './secret-fields.ts';
import { readStoredConfig } from './stored-configs.ts';

export interface HostConfigParts {
  readonly node: string;
  readonly store: ClusterStore;
  readonly storages: Pick<StorageService, 'storage' | 'configs' | 'requireContent'>;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'warn'>;
  /** Croft's version. */
  readonly version: string;
  /** Settings of the node's system. */
  readonly files: readonly ConfigFile[];
  readonly secretOptions: SecretOptions;
  readonly world: RestoreWorld;
}

/** All of this is of no guest and in no backup of the configuration: what is known of the backups themselves. */
const kind = 'config-backups';
const passphraseKey = `${kind}/passphrase`;
const restoredKey = `${kind}/restored`;

/** What is known of the newest backup on a storage. */
export type TargetState = { readonly volid: string; readonly digest: string };

export interface Comparison {
  readonly archive: ArchivedConfig;
  readonly secrets: 'none' | 'sealed' | 'open';
  readonly items: readonly ComparedItem[];
}

/** Lines of the digest between turns of the event loop. */
const linesAtOnce = 200;

export class HostConfig {
  readonly parts: HostConfigParts;

  constructor(parts: HostConfigParts) {
    this.parts = parts;
  }

  /** The bytes of a backup of now, and what tells whether anything is different since. */
  async archive(context: WorkContext): Promise<{ readonly bytes: Buffer; readonly digest: string }> {
    const { node, clock, version } = this.parts;
    const content = await this.#read((name) => context.log(`'${name}' cannot be read: it is left out`));
    const { documents, secrets } = splitContent(content, this.parts.secretOptions);
    const key = this.#sealingKey();
    const sealed = key && sealText(key, JSON.stringify([...secrets]));
    context.log(
      `${documents.size} documents and ${content.files.size} files; secrets are ${key ? 'encrypted' : 'left out'}`,
    );
    const { files } = content;
    const bytes = await renderConfigArchive({ node, atMs: clock.now(), version, documents, files, sealed });
    return { bytes, digest: await this.#digestOf(content) };
  }

  /** Of all configuration, secrets and passphrase included: never leaves the node. */
  async digest(): Promise<string> {
    return await this.#digestOf(await this.#read());
  }

  hasPassphrase(): boolean {
    return this.#sealingKey() !== undefined;
  }

  /** Undefined takes it away. Backups that are there keep the one that they were made with. */
  async setPassphrase(passphrase: string | undefined): Promise<void> {
    if (passphrase === undefined) await this.parts.store.delete(passphraseKey);
    else await this.parts.store.write(passphraseKey, await sealingKeyOf(passphrase));
  }

  /** Compares a backup with now. `invalid-input` about `passphrase` when it is not the backup's. */
  async compare(context: WorkContext, volid: string, passphrase?: string | undefined): Promise<Comparison> {
    const { storages, store, secretOptions, world } = this.parts;
    const archive = await readStoredConfig(storages, context, volid);
    const opened = await openSecrets(archive, passphrase);
    const now = await this.#read();
    const present = splitContent(now, secretOptions);
    const items = await compareConfig(
      { documents: archive.documents, files: archive.files, secrets: opened },
      { ...present, files: now.files },
      (key) => store.read(key),
      world,
    );
    const secrets = archive.sealed === undefined ? 'none' : opened ? 'open' : 'sealed';
    return { archive, secrets, items };
  }

  /** What is known of the newest backup of this node on the storage. */
  target(storage: string): TargetState | undefined {
    return this.parts.store.read(this.#targetKey(storage))?.value as TargetState | undefined;
  }

  async setTarget(storage: string, state: TargetState): Promise<void> {
    await this.parts.store.write(this.#targetKey(storage), state);
  }

  /** The task whose documents were restored last. */
  restoredBy(): string | undefined {
    return (this.parts.store.read(restoredKey)?.value as { upid: string } | undefined)?.upid;
  }

  /** To be written with what the task restores, so that both are there or none. */
  restoredMark(upid: string): DocumentWrite {
    return { key: restoredKey, value: { upid } };
  }

  /** Names of nodes hold no colon. */
  #targetKey(storage: string): string {
    return `${kind}/${this.parts.node}:${storage}`;
  }

  #sealingKey(): SealingKey | undefined {
    return this.parts.store.read(passphraseKey)?.value as SealingKey | undefined;
  }

  async #read(onUnreadable: (name: string) => void = () => {}): Promise<ConfigContent> {
    const { store, files, log } = this.parts;
    return await readConfigContent(store, files, (name, error) => {
      log.warn({ name, detail: String(error) }, 'a file cannot be read for the backup of the configuration');
      onUnreadable(name);
    });
  }

  async #digestOf({ documents, files }: ConfigContent): Promise<string> {
    const hash = createHash('sha256').update(this.#sealingKey()?.publicKey ?? '');
    const entries: [string, Json][] = [...documents, ...files];
    for (const [index, [key, value]] of entries.entries()) {
      // What each login counts up is no change of the configuration.
      const part = key.startsWith('two-factor/') ? withoutCounters(value) : value;
      hash.update(`${JSON.stringify([key, part])}\n`);
      if (index % linesAtOnce === linesAtOnce - 1) await new Promise((resolve) => setImmediate(resolve));
    }
    return hash.digest('hex');
  }
}

function withoutCounters(value: Json): Json {
  return JSON.parse(
    JSON.stringify(value, (name, part) =>
      ['lastStep', 'failures', 'totpFailures', 'lockedUntil'].includes(name) ? undefined : part,
    ),
  ) as Json;
}

/** Undefined when they are not in it, or nobody gave the passphrase. */
async function openSecrets(
  { sealed }: ArchivedConfig,
  passphrase: string | undefined,
): Promise<Map<string, Secrets> | undefined> {
  if (sealed === undefined || passphrase === undefined) return undefined;
  const opened = JSON.parse(await openSealed(sealed, passphrase)) as [string, Secrets][];
  return new Map(opened);
}
