// Random sparse devices, written in a mixed order and read back from chunks of any length.
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../test/lab/seeded-random.ts';
import {
  archiveOf,
  chunked,
  cluster,
  collector,
  extentStarts,
  imageWith,
  readImages,
  readPieces,
  sparseImage,
  testConfigs,
  testTime,
  testUuid,
  testWriter,
} from './vma-fixture.ts';
import { VmaWriter } from './vma-writer.ts';

const names = ['drive-scsi0', 'drive-efidisk0', 'drive-tpmstate0-backup', 'drive-virtio15'];

interface Job {
  readonly name: string;
  readonly offset: number;
  readonly data: Buffer;
}

/** The images cut at random clusters, shuffled. */
function jobsOf(images: Record<string, Buffer>, random: () => number): Job[] {
  const jobs: (Job & { key: number })[] = [];
  for (const [name, image] of Object.entries(images)) {
    for (let offset = 0; offset < image.length; ) {
      const end = Math.min(offset + cluster * Math.ceil(random() * 40), image.length);
      jobs.push({ name, offset, data: image.subarray(offset, end), key: random() });
      offset = end;
    }
  }
  return jobs.sort((a, b) => a.key - b.key);
}

describe('random devices', () => {
  it.each(Array.from({ length: 24 }, (_, seed) => seed))('seed %i', async (seed) => {
    const random = seededRandom(seed);
    const share = [0, 0.02, 0.5, 0.97, 1][seed % 5]!;
    const images: Record<string, Buffer> = {};
    for (const name of names.slice(0, 1 + Math.floor(random() * names.length))) {
      images[name] = sparseImage(512 * Math.ceil(random() * 5000), share, random);
    }
    const { sink, archive } = collector();
    const sizes = Object.fromEntries(Object.entries(images).map(([name, { length }]) => [name, length]));
    const writer = testWriter(sizes, { sink });
    const calls = jobsOf(images, random).map(({ name, offset, data }) => {
      const hole = random() < 0.8 && isZero(data);
      return hole ? writer.zeros(name, offset, data.length) : writer.write(name, offset, data);
    });
    await Promise.all([...calls, writer.end()]);
    expect(writer.archiveBytes).toBe(archive().length);

    const chunk = [1_000_000, 65_536, 4096, 700][Math.floor(random() * 4)]!;
    const read = await readImages(chunked(archive(), () => Math.floor(random() * chunk)));
    expect(read.header.configs).toEqual(testConfigs);
    expect(read.header.ctime).toBe(testTime);
    expect(read.header.uuid).toBe(testUuid);
    expect(Object.keys(read.images)).toEqual(Object.keys(images));
    for (const [name, image] of Object.entries(images)) expect(image.equals(read.images[name]!)).toBe(true);
    const blocks = Object.values(images).flatMap((image) => blocksOf(image));
    const stored = extentStarts(archive()).reduce((sum, at) => sum + archive().readUInt16BE(at + 6), 0);
    expect(stored).toBe(blocks.filter((block) => !isZero(block)).length);
    const empty = blocks.filter(isZero);
    expect(writer.zeroBytes).toBe(empty.reduce((sum, block) => sum + block.length, 0));
  });
});

function isZero(bytes: Buffer): boolean {
  return bytes.equals(Buffer.alloc(bytes.length));
}

function blocksOf(image: Buffer): Buffer[] {
  return Array.from({ length: Math.ceil(image.length / 4096) }, (_, block) =>
    image.subarray(block * 4096, (block + 1) * 4096),
  );
}

it('the same id and content make the same bytes; an id is new if not given', async () => {
  const images = { 'drive-ide0': imageWith(100 * cluster, [0, 5, 900]) };
  const archive = await archiveOf(images);
  expect(archive.equals(await archiveOf(images))).toBe(true);
  const ids = await Promise.all([0, 1].map(() => idOfNewArchive()));
  expect(new Set([...ids, testUuid]).size).toBe(3);
});

async function idOfNewArchive(): Promise<string> {
  const { sink, archive } = collector();
  await new VmaWriter({ sink, ctime: 1, configs: [], devices: [] }).end();
  return (await readPieces(chunked(archive()))).header.uuid;
}

it('a machine without disks', async () => {
  const archive = await archiveOf({});
  const { header, pieces } = await readPieces(chunked(archive));
  expect([header.devices, pieces]).toEqual([[], []]);
  expect(header.configs).toEqual(testConfigs);
});

it('the saved memory of a machine, in its order', async () => {
  const images = { vmstate: imageWith(130 * cluster, [3, 77]), 'drive-scsi0': imageWith(5 * cluster, [1]) };
  const read = await readImages(chunked(await archiveOf(images)));
  for (const [name, image] of Object.entries(images)) expect(image.equals(read.images[name]!)).toBe(true);
});

it('a hole of 8 GiB is one piece, and 512 bytes for every 59 clusters', async () => {
  const { sink, archive } = collector();
  const bytes = 8 * 1024 ** 3;
  const writer = testWriter({ 'drive-scsi0': bytes }, { sink });
  await writer.zeros('drive-scsi0', 0, bytes);
  await writer.end();
  const header = archive().readUInt32BE(56);
  expect(archive().length).toBe(header + 512 * Math.ceil(bytes / cluster / 59));
  const { pieces } = await readPieces(chunked(archive(), () => 100_000));
  expect(pieces).toEqual([{ kind: 'zeros', device: expect.anything(), offset: 0, bytes }]);
});

it('data comes in pieces of up to 1 MiB, however small the chunks are', async () => {
  const image = Buffer.alloc(59 * cluster, 'x');
  const archive = await archiveOf({ 'drive-scsi0': image });
  const { pieces } = await readPieces(chunked(archive, () => 5000));
  expect(pieces.map((piece) => (piece.kind === 'data' ? piece.data.length : 0))).toEqual([
    ...Array.from({ length: 3 }, () => 1024 ** 2),
    59 * cluster - 3 * 1024 ** 2,
  ]);
});
