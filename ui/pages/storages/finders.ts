// What fills a field of the dialog by looking: exports and shares of a server, targets, LUNs, volume groups, thin pools.
import { api } from '../../api/client.ts';
import type { Choice } from '../../components/field.tsx';
import { bytes } from '../../format/show.ts';
import { isBaseType, type StorageForm } from '../../forms/storage-form.ts';
import { storages } from '../../live/store.ts';

export interface Finder {
  /** Fields that have to be filled in before. */
  readonly needs: readonly string[];
  readonly find: (node: string, form: StorageForm) => Promise<Choice[]>;
}

const said = (form: StorageForm, name: string): string => (form.values[name] ?? '').trim();
const given = (form: StorageForm, name: string) =>
  (form.values[name] ?? '') === '' ? {} : { [name]: form.values[name] ?? '' };
const choice = (value: string, more: string | undefined): Choice => ({
  value,
  label: more ? `${value} – ${more}` : value,
});

const volumeGroups: Finder = {
  needs: [],
  find: async (node) =>
    (await api('GET /nodes/{node}/scan/lvm', { node })).map((one) =>
      choice(one.vg, one.size === undefined ? undefined : bytes(one.size)),
    ),
};

/** By type and option. */
const finders: Readonly<Record<string, Finder>> = {
  'nfs/export': {
    needs: ['server'],
    find: async (node, form) =>
      (await api('GET /nodes/{node}/scan/nfs', { node, server: said(form, 'server') })).map((one) =>
        choice(one.path, one.options),
      ),
  },
  'cifs/share': {
    needs: ['server'],
    find: async (node, form) => {
      const server = said(form, 'server');
      const who = {
        ...given(form, 'username'),
        ...given(form, 'password'),
        ...given(form, 'domain'),
      };
      const found = await api('GET /nodes/{node}/scan/cifs', { node, server, ...who });
      return found.map((one) => choice(one.share, one.description));
    },
  },
  'iscsi/target': {
    needs: ['portal'],
    find: async (node, form) =>
      (await api('GET /nodes/{node}/scan/iscsi', { node, portal: said(form, 'portal') })).map((one) =>
        choice(one.target, one.portal),
      ),
  },
  'blockdevice/devices': {
    needs: [],
    find: async (node) => {
      const disks = await api('GET /nodes/{node}/disks/list', { node, type: 'unused' });
      return disks.flatMap(({ by_id_link: link, size, model }) =>
        link === undefined ? [] : [choice(link.slice(link.lastIndexOf('/') + 1), `${model} ${bytes(size)}`)],
      );
    },
  },
  'lvm/base': { needs: [], find: findLuns },
  'lvm/vgname': volumeGroups,
  'lvmthin/vgname': volumeGroups,
  'lvmthin/thinpool': {
    needs: ['vgname'],
    find: async (node, form) =>
      (await api('GET /nodes/{node}/scan/lvmthin', { node, vg: said(form, 'vgname') })).map((one) =>
        choice(one.lv, undefined),
      ),
  },
};

/** Volumes of the storages that others can be laid on. One that fails hides only its own, unless all fail. */
async function findLuns(node: string): Promise<Choice[]> {
  const bases = storages().filter((one) => one.node === node && isBaseType(one.plugintype ?? ''));
  const lists = await Promise.allSettled(
    bases.map(({ storage = '' }) => api('GET /nodes/{node}/storage/{storage}/content', { node, storage })),
  );
  const failed = lists.find((list) => list.status === 'rejected');
  if (failed && lists.every((list) => list.status === 'rejected')) throw failed.reason;
  return lists
    .flatMap((list) => (list.status === 'fulfilled' ? list.value : []))
    .map((one) => choice(one.volid, bytes(one.size)));
}

export const finderOf = (type: string, option: string): Finder | undefined =>
  Object.hasOwn(finders, `${type}/${option}`) ? finders[`${type}/${option}`] : undefined;
