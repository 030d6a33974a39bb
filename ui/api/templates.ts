// Container templates: those that are on a node, and those that the catalogue offers.
import { storageChoices } from './choices.ts';
import { api } from './client.ts';

export interface TemplateVolume {
  readonly volid: string;
  readonly storage: string;
  /** The file's name. */
  readonly name: string;
  readonly size: number;
}

/** The templates in all storages of a node. A storage that fails hides only its own. */
export async function templateVolumes(node: string): Promise<TemplateVolume[]> {
  const storages = (await storageChoices(node)).filter((one) => one.content.includes('vztmpl'));
  const lists = await Promise.allSettled(
    storages.map(async ({ storage }) => {
      const volumes = await api('GET /nodes/{node}/storage/{storage}/content', {
        node,
        storage,
        content: 'vztmpl',
      });
      return volumes.map(({ volid, size }) => ({
        volid,
        storage,
        name: volid.slice(volid.lastIndexOf('/') + 1),
        size,
      }));
    }),
  );
  return lists
    .flatMap((list) => (list.status === 'fulfilled' ? list.value : []))
    .sort((a, b) => a.volid.localeCompare(b.volid, undefined, { numeric: true }));
}
