// Task `imageupdate`: an update, uploaded or fetched by its URL, goes straight into the slot that does not run.

import type { UpdateRecords } from '../../appliance/update-records.ts';
import type { UpdateSource, UploadOffers } from '../../appliance/upload-offers.ts';
import type { SlotWriter, WrittenImage } from '../../appliance/write-slot.ts';
import { type Clock, epochSeconds } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { type AllowAddress, allowOutside } from '../../storage/address-guard.ts';
import { openUrl } from '../../storage/http-source.ts';
import type { LockRef, TaskContext, TaskKind } from '../task.ts';

export type ImageUpdateParams =
  /** A request's body on offer: gone when the daemon restarts. */
  { readonly from: 'upload'; readonly key: string } | { readonly from: 'url'; readonly url: string };

export interface ImageUpdateParts {
  readonly writer: SlotWriter;
  readonly uploads: Pick<UploadOffers, 'take'>;
  readonly records: Pick<UpdateRecords, 'writeLast'>;
  /** Of the running image. */
  readonly runningVersion: string;
  readonly clock: Clock;
  /** What lies in the slots has changed. */
  readonly changed: () => void;
  /** Addresses that may be reached; default: neither the node itself nor link-local ones. */
  readonly allowAddress?: AllowAddress;
}

/** Whatever changes slots has them for itself alone. */
export const slotsLock: readonly LockRef[] = [{ scope: 'name', id: 'appliance/slots' }];

/**
 * One step, since nothing of it could be kept for a second one: the bytes go where they belong as they come. Begun
 * again after a crash it writes all anew; its undo takes away what is half written.
 */
export function imageUpdateKind(parts: ImageUpdateParts): TaskKind<ImageUpdateParams, { version: string }> {
  const { writer, records } = parts;

  async function withSource(
    context: TaskContext,
    params: ImageUpdateParams,
    work: (source: UpdateSource) => Promise<WrittenImage>,
  ): Promise<WrittenImage> {
    if (params.from === 'upload') return await parts.uploads.take(params.key, work);
    const { allowAddress = allowOutside } = parts;
    const { signal } = context;
    // Signatures in the query may grant access: they do not belong into a log.
    context.log(`fetching ${params.url.replace(/[?#].*$/, '?...')}`);
    const reply = await openUrl({
      url: params.url,
      method: 'GET',
      verifyCertificates: true,
      allowAddress,
      signal,
    });
    try {
      return await work({ stream: unbroken(reply.body, signal), totalBytes: reply.sizeBytes });
    } finally {
      reply.body.destroy();
    }
  }

  return {
    type: 'imageupdate',
    describe: () => 'System - Update',
    objectId: () => '',
    locks: () => slotsLock,
    check: async () => void (await writer.target()),
    steps: [
      {
        name: 'write',
        async run(context, params) {
          const written = await withSource(context, params, ({ stream, totalBytes }) =>
            writer.write(context, stream, totalBytes),
          );
          const at = epochSeconds(parts.clock);
          records.writeLast({ at, outcome: 'pending', from: parts.runningVersion, to: written.version });
          parts.changed();
          context.log('boot it on trial with "switch"');
          return { version: written.version };
        },
        async undo(context) {
          for (const line of await writer.sweep()) context.log(line);
          parts.changed();
        },
      },
    ],
    afterCrash: 'resume',
    cancellable: true,
  };
}

async function* unbroken(body: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (cause) {
    if (cause instanceof AppError || signal.aborted) throw cause;
    throw new AppError('unavailable', 'the connection broke during the download', { cause });
  }
}
