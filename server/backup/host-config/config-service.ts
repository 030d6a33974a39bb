// What the routes of configuration backups call.
import { randomUUID } from 'node:crypto';
import type {
  ConfigBackupItem,
  ConfigComparison,
  ConfigItem as ConfigItemReply,
  ConfigRestoreWish,
} from '../../contract/config-backups.ts';
import { passphraseLengths } from '../../contract/config-backups.ts';
import { flag } from '../../contract/reply.ts';
import { invalidInput } from '../../core/errors.ts';
import type { WorkContext } from '../../core/work-context.ts';
import type { Asker } from '../../guests/guest-requests.ts';
import { isRoot } from '../../guests/needed-privileges.ts';
import { type ComparedItem, isKeptField } from './compare.ts';
import type { HostConfig } from './host-config.ts';
import { reachingOf } from './item-rules.ts';
import { planRestore, readChosen } from './restore-plan.ts';
import { keptConfigs, listAllConfigs, type StoredConfig } from './stored-configs.ts';

export interface ConfigServiceParts {
  readonly config: HostConfig;
  startTask(type: string, params: object, requester: string): Promise<string>;
  /** Resolves when the task has ended, however. */
  ended(upid: string): Promise<unknown>;
}

export interface ConfigService {
  list(context: WorkContext): Promise<{
    backups: ConfigBackupItem[];
    problems: { storage: string; problem: string }[];
    secrets: 0 | 1;
    keep: number;
  }>;
  /** Answers the task. */
  create(asker: Pick<Asker, 'requester'>, storage: string): Promise<string>;
  setPassphrase(passphrase: string | undefined): Promise<void>;
  compare(
    context: WorkContext,
    given: {
      readonly volume: string;
      readonly passphrase?: string | undefined;
      readonly all?: boolean | undefined;
    },
  ): Promise<ConfigComparison>;
  /** Checks all that can be known beforehand. Answers the task. */
  restore(asker: Asker, context: WorkContext, wish: ConfigRestoreWish): Promise<string>;
  /** For the task; undefined once it has ended, or the daemon was another one. */
  passphrase(id: string): string | undefined;
}

export function createConfigService({ config, startTask, ended }: ConfigServiceParts): ConfigService {
  const passphrases = new Map<string, string>();
  const { storages, node } = config.parts;
  return {
    async list(context) {
      const { backups, problems } = await listAllConfigs(storages, context, node);
      return {
        backups: backups.map(backupItem),
        problems: [...problems],
        secrets: flag(config.hasPassphrase()),
        keep: keptConfigs,
      };
    },

    async create({ requester }, storage) {
      storages.requireContent(storage, 'backup');
      return await startTask('configbackup', { storage }, requester);
    },

    async setPassphrase(passphrase) {
      if (passphrase !== undefined && passphrase.length < passphraseLengths.least)
        throw invalidInput({ passphrase: `must be at least ${passphraseLengths.least} characters long` });
      await config.setPassphrase(passphrase);
    },

    async compare(context, { volume, passphrase, all = false }) {
      const { archive, secrets, items } = await config.compare(context, volume, passphrase);
      const same = items.filter(({ state }) => state === 'same').length;
      return {
        ...{ node: archive.node, time: Math.floor(archive.atMs / 1000), version: archive.version },
        ...{ secrets, same },
        items: items.filter(({ state }) => all || state !== 'same').map(itemReply),
      };
    },

    async restore(asker, context, { volume, passphrase, items }) {
      const chosen = readChosen(items);
      if (chosen.length === 0) throw invalidInput({ items: 'nothing is chosen' });
      const { items: compared } = await config.compare(context, volume, passphrase);
      planRestore(compared, chosen, (key) => config.parts.store.read(key), config.parts.clock.now());
      requireRoot(asker, compared, new Set(chosen.map(({ id }) => id)));
      const passphraseId = passphrase === undefined ? undefined : randomUUID();
      if (passphraseId !== undefined && passphrase !== undefined) passphrases.set(passphraseId, passphrase);
      const forget = () => passphraseId !== undefined && passphrases.delete(passphraseId);
      try {
        const given = { volume, items, ...(passphraseId === undefined ? {} : { passphraseId }) };
        const upid = await startTask('configrestore', given, asker.requester);
        ended(upid).then(forget, forget);
        return upid;
      } catch (error) {
        forget();
        throw error;
      }
    },

    passphrase: (id) => passphrases.get(id),
  };
}

/** What a guest's configuration lets reach into the node only root@pam brings back, as only root@pam can set some of it. */
function requireRoot(asker: Asker, compared: readonly ComparedItem[], chosen: ReadonlySet<string>): void {
  if (isRoot(asker)) return;
  for (const one of compared) {
    const reaching = chosen.has(one.item.id) ? reachingOf(one) : [];
    if (reaching.length > 0)
      throw invalidInput({
        items: `only root@pam may restore guest ${one.item.name}: it reaches into the node: ${reaching.join(', ')}`,
      });
  }
}

function backupItem({
  volid,
  storage,
  node,
  atMs,
  sizeBytes,
  protected: marked,
  notes,
}: StoredConfig): ConfigBackupItem {
  return {
    ...{ volid, storage, node, time: atMs / 1000, size: sizeBytes, protected: flag(marked) },
    ...(notes === undefined ? {} : { notes }),
  };
}

function itemReply(one: ComparedItem): ConfigItemReply {
  const { item, state, digest, fields, refused, danger, needs } = one;
  return {
    ...{ id: item.id, area: item.area, name: item.name, state, digest },
    ...(item.title === undefined ? {} : { title: item.title }),
    fields: fields.map(({ name, backup, now, secret }) => ({
      name,
      ...(backup === undefined ? {} : { backup }),
      ...(now === undefined ? {} : { now }),
      ...(secret ? { secret: 1 as const } : {}),
      ...(isKeptField(one, name) ? { kept: 1 as const } : {}),
    })),
    ...(refused === undefined ? {} : { refused }),
    ...(danger === undefined ? {} : { danger }),
    ...(needs.length === 0 ? {} : { needs: [...needs] }),
  };
}
