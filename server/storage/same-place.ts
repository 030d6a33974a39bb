// Do two storages lie on one place? By the options that the plugins name; folders by what they are, not by how they are written.
import { realpath, stat } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import type { PluginDeclaration } from '../../storage-plugins/plugin.ts';
import type { PluginRegistry } from '../../storage-plugins/registry.ts';
import { AppError } from '../core/errors.ts';
import { isShared, nodesOf, type StorageConfig } from './storage-config.ts';

/** Milliseconds; a folder on a dead server is then taken as it is written. */
const lookMs = 3000;

/** `already-exists` about an option of the place, naming the storage that has it. Two volumes would otherwise overwrite each other. */
export async function requireOwnPlace(
  plugins: PluginRegistry,
  others: readonly StorageConfig[],
  wanted: StorageConfig,
): Promise<void> {
  const declaration = plugins.get(wanted.type).declaration;
  const place = await placeOf(declaration, wanted);
  if (place === undefined) return;
  for (const other of others) {
    if (other.id === wanted.id || !plugins.has(other.type)) continue;
    const { declaration: theirs } = plugins.get(other.type);
    const bothEverywhere = isShared(wanted, declaration) && isShared(other, theirs);
    if (!bothEverywhere && !meet(nodesOf(wanted), nodesOf(other))) continue;
    if ((await placeOf(theirs, other)) !== place) continue;
    const rule = `storage '${other.id}' is at this place already`;
    const fields = Object.fromEntries((declaration.place ?? []).map((name) => [name, rule]));
    throw new AppError('already-exists', `${rule}: two storages on one place would overwrite each other`, {
      fields,
    });
  }
}

/** Text that is the same for the same place; undefined where a plugin names none. */
async function placeOf(
  { type, place, options }: PluginDeclaration,
  config: StorageConfig,
): Promise<string | undefined> {
  if (!place || place.length === 0) return undefined;
  const parts: string[] = [];
  let isFolder = place.length === 1;
  for (const name of place) {
    const value = String(config.options[name] ?? '');
    if (value !== '' && options.find((option) => option.name === name)?.type === 'path')
      parts.push(await folderAt(value));
    else {
      isFolder = false;
      parts.push(tidy(name, value));
    }
  }
  // A folder is one place for every type that keeps files in folders.
  return JSON.stringify([isFolder ? 'folder' : type, ...parts]);
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
