// What forms offer to choose from: storages, discs, bridges.
import { api } from './client.ts';

export interface StorageChoice {
  readonly storage: string;
  readonly content: readonly string[];
  readonly avail: number | undefined;
  /** What its volumes can be. */
  readonly formats: readonly string[];
}

/** The storages of a node that work now. */
export async function storageChoices(node: string): Promise<StorageChoice[]> {
  const all = await api('GET /nodes/{node}/storage', { node, enabled: true, format: true });
  return all
    .filter((one) => one.active !== 0)
    .map((one) => ({
      storage: one.storage,
      content: one.content.split(','),
      avail: one.avail,
      formats: one.formats?.supported ?? [],
    }))
    .sort((a, b) => a.storage.localeCompare(b.storage));
}

/** The discs, the disk images to be copied or the scripts of all storages of a node, by volume id. A storage that fails hides only its own. */
export async function fileChoices(
  node: string,
  content: 'iso' | 'import' | 'snippets',
): Promise<{ volid: string; size: number }[]> {
  const storages = (await storageChoices(node)).filter((one) => one.content.includes(content));
  const lists = await Promise.allSettled(
    storages.map(({ storage }) =>
      api('GET /nodes/{node}/storage/{storage}/content', { node, storage, content }),
    ),
  );
  return lists
    .flatMap((list) => (list.status === 'fulfilled' ? list.value : []))
    .sort((a, b) => a.volid.localeCompare(b.volid, undefined, { numeric: true }));
}

/** The bridges of a node. */
export async function bridgeChoices(node: string): Promise<{ iface: string; comments: string }[]> {
  const all = await api('GET /nodes/{node}/network', { node, type: 'any_bridge' });
  return all
    .map((one) => ({ iface: one.iface, comments: one.comments?.trim() ?? '' }))
    .sort((a, b) => a.iface.localeCompare(b.iface, undefined, { numeric: true }));
}
