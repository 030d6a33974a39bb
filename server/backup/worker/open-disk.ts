// Opens the disks of an order, whatever they are.
import { AppError } from '../../core/errors.ts';
import { NbdClient } from '../nbd/nbd-client.ts';
import { openImage } from './qemu-nbd.ts';
import type { Work } from './work.ts';
import type { DiskEnd } from './worker-orders.ts';

export interface OpenDisk {
  readonly client: NbdClient;
  /** Repeatable. Rejects when an image could not be closed in order. */
  close(): Promise<void>;
}

/** Errors: those of `NbdClient.open` and `openImage`; its connection ends with `work.signal`. */
export async function openDisk(
  end: DiskEnd,
  device: string,
  access: 'read' | 'write',
  work: Work,
): Promise<OpenDisk> {
  const writable = access === 'write';
  const disk =
    end.kind === 'image'
      ? await openImage({ attachment: end.attachment, writable, device }, work)
      : await openExport(end.socket, end.exportName, work.signal);
  if (writable && disk.client.readOnly) {
    await disk.close();
    throw new AppError('internal', `${device} cannot be written to`);
  }
  return disk;
}

async function openExport(socketPath: string, exportName: string, signal: AbortSignal): Promise<OpenDisk> {
  const client = await NbdClient.open({ socketPath, exportName, signal });
  return { client, close: () => client.close() };
}
