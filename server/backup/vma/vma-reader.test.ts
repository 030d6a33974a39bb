// Hostile archives, with right checksums: each is refused where it is wrong, and before it can do harm.
import { describe, expect, it } from 'vitest';
import {
  archiveOf,
  chunked,
  cluster,
  collector,
  extentStarts,
  imagesOf,
  imageWith,
  listCluster,
  outcomeOf,
  readPieces,
  refusal,
  resealed,
  testWriter,
} from './vma-fixture.ts';
import { readVma } from './vma-reader.ts';

const images = {
  'drive-scsi0': imageWith(61 * cluster + 512 * 3, [0, 976]),
  'drive-scsi1': imageWith(2 * cluster, [17]),
};
const archive = await archiveOf(images);
const [first, second] = extentStarts(archive) as [number, number];
const device = (id: number) => 4096 + 32 * id;
const nameOf = (id: number) => 12_288 + archive.readUInt32BE(device(id)) + 2;
const blobEnd = archive.readUInt32BE(52);

it('is whole before it is changed', async () => {
  const outcome = await outcomeOf(resealed(archive, () => undefined));
  if (typeof outcome === 'string') throw new Error(outcome);
  const read = imagesOf(outcome.header, outcome.pieces);
  for (const [name, image] of Object.entries(images)) expect(image.equals(read[name]!)).toBe(true);
  expect(extentStarts(archive)).toHaveLength(2);
});

it('zeros that follow each other on two devices stay apart', async () => {
  const { sink, archive: both } = collector();
  const writer = testWriter({ 'drive-ide0': 2 * cluster, 'drive-ide1': 2 * cluster }, { sink });
  for (const [name, number] of [
    ['ide0', 0],
    ['ide1', 1],
    ['ide1', 0],
    ['ide0', 1],
  ] as const) {
    await writer.zeros(`drive-${name}`, number * cluster, cluster);
  }
  await writer.end();
  const { pieces } = await readPieces(chunked(both()));
  expect(pieces.map(({ device: { id }, offset }) => [id, offset / cluster])).toEqual([
    [1, 0],
    [2, 1],
    [2, 0],
    [1, 1],
  ]);
});

describe('refused in the header', () => {
  it.each<[string, string, (archive: Buffer) => void]>([
    ['another magic', 'not a VMA archive', (a) => a.write('VMB', 0)],
    ['another version', 'version 2 of VMA is not known (byte 4)', (a) => a.writeUInt32BE(2, 4)],
    ['a time before all', 'byte 24: the time', (a) => a.writeBigInt64BE(-1n, 24)],
    ['a time after all', 'byte 24: the time', (a) => a.writeBigInt64BE(2n ** 62n, 24)],
    ['blobs over the header', 'byte 48: names and files lie over', (a) => a.writeUInt32BE(12_287, 48)],
    ['blobs far away', 'byte 52: names and files end after', (a) => a.writeUInt32BE(2 ** 32 - 1, 48)],
    ['too many blobs', 'byte 52: names and files end after', (a) => a.writeUInt32BE(2 ** 32 - 1, 52)],
    ['no blobs', 'nothing is stored at offset 1', (a) => a.writeUInt32BE(0, 52)],
    ['the last blob cut', 'byte 4160: nothing is stored', (a) => a.writeUInt32BE(blobEnd - 1, 52)],
    ['a name without a content', 'byte 2044: a configuration has only', (a) => a.writeUInt32BE(0, 3068)],
    ['a content without a name', 'byte 2044: a configuration has only', (a) => a.writeUInt32BE(0, 2044)],
    ['a pointer to the end', 'byte 2044: nothing is stored', (a) => a.writeUInt32BE(2 ** 32 - 1, 2044)],
    ['a pointer between blobs', 'byte 3068: nothing is stored', (a) => a.writeUInt32BE(2, 3068)],
    ['a name that is a content', 'byte 2044: this does not point', (a) => copyPointer(a, 3068, 2044)],
    ['a name that is empty', 'byte 2044: this does not point', (a) => copyPointer(a, 3072, 2044)],
    ['a name twice', 'byte 2048: the name "qemu-server.conf" stands', (a) => copyPointer(a, 2044, 2048)],
    [
      'a device twice',
      'byte 4160: the name "drive-scsi0" stands',
      (a) => copyPointer(a, device(1), device(2)),
    ],
    [
      'a device called as a file',
      'the name "qemu-server.conf" is not',
      (a) => copyPointer(a, 2044, device(1)),
    ],
    ['a slash', 'byte 4128: the name "drive/scsi0" is not allowed', (a) => a.write('/', nameOf(1) + 5)],
    ['a way out', 'the name "../ve-scsi0" is not allowed', (a) => a.write('../', nameOf(1))],
    ['a control character', 'the name "\\u001brive-scsi0" is not', (a) => a.write('\x1b', nameOf(1))],
    ['a deleted character', 'the name "\\u007frive-scsi0" is not', (a) => a.write('\x7f', nameOf(1))],
    ['a line end', 'the name "drive-scsi\\n" is not', (a) => a.write('\n', nameOf(1) + 10)],
    ['a NUL in a name', 'byte 4128: this does not point to a name', (a) => a.write('\0', nameOf(1) + 5)],
    [
      'a name without an end',
      'byte 4128: this does not point to a name',
      (a) => a.write('x', nameOf(1) + 11),
    ],
    ['a device without a size', 'byte 4136: drive-scsi0 has no size', (a) => size(a, 1, 0n)],
    ['a device without a name', 'byte 4128: device 1 has no name', (a) => a.writeUInt32BE(0, device(1))],
    ['a size without a device', 'byte 12256: device 255 has no name', (a) => size(a, 255, 1n)],
    ['a device of 2^63 bytes', 'byte 4136: drive-scsi0 is larger than', (a) => size(a, 1, 2n ** 63n)],
    ['a device of 2^64 bytes', 'byte 4136: drive-scsi0 is larger than', (a) => size(a, 1, 2n ** 64n - 1n)],
    ['more than 256 TiB', 'byte 4136: drive-scsi0 is larger than', (a) => size(a, 1, 2n ** 48n + 1n)],
    [
      'more than 64 TiB together',
      'byte 4168: with drive-scsi1 of 131072 bytes',
      (a) => size(a, 1, 2n ** 46n),
    ],
    ['a short header', 'byte 56: a header of 12288 bytes is not', (a) => a.writeUInt32BE(12_288, 56)],
    ['no header', 'byte 56: a header of 0 bytes is not', (a) => a.writeUInt32BE(0, 56)],
    ['a header over 4 MiB', 'a header of 4194305 bytes', (a) => a.writeUInt32BE(4 * 1024 ** 2 + 1, 56)],
    ['a header of 4 GiB', 'a header of 4294967295 bytes', (a) => a.writeUInt32BE(2 ** 32 - 1, 56)],
  ])('%s', async (_, message, change) => {
    expect(await refusal(resealed(archive, change))).toContain(message);
  });

  it('255 devices of the largest size', async () => {
    const crowd = resealed(archive, (a) => {
      for (let id = 1; id <= 255; id++) {
        copyPointer(a, device(1), device(id));
        size(a, id, 2n ** 48n);
      }
    });
    expect(await refusal(crowd)).toContain('byte 4136: with drive-scsi0 of 281474976710656 bytes');
    expect(await refusal(crowd, { largestTotalBytes: 2 ** 52 })).toContain(
      'byte 4160: the name "drive-scsi0"',
    );
  });

  it('a disk above the limit of the caller, not one byte below it', async () => {
    const total = images['drive-scsi0'].length + images['drive-scsi1'].length;
    expect(await refusal(archive, { largestTotalBytes: total })).toBe('accepted');
    expect(await refusal(archive, { largestTotalBytes: total - 1 })).toContain('byte 4168: with drive-scsi1');
  });

  it('4 MiB of empty blobs, quickly and in little memory', async () => {
    const bytes = 4 * 1024 ** 2;
    const large = resealed(
      Buffer.concat([archive.subarray(0, 12_288), Buffer.alloc(bytes - 12_288)]),
      (a) => {
        a.writeUInt32BE(bytes, 56);
        a.writeUInt32BE(bytes - 12_288, 52);
      },
    );
    const start = process.memoryUsage().heapUsed;
    expect(await refusal(large)).toContain('byte 2044: this does not point');
    expect(process.memoryUsage().heapUsed - start).toBeLessThan(64 * 1024 ** 2);
  });
});

function copyPointer(a: Buffer, from: number, to: number): void {
  a.writeUInt32BE(a.readUInt32BE(from), to);
}

function size(a: Buffer, id: number, bytes: bigint): void {
  a.writeBigUInt64BE(bytes, device(id) + 8);
}

describe('refused in an extent', () => {
  it.each<[string, string, (archive: Buffer) => void]>([
    ['another kind', `byte ${first + 4}: the extent is of a kind`, (a) => a.writeUInt16BE(1, first + 4)],
    ['another id', `byte ${second + 8}: the extent belongs`, (a) => a.writeUInt8(9, second + 8)],
    ['an unknown device', `byte ${first + 40}: a cluster of device 3`, (a) => list(a, 0, { deviceId: 3 })],
    ['no device', `byte ${first + 40}: a cluster of no device`, (a) => list(a, 0, { deviceId: 0 })],
    [
      'a number of no device',
      `byte ${first + 64}: a cluster of no`,
      (a) => list(a, 3, { deviceId: 0, number: 1 }),
    ],
    [
      'a number too large',
      `byte ${first + 48}: cluster 62 of drive-scsi0`,
      (a) => list(a, 1, { number: 62 }),
    ],
    ['the largest number', 'cluster 4294967295 of drive-scsi0', (a) => list(a, 1, { number: 2 ** 32 - 1 })],
    ['a cluster twice', `byte ${first + 48}: cluster 0 of drive-scsi0 a`, (a) => list(a, 1, { number: 0 })],
    [
      'a cluster of an earlier extent',
      `byte ${second + 40}: cluster 0 of drive-scsi0 a second time`,
      (a) => listCluster(a, second, 0, { number: 0 }),
    ],
    [
      'more blocks than counted',
      `byte ${first + 6}: the extent lists 17 blocks`,
      (a) => list(a, 1, { mask: 0xffff }),
    ],
    [
      'fewer blocks than counted',
      `byte ${first + 6}: the extent lists 0 blocks`,
      (a) => list(a, 0, { mask: 0 }),
    ],
    [
      'a missing cluster',
      'bytes 65536 and following of drive-scsi0',
      (a) => list(a, 1, { deviceId: 0, number: 0 }),
    ],
    [
      'a cluster in the place of another',
      'bytes 65536 and following of drive-scsi0',
      (a) => {
        list(a, 1, { deviceId: 2, number: 0 });
        listCluster(a, second, 3, { deviceId: 0, number: 0 });
      },
    ],
  ])('%s', async (_, message, change) => {
    expect(await refusal(resealed(archive, change))).toContain(message);
  });

  const whole = archive.length;
  it.each<[string, string, Buffer]>([
    ['bytes after the end', `cut off at byte ${whole + 3}: it ends in the`, append(Buffer.from('end'))],
    ['zeros after the end', `byte ${whole}: no extent begins here`, append(Buffer.alloc(512))],
    ['an archive after the end', `byte ${whole}: no extent begins here`, append(archive)],
    ['an extent twice', `byte ${whole + 40}: cluster 59 of drive`, append(archive.subarray(second))],
    ['the second extent alone', `cut off at byte`, without(first, second)],
    [
      'the first extent alone',
      `cut off at byte ${second}: it ends without bytes`,
      archive.subarray(0, second),
    ],
    ['a block less', `byte ${second}: no extent begins here`, without(second - 4096, second)],
    ['a block more', `byte ${second}: no extent begins here`, insert(second, Buffer.alloc(4096))],
  ])('%s', async (_, message, changed) => {
    expect(await refusal(changed)).toContain(message);
  });
});

function list(a: Buffer, index: number, entry: Parameters<typeof listCluster>[3]): void {
  listCluster(a, first, index, entry);
}

function append(bytes: Buffer): Buffer {
  return Buffer.concat([archive, bytes]);
}

function without(from: number, to: number): Buffer {
  return Buffer.concat([archive.subarray(0, from), archive.subarray(to)]);
}

function insert(at: number, bytes: Buffer): Buffer {
  return Buffer.concat([archive.subarray(0, at), bytes, archive.subarray(at)]);
}

describe('the saved memory', () => {
  const state = { vmstate: imageWith(3 * cluster, [2, 40]) };

  it.each([cluster, 9 * cluster])('may be longer or shorter than its guess of %i bytes', async (guess) => {
    const given = resealed(await archiveOf(state), (a) => size(a, 1, BigInt(guess)));
    const { pieces } = await readPieces(chunked(given));
    const ends = pieces.map(
      (piece) => piece.offset + (piece.kind === 'data' ? piece.data.length : piece.bytes),
    );
    expect(ends.at(-1)).toBe(3 * cluster);
  });

  it('has to come in order, and has the limit of the disks', async () => {
    const given = await archiveOf(state);
    const [at] = extentStarts(given) as [number];
    const swapped = resealed(given, (a) => listCluster(a, at, 1, { number: 2 }));
    expect(await refusal(swapped)).toContain(`byte ${at + 48}: cluster 2 of vmstate out of order`);
    expect(await refusal(given, { largestTotalBytes: 2 * cluster })).toContain('vmstate is larger');
  });
});

describe('the source', () => {
  it('of nothing', async () => {
    expect(await refusal(Buffer.alloc(0))).toContain('cut off at byte 0');
  });

  it('of something else', async () => {
    expect(await refusal(Buffer.alloc(10_000_000, 'x'))).toContain('not a VMA archive');
  });

  it('its own error passes through, wherever it comes', async () => {
    for (const at of [0, 100, 13_000, second + 100]) {
      const broken = new Error('read error');
      async function* source() {
        if (at > 0) yield archive.subarray(0, at);
        throw broken;
      }
      await expect(readPieces(source())).rejects.toBe(broken);
    }
  });

  it('is let go of when the reader is, and read only as far as is asked for', async () => {
    const large = await archiveOf({ 'drive-scsi0': Buffer.alloc(200 * cluster, 'x') });
    let given = 0;
    let closed = false;
    async function* source() {
      try {
        for (let at = 0; at < large.length; at += 4096) {
          given += 4096;
          yield large.subarray(at, at + 4096);
        }
      } finally {
        closed = true;
      }
    }
    const { pieces } = await readVma(source());
    expect(given).toBeLessThan(20_000);
    for await (const piece of pieces) {
      expect(piece.kind).toBe('data');
      break;
    }
    expect(given).toBeLessThan(1.2 * 1024 ** 2);
    expect(closed).toBe(true);

    const unread = chunked(large, () => 4096);
    await (await readVma(unread)).close();
    expect(unread.closed).toBe(true);
  });
});
