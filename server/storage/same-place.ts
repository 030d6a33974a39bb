// Do two storages lie on one place? By the options that the plugins name; folders by what they are, not by how they are written.
import { realpath, stat } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import type { PluginDeclaration } from '../../storage-plugins/plugin.ts';
import type { PluginRegistry } from '../../storage-plugins/registry.ts';
import { AppError } from '../core/errors.ts';
import { isShared, nodesOf, type StorageConfig } from './storage-config.ts';

/** Options whose words mean the same in small and in large letters: names of hosts (RFC 4343), of shares (MS-SRVS 2.2.4.23). */
const caseless = new Set(['server', 'portal', 'share']);
/** Options that name the same thing once more: either server leads to the volume. */
const alternatives: Readonly<Record<string, readonly string[]>> = { server: ['server', 'server2'] };
/** Options that name several places, each of which is one. */
const lists = new Set(['devices']);

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
    renderPlaces(plugins.get(config.type).declaration, config, true);
  const asSeen = async (config: StorageConfig) =>
    isDead(config) ? [] : await renderPlaces(plugins.get(config.type).declaration, config, false);
  const written = await asWritten(wanted);
  const seen = await asSeen(wanted);
  for (const other of near) {
    const same = meetAtAll(written, await asWritten(other)) || meetAtAll(seen, await asSeen(other));
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
  return [...place.flatMap(namesOf), 'nodes', 'shared'].some(
    (name) => before.options[name] !== after.options[name],
  );
}

/** Only places of one kind can be the same; undefined where a plugin names none. A folder is one for every type that keeps files in folders. */
function kindOfPlace({ type, place = [], options }: PluginDeclaration): string | undefined {
  if (place.length === 0) return undefined;
  const [name] = place;
  const isFolder = place.length === 1 && options.some((one) => one.name === name && one.type === 'path');
  return isFolder ? 'folder' : type;
}

/** Texts of which two storages have one in common when they are at the same place, of those of one kind. */
async function renderPlaces(
  { place = [], options }: PluginDeclaration,
  config: StorageConfig,
  asWritten: boolean,
): Promise<string[]> {
  let places: string[][] = [[]];
  for (const name of place) {
    const isPath = options.some((one) => one.name === name && one.type === 'path');
    const values = valuesOf(name, config);
    const parts = await Promise.all(
      values.map(async (value) => {
        if (!isPath || value === '') return tidy(name, value);
        return asWritten ? normalize(value) : await folderAt(value);
      }),
    );
    places = places.flatMap((before) => parts.map((part) => [...before, part]));
  }
  return places.map((parts) => JSON.stringify(parts));
}

function valuesOf(name: string, { options }: StorageConfig): string[] {
  const [first = '', ...more] = namesOf(name).map((one) => String(options[one] ?? ''));
  if (lists.has(name)) return first.split(/[,;\s]+/).filter((word) => word !== '');
  return [first, ...more.filter((value) => value !== '')];
}

function namesOf(name: string): readonly string[] {
  return alternatives[name] ?? [name];
}

function meetAtAll(a: readonly string[], b: readonly string[]): boolean {
  return a.some((place) => b.includes(place));
}

/** Names of servers, and of folders on them, are written in more ways than one. */
function tidy(name: string, value: string): string {
  const tidied = value
    .trim()
    .replace(/(?<=.)\/+$/, '')
    .replaceAll(/\/{2,}/g, '/');
  if (name === 'devices') return tidied.replace(/^\/dev\/(?:disk\/by-id|etherd)\//, '');
  return caseless.has(name) ? tidied.toLowerCase() : tidied;
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
