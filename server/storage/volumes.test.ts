// What volumes are answered of storages that cannot do all: such that only show LUNs, such that keep no notes.
import { expect, test } from 'vitest';
import type { Storage, VolumeInfo } from '../../storage-plugins/plugin.ts';
import { quietContext } from '../core/work-context.ts';
import type { StorageConfig } from './storage-config.ts';
import { Volumes } from './volumes.ts';

const context = quietContext();
const lun: VolumeInfo = {
  ...{ name: '0.0.1.scsi-3600a', content: 'images', format: 'raw', sizeBytes: 4096, usedBytes: 4096 },
  ...{ vmid: undefined, parent: undefined, createdAt: 0 },
};

function world({ content = 'none', formats = [] as 'raw'[] } = {}) {
  const config: StorageConfig = { id: 'san', type: 'iscsi', options: { content }, version: 1 };
  const called: string[] = [];
  const storage = {
    list: async (_context: unknown, { contents }: { contents: readonly string[] }) =>
      contents.includes('images') ? [lun] : [],
    info: async () => lun,
    annotate: async () => void called.push('annotate'),
    createDisk: async () => void called.push('createDisk'),
  } as unknown as Storage;
  const volumes = new Volumes({
    config: () => config,
    storage: () => storage,
    imageFormats: () => formats,
    rootFormats: () => [],
    isContainer: () => false,
    referencedBy: () => [],
    can: () => false,
  });
  return { volumes, called };
}

test('LUNs are shown also while guests are not to use them; of others nothing is', async () => {
  const [shown] = await world().volumes.content(context, 'san');
  expect(shown).toMatchObject({ volid: 'san:0.0.1.scsi-3600a', content: 'images', size: 4096 });
  expect(await world({ formats: ['raw'] }).volumes.content(context, 'san')).toEqual([]);
});

test('no disk is made where none can be', async () => {
  const { volumes, called } = world({ content: 'images' });
  const wanted = { vmid: 100, sizeBytes: 4096 };
  await expect(volumes.allocate(context, 'san', wanted)).rejects.toMatchObject({
    code: 'invalid-input',
    fields: { storage: expect.stringMatching(/makes no disks/) },
  });
  expect(called).toEqual([]);
});

test('notes are refused where none are kept, before anything is touched', async () => {
  const { volumes, called } = world();
  const change = volumes.annotate(context, 'san:0.0.1.scsi-3600a', { notes: 'ours' });
  await expect(change).rejects.toMatchObject({ code: 'unsupported' });
  expect(called).toEqual([]);
});
