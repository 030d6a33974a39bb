// Do two storages lie on one place? By the options that the plugins name; folders by what they are, not by how they are written.
import { realpath, stat } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import type { PluginDeclaration } from '../../storage-plugins/plugin.ts';
import type { PluginRegistry } from '../../storage-plugins/registry.ts';
import { AppError } from '../core/errors.ts';
import { isShared, nodesOf, type StorageConfig } from './storage-config.ts';

/** Milliseconds; a folder on a dead server is then taken as it is written. */
const lookMs = 3000;

export interface PlaceParts {
  readonly plugins: PluginRegistry;
  all(): readonly StorageConfig[];
  /** Its folder is taken as it is written: a look at it would hold a thread for files until its server comes back. */
  isDead(config: StorageConfig): boolean;
}

/**
 * `already-exists` about an option of the place, naming the storage that has it. Two volumes would otherwise overwrite each other. `before`:
 * as it was, of one that is changed.
 */
export async function requireOwnPlace(
  { plugins, all, isDead }: PlaceParts,
  wanted: StorageConfig,
  before?: StorageConfig,
): Promise<void> {
  const declaration = plugins.get(wanted.type).declaration;
  const kind = kindOfPlace(declaration);
  if (kind === undefined || (before && !changesPlace(declaration, before, wanted))) return;
  const near = all().filter((other) => {
    if (other.id === wanted.id || !plugins.has(other.type)) return false;
    const theirs = plugins.get(other.type).declaration;
    if (kindOfPlace(theirs) !== kind) return false;
    const bothEverywhere = isShared(wanted, declaration) && isShared(other, theirs);
    return bothEverywhere || meet(nodesOf(wanted), nodesOf(other));
  });
  if (near.length === 0) return;
  const asWritten = (config: StorageConfig) =>
    renderPlace(plugins.get(config.type).declaration, config, true);
  const asSeen = async (config: StorageConfig) =>
    isDead(config) ? undefined : await renderPlace(plugins.get(config.type).declaration, config, false);
  const written = await asWritten(wanted);
  const seen = await asSeen(wanted);
  for (const other of near) {
    const same =
      (await asWritten(other)) === written || (seen !== undefined && (await asSeen(other)) === seen);
    if (!same) continue;
    const rule = `storage '${other.id}' is at this place already`;
    const fields = Object.fromEntries((declaration.place ?? []).map((name) => [name, rule]));
    throw new AppError('already-exists', `${rule}: two storages on one place would overwrite each other`, {
      fields,
    });
  }
}

/** Does the change move it, or bring it to more nodes? */
function changesPlace(
  { place = [] }: PluginDeclaration,
  before: StorageConfig,
  after: StorageConfig,
): boolean {
  return [...place, 'nodes', 'shared'].some((name) => before.options[name] !== after.options[name]);
}

/** Only places of one kind can be the same; undefined where a plugin names none. A folder is one for every type that keeps files in folders. */
function kindOfPlace({ type, place = [], options }: PluginDeclaration): string | undefined {
  if (place.length === 0) return undefined;
  const [name] = place;
  const isFolder = place.length === 1 && options.some((one) => one.name === name && one.type === 'path');
  return isFolder ? 'folder' : type;
}

/** Text that is the same for the same place, of those of one kind. */
async function renderPlace(
  { place = [], options }: PluginDeclaration,
  config: StorageConfig,
  asWritten: boolean,
): Promise<string> {
  const parts: string[] = [];
  for (const name of place) {
    const value = String(config.options[name] ?? '');
    const isPath = value !== '' && options.some((one) => one.name === name && one.type === 'path');
    if (!isPath) parts.push(tidy(name, value));
    else parts.push(asWritten ? normalize(value) : await folderAt(value));
  }
  return JSON.stringify(parts);
}

/** Names of servers, and of folders on them, are written in more ways than one. */
function tidy(name: string, value: string): string {
  const tidied = value
    .trim()
    .replace(/(?<=.)\/+$/, '')
    .replaceAll(/\/{2,}/g, '/');
  return name === 'server' || name === 'portal' ? tidied.toLowerCase() : tidied;
}

function meet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === 0 || b.length === 0 || a.some((node) => b.includes(node));
}

/** The folder that is there, whatever leads to it; of one that is not there yet, the nearest that is, and the rest. */
async function folderAt(path: string): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(normalize(path)), lookMs);
  });
  return await Promise.race([look(normalize(path)), late]).finally(() => clearTimeout(timer));
}

async function look(path: string, rest = ''): Promise<string> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    // Also two mounts of one folder have these in common.
    return rest === '' ? `${dev}:${ino}` : join(await realpath(path), rest);
  } catch {
    const above = dirname(path);
    return above === path ? join(path, rest) : await look(above, join(path.slice(above.length), rest));
  }
}
