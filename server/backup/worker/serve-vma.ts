// Order `serve-vma`: disks of an archive as an NBD server, for a guest that runs before it is restored.
import { AppError } from '../../core/errors.ts';
import { mebibyte, tebibyte } from '../../core/units.ts';
import { openSeekable, type SeekableArchive } from '../compression/seekable.ts';
import type { NbdExport } from '../nbd/nbd-export.ts';
import type { NbdRange } from '../nbd/nbd-protocol.ts';
import { NbdServer } from '../nbd/nbd-server.ts';
import { clusterBytes, isState } from '../vma/vma-format.ts';
import { readVmaHeader, uuidBytes, type VmaHeader } from '../vma/vma-header.ts';
import { type DeviceIndex, readVmaIndex } from '../vma/vma-index.ts';
import { readDevicePart } from '../vma/vma-random.ts';
import { openInput, packingOf } from './archive-file.ts';
import type { Work } from './work.ts';
import type { ServeVmaOrder } from './worker-orders.ts';

const cacheBytes = 64 * mebibyte;
const framesAtOnce = 2;
/** Of each client: QEMU asks for 16 parts at once. */
const bytesInFlight = 32 * mebibyte;
const largestTotalBytes = 64 * tebibyte;
/** Ranges in one answer. */
const mostRanges = 4096;
/** Failures of single reads that are logged. */
const mostLogged = 20;

/**
 * Serves until `work.signal` aborts, then rejects with `cancelled`. `unsupported` for archives that cannot be read from anywhere;
 * `invalid-input` for what is damaged. What is found damaged later fails the read, with an input/output error for the guest, and is logged.
 */
export async function serveVma(order: ServeVmaOrder, work: Work): Promise<undefined> {
  if (packingOf(order.archive, 'vma') !== 'zst')
    throw new AppError('unsupported', 'only archives with zstd can be read from anywhere');
  const input = await openInput(order.archive);
  let logged = 0;
  try {
    const archive = await openSeekable(input.file, { cacheBytes, atOnce: framesAtOnce });
    const header = readVmaHeader(await archive.readFrame(0), largestTotalBytes);
    const indexes = readVmaIndex(archive.index, header.devices);
    const server = await NbdServer.listen({
      socketPath: order.socket,
      owner: order.owner,
      exports: order.exports.map(({ device, exportName }) =>
        exportOf(archive, header, indexes, device, exportName),
      ),
      maxBytesInFlight: bytesInFlight,
      onError: (error, exportName) => {
        logged += 1;
        if (logged <= mostLogged)
          work.log(`${exportName ?? 'a client'}: ${error instanceof Error ? error.message : String(error)}`);
      },
    });
    const aborted = new Promise<void>((resolve) => {
      if (work.signal.aborted) resolve();
      work.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    work.ready();
    await aborted;
    await server.close();
    throw new AppError('cancelled', 'cancelled');
  } finally {
    await input.close();
  }
}

function exportOf(
  archive: SeekableArchive,
  header: VmaHeader,
  indexes: ReadonlyMap<number, DeviceIndex>,
  deviceName: string,
  exportName: string,
): NbdExport {
  const device = header.devices.find((one) => one.name === deviceName && !isState(one));
  const index = device && indexes.get(device.id);
  if (!device || !index) throw new AppError('invalid-input', `the archive has no disk ${deviceName}`);
  const extents = (place: number) => {
    const frame = archive.frameAt(place);
    if (frame.offset !== place)
      throw new AppError('invalid-input', `no extent begins at byte ${place} of the archive`);
    return archive.readFrame(frame.number);
  };
  const part = { device, index, uuid: uuidBytes(header.uuid), extents };
  return {
    name: exportName,
    sizeBytes: device.bytes,
    readOnly: true,
    preferredBytes: clusterBytes,
    read: (offset, length) => readDevicePart(part, offset, length),
    blockStatus: async (offset, length) => rangesOf(index, offset, length),
  };
}

function rangesOf(index: DeviceIndex, offset: number, length: number): NbdRange[] {
  const ranges: NbdRange[] = [];
  for (let at = offset; at < offset + length && ranges.length < mostRanges; ) {
    const { firstCluster, clusters, place } = index.runAt(Math.floor(at / clusterBytes));
    const end = Math.min(offset + length, (firstCluster + clusters) * clusterBytes);
    // "Nothing is stored", not "zeros": zeros count as data for QEMU, which would bring in each half MiB of them by itself.
    ranges.push({ offset: at, bytes: end - at, zero: false, hole: place === undefined });
    at = end;
  }
  return ranges;
}
