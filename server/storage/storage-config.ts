// A storage's configuration: read, checked against its plugin's declaration, and rendered as the API has it. Pure.
import { commonOptions } from '../../storage-plugins/common-options.ts';
import type { ContentKind, OptionDeclaration, PluginDeclaration } from '../../storage-plugins/plugin.ts';
import { parseKeepOptions } from '../backup/retention/keep-options.ts';
import type { StoredDocument } from '../cluster/cluster-store.ts';
import { checkDigest, configDigest } from '../core/config-digest.ts';
import { invalidInput } from '../core/errors.ts';
import { readBandwidthLimits } from './bandwidth-limits.ts';

export type OptionValue = string | number | boolean;

export interface StorageConfig {
  readonly id: string;
  readonly type: string;
  /** Without `type`; lists are comma-separated text, in the API's own spelling. */
  readonly options: Readonly<Record<string, OptionValue>>;
  /** Version of the document; 0 while it is not stored. */
  readonly version: number;
}

/** The configuration of a stored document `storages/<id>`. */
export function readStorageDocument(document: StoredDocument): StorageConfig {
  const { type, ...options } = document.value as Record<string, OptionValue>;
  const id = document.key.slice(document.key.indexOf('/') + 1);
  return { id, type: String(type), options, version: document.version };
}

/** Content kinds that it is configured for. */
export function contentsOf(config: StorageConfig): ContentKind[] {
  return splitList(config.options['content']).filter((kind) => kind !== 'none') as ContentKind[];
}

export function isDisabled(config: StorageConfig): boolean {
  return config.options['disable'] === true;
}

/** The nodes that it is for; empty: all. */
export function nodesOf(config: StorageConfig): string[] {
  return splitList(config.options['nodes']);
}

/** May the node use it, by its list of nodes? */
export function isForNode(config: StorageConfig, node: string): boolean {
  const nodes = nodesOf(config);
  return nodes.length === 0 || nodes.includes(node);
}

export function isShared(config: StorageConfig, declaration: PluginDeclaration): boolean {
  return declaration.shared || config.options['shared'] === true;
}

/** Checks the options of a new storage; undefined values count as not given. */
export function checkNewOptions(
  declaration: PluginDeclaration,
  given: Readonly<Record<string, unknown>>,
): Record<string, OptionValue> {
  const options = checkValues(declaration, given);
  const missing = declaration.options.filter((o) => o.required && options[o.name] === undefined);
  if (missing.length > 0)
    throw invalidInput(
      Object.fromEntries(missing.map((o) => [o.name, 'property is missing and it is not optional'])),
    );
  return { content: 'images', ...options };
}

/** The options after a change; a fixed option may only be given as it is. */
export function changeOptions(
  declaration: PluginDeclaration,
  config: StorageConfig,
  change: { set: Readonly<Record<string, unknown>>; delete: readonly string[] },
): Record<string, OptionValue> {
  const set = checkValues(declaration, change.set);
  const refused: Record<string, string> = {};
  for (const option of declaration.options) {
    const { name } = option;
    const changed = set[name] !== undefined && set[name] !== config.options[name];
    if (option.fixed && changed) refused[name] = 'cannot be changed once the storage exists';
    if (change.delete.includes(name) && (option.fixed || option.required))
      refused[name] = 'cannot be removed';
    if (change.delete.includes(name) && set[name] !== undefined) refused[name] = 'is set and deleted at once';
  }
  for (const name of change.delete)
    if (!declaration.options.some((o) => o.name === name)) refused['delete'] = `no such option: ${name}`;
  if (Object.keys(refused).length > 0) throw invalidInput(refused);
  const options = { ...config.options, ...set };
  for (const name of change.delete) delete options[name];
  return { content: 'images', ...options };
}

function checkValues(
  declaration: PluginDeclaration,
  given: Readonly<Record<string, unknown>>,
): Record<string, OptionValue> {
  const options: Record<string, OptionValue> = {};
  const refused: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const option = declaration.options.find((o) => o.name === name);
    if (!option) {
      refused[name] = `not an option of storage type '${declaration.type}'`;
      continue;
    }
    if (name === 'bwlimit') readBandwidthLimits(String(value));
    if (name === 'prune-backups') parseKeepOptions(String(value));
    if (name === 'max-protected-backups' && !(Number(value) >= -1)) {
      refused[name] = 'must be -1 (no limit) or more';
      continue;
    }
    const checked = checkValue(declaration, option, value);
    if ('rule' in checked) refused[name] = checked.rule;
    else options[name] = checked.value;
  }
  if (Object.keys(refused).length > 0) throw invalidInput(refused);
  return options;
}

function checkValue(
  declaration: PluginDeclaration,
  option: OptionDeclaration,
  value: unknown,
): { value: OptionValue } | { rule: string } {
  switch (option.type) {
    case 'boolean':
      if (value === true || value === 1 || value === '1') return { value: true };
      if (value === false || value === 0 || value === '0') return { value: false };
      return { rule: 'write 0 or 1' };
    case 'integer':
      return Number.isSafeInteger(Number(value))
        ? { value: Number(value) }
        : { rule: 'must be a whole number' };
    case 'choice': {
      const choices = option.choices ?? [];
      if (choices.includes(String(value))) return { value: String(value) };
      return { rule: `value must be one of: ${choices.join(', ')}` };
    }
    case 'content-list': {
      const kinds = [...new Set(splitList(value))].sort();
      const foreign = kinds.find((k) => k !== 'none' && !(declaration.contents as string[]).includes(k));
      if (foreign !== undefined)
        return { rule: `storage type '${declaration.type}' cannot hold content '${foreign}'` };
      if (kinds.length === 0) return { rule: "write a list of content kinds, or 'none'" };
      return { value: kinds.join(',') };
    }
    case 'node-list': {
      const nodes = [...new Set(splitList(value))].sort();
      const bad = nodes.find((node) => !/^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/.test(node));
      return bad === undefined ? { value: nodes.join(',') } : { rule: `'${bad}' is not a node name` };
    }
    default:
      return typeof value === 'string' ? { value } : { rule: 'must be text' };
  }
}

function splitList(value: unknown): string[] {
  if (value === undefined) return [];
  return String(value)
    .split(/[\0,;\s]+/)
    .filter((word) => word !== '');
}

/** As the API answers it: flags as 0 and 1, no secrets. */
export function renderConfig(
  config: StorageConfig,
  declaration: PluginDeclaration | undefined,
): { storage: string; type: string; [option: string]: unknown } {
  const rendered: { storage: string; type: string; [option: string]: unknown } = {
    storage: config.id,
    type: config.type,
  };
  for (const [name, value] of Object.entries(config.options)) {
    const option = (declaration?.options ?? commonOptions).find((o) => o.name === name);
    // Without its plugin nobody knows which of the others are secrets.
    if (option?.type === 'secret' || (option === undefined && declaration === undefined)) continue;
    rendered[name] = typeof value === 'boolean' ? Number(value) : value;
  }
  return rendered;
}

/** Changes with every write of the document; clients hand it back to say what they have seen. */
export function digestOf(config: StorageConfig): string {
  return configDigest(fingerprint(config));
}

/** `wrong-state` when the digest is not that of the configuration. */
export function checkStorageDigest(config: StorageConfig, digest: string | undefined): void {
  checkDigest(fingerprint(config), digest);
}

/** Without the options: there are secrets among them, which a fingerprint would let be guessed at. */
function fingerprint({ id, version, type }: StorageConfig) {
  return { id, version, type };
}
