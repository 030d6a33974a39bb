// What a VM made of an importable file on a storage would be.
import { getImportMetadata } from '../../contract/node-storage-import.ts';
import { quietContext } from '../../core/work-context.ts';
import { importMetadataOf } from '../../guests/import/import-metadata.ts';
import { maySeeVolume } from '../../storage/volumes.ts';
import { type Route, route } from '../route.ts';
import type { StorageRouteParts } from './storage.ts';
import { denied, readVolid, requireSight } from './storage-content.ts';

export function storageImportRoutes({ storages }: StorageRouteParts): Route[] {
  return [
    route(getImportMetadata, async ({ params, caller, signal }) => {
      const { volid, storage } = readVolid(params);
      requireSight(caller, storage);
      const context = quietContext(signal);
      if (!maySeeVolume(caller, storage, await storages.volume(context, volid))) throw denied(storage);
      const found = storages.resolve(volid);
      return importMetadataOf(storage, found.name, await found.storage.describeImport(context, found.name));
    }),
  ];
}
