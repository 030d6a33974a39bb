// What the rules of restoring must know of the system, from the parts that know it.
import type { PluginRegistry } from '../../../storage-plugins/registry.ts';
import type { ClusterStore, Json } from '../../cluster/cluster-store.ts';
import { AppError, asAppError, hasCode } from '../../core/errors.ts';
import { quietContext } from '../../core/work-context.ts';
import type { VmConfig } from '../../guests/config/config-keys.ts';
import { readVmConfig } from '../../guests/config/read-vm-config.ts';
import { readCtConfig } from '../../guests/ct/config/read-ct-config.ts';
import { findGuest } from '../../guests/guest-documents.ts';
import type { VolumeUsers } from '../../guests/volume-users.ts';
import { requireOwnPlace } from '../../storage/same-place.ts';
import { checkNewOptions, type OptionValue } from '../../storage/storage-config.ts';
import type { StorageService } from '../../storage/storage-service.ts';
import type { ConfigFile } from './config-content.ts';
import { field, objectOf } from './config-items.ts';
import type { RestoreWorld } from './item-rules.ts';
import { isHidden, type SecretOptions } from './secret-fields.ts';

export interface WorldParts {
  readonly store: ClusterStore;
  readonly storages: Pick<StorageService, 'volume' | 'configs'>;
  readonly plugins: PluginRegistry;
  readonly users: Pick<VolumeUsers, 'ofVolume'>;
  readonly files: readonly ConfigFile[];
}

export function restoreWorld({ store, storages, plugins, users, files }: WorldParts): RestoreWorld {
  return {
    async volumeProblem(volid) {
      const holders = users.ofVolume(volid);
      if (holders.length > 0) return `its volume '${volid}' belongs to ${holders.join(', ')} now`;
      try {
        await storages.volume(quietContext(), volid);
        return undefined;
      } catch (error) {
        return hasCode(error, 'not-found')
          ? `its volume '${volid}' is not there`
          : `whether its volume '${volid}' is there cannot be told (${asAppError(error).message})`;
      }
    },
    async storageProblem(id, wanted, now) {
      try {
        await checkStorage(id, wanted, now);
        return undefined;
      } catch (error) {
        return wordsOf(error);
      }
    },
    guestProblem(kind, vmid, config) {
      try {
        const known = Object.entries(objectOf(config)).filter(([, value]) => !isHidden(value));
        const document = { vmid, config: Object.fromEntries(known) as VmConfig };
        if (kind === 'lxc') readCtConfig(document);
        else readVmConfig(document);
        return undefined;
      } catch (error) {
        return wordsOf(error);
      }
    },
    guestRuns: (vmid) => findGuest(store, vmid)?.running !== undefined,
    file(name) {
      const file = files.find((one) => one.name === name);
      if (!file) return undefined;
      const refused = file.write ? file.refused : (file.refused ?? 'it is kept to be read only');
      return { refused, danger: file.danger };
    },
  };

  async function checkStorage(id: string, wanted: Json, now: Json | undefined): Promise<void> {
    const type = String(field(wanted, 'type'));
    if (!plugins.has(type)) throw new AppError('unsupported', `there is no storage type '${type}' here`);
    const plugin = plugins.get(type);
    if (now !== undefined && field(now, 'type') !== type)
      throw new AppError('unsupported', 'it is a storage of another type now');
    for (const { name, fixed } of plugin.declaration.options)
      if (
        fixed &&
        now !== undefined &&
        field(now, name) !== field(wanted, name) &&
        !isHidden(field(wanted, name))
      )
        throw new AppError('unsupported', `'${name}' cannot be changed once a storage exists`);
    const { type: _type, ...given } = objectOf(wanted);
    const values = Object.entries(given).flatMap(([name, value]) => {
      const known = isHidden(value) ? field(now, name) : value;
      return known === undefined || known === null ? [] : [[name, known as OptionValue] as const];
    });
    const options = checkNewOptions(plugin.declaration, Object.fromEntries(values));
    plugin.open(id, options);
    const config = { id, type, options, version: 0 };
    const before = storages.configs().find((one) => one.id === id);
    await requireOwnPlace({ plugins, all: () => storages.configs(), isDead: () => false }, config, before);
  }
}

/** Which options of a storage type are secrets, by its plugin. */
export function secretOptionsOf(plugins: PluginRegistry): SecretOptions {
  return (type) => {
    if (!plugins.has(type)) return undefined;
    const options = plugins.get(type).declaration.options.filter((option) => option.type === 'secret');
    return new Set(options.map(({ name }) => name));
  };
}

function wordsOf(error: unknown): string {
  const { message, fields } = asAppError(error);
  const rules = Object.entries(fields ?? {}).map(([name, rule]) => `${name}: ${rule}`);
  return rules.length > 0 ? rules.join('; ') : message;
}
