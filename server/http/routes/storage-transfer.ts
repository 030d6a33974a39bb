// Routes that bring files into a storage: uploads, downloads, and what a URL offers.

import { fileVolumeName, tidyFileName } from '../../../storage-plugins/volume-names.ts';
import { downloadUrl, queryUrlMetadata, uploadFile, uploadSnippet } from '../../contract/node-storage.ts';
import { randomName } from '../../core/ids.ts';
import { quietContext } from '../../core/work-context.ts';
import { allowOutside } from '../../storage/address-guard.ts';
import { readExpectedChecksum } from '../../storage/checksum.ts';
import { type ReceivedUpload, receiveUpload, snippetLimits } from '../../storage/upload.ts';
import { queryUrlMetadata as askUrl } from '../../storage/url-metadata.ts';
import type { DownloadParams } from '../../tasks/kinds/download.ts';
import { type Route, route } from '../route.ts';
import type { StorageRouteParts } from './storage.ts';

export function storageTransferRoutes(parts: StorageRouteParts): Route[] {
  const { storages, tasks, allowAddress = allowOutside } = parts;
  /** Starts the task that puts the file in its place; without one, nothing of it stays. */
  async function take(received: ReceivedUpload, requester: string): Promise<string> {
    try {
      return await tasks.start('imgcopy', received, { requester });
    } catch (error) {
      await storages
        .storage(received.storage)
        .discardImport(quietContext(), received.importId)
        .catch(() => {});
      throw error;
    }
  }
  return [
    route(uploadFile, async ({ params, caller, incoming, signal }) =>
      take(await receiveUpload(storages, params.storage, incoming, params, signal), caller.requester),
    ),
    route(uploadSnippet, async ({ params, caller, incoming, signal }) => {
      const given = { ...params, content: 'snippets' };
      return take(
        await receiveUpload(storages, params.storage, incoming, given, signal, snippetLimits),
        caller.requester,
      );
    }),
    route(downloadUrl, async ({ params, caller }) => {
      const expected = readExpectedChecksum(params.checksum, params['checksum-algorithm']);
      const fileName = tidyFileName(params.filename);
      fileVolumeName(params.content, fileName);
      storages.requireContent(params.storage, params.content);
      const given: DownloadParams = {
        storage: params.storage,
        content: params.content,
        fileName,
        url: params.url,
        verifyCertificates: params['verify-certificates'] ?? true,
        key: randomName(),
        ...(expected ? { expected } : {}),
      };
      return await tasks.start('download', given, { requester: caller.requester });
    }),
    route(queryUrlMetadata, async ({ params, signal }) =>
      askUrl({
        url: params.url,
        verifyCertificates: params['verify-certificates'] ?? true,
        allowAddress,
        signal,
      }),
    ),
  ];
}
