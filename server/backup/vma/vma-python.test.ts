// Against a reader and writer in Python that share nothing with ours: testdata/vma_check.py. Needs python3.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../test/lab/seeded-random.ts';
import {
  archiveOf,
  chunked,
  cluster,
  readImages,
  sparseImage,
  testConfigs,
  testTime,
  testUuid,
} from './vma-fixture.ts';

const script = fileURLToPath(new URL('testdata/vma_check.py', import.meta.url));
const python = (...args: string[]) => execFileSync('python3', [script, ...args], { encoding: 'utf8' });
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'croft-vma-'));
});
afterEach(async () => await rm(folder, { recursive: true }));

describe('what we write, Python reads', () => {
  it.each([0, 0.1, 0.9])('with %d of the blocks filled', async (share) => {
    const random = seededRandom(share * 100);
    const images = {
      'drive-scsi0': sparseImage(70 * cluster + 512, share, random),
      'drive-efidisk0': sparseImage(540_672, share, random),
      'drive-tpmstate0-backup': sparseImage(4 * 1024 ** 2, share, random),
    };
    const file = path.join(folder, 'archive.vma');
    await writeFile(file, await archiveOf(images));
    const clusters = 71 + 9 + 64;
    expect(JSON.parse(python('read', file))).toEqual({
      uuid: testUuid.replaceAll('-', ''),
      ctime: testTime,
      configs: testConfigs.map(({ name, content }) => ({ name, sha256: sha256(content) })),
      devices: Object.entries(images).map(([name, image], index) => ({
        id: index + 1,
        name,
        bytes: image.length,
        sha256: sha256(image),
      })),
      extents: Math.ceil(clusters / 59),
      zeroBlocksStored: 0,
    });
  });
});

describe('what Python writes with the habits of other writers, we read', () => {
  it.each<[string, Record<string, unknown>]>([
    ['58 clusters to an extent, and an empty one at the end', { perExtent: 58, emptyExtentAtEnd: true }],
    ['one cluster to an extent', { perExtent: 1 }],
    ['whole last clusters, with bytes behind the end of the disk', { perExtent: 59, wholeLastCluster: true }],
    ['zeros stored', { perExtent: 59, storeZeros: true, wholeLastCluster: true }],
    ['a header of any length', { perExtent: 59, unalignedHeader: true }],
    ['empty entries between clusters', { perExtent: 29, gaps: true }],
  ])('%s', async (_, habits) => {
    const random = seededRandom(JSON.stringify(habits).length);
    // Sizes that no disk of QEMU has: another writer's archive may well name them.
    const images: [number, string, Buffer][] = [
      [1, 'drive-virtio0', sparseImage(65 * cluster + 5001, 0.4, random)],
      [2, 'drive-efidisk0', sparseImage(540_672, 0.6, random)],
      [254, 'drive-scsi30', sparseImage(1, 1, random)],
      [255, 'drive-sata5', sparseImage(3 * cluster, 0.5, random)],
    ];
    const clusters = images.flatMap(([id, , image]) =>
      Array.from({ length: Math.ceil(image.length / cluster) }, (_, number) => ({
        listed: [id, number],
        key: random(),
      })),
    );
    for (const [id, , image] of images) await writeFile(path.join(folder, `${id}`), image);
    const plan = {
      uuid: testUuid.replaceAll('-', ''),
      ctime: testTime,
      configs: testConfigs.map(({ name, content }) => [name, content.toString()]),
      devices: images.map(([id, name]) => [id, name, path.join(folder, `${id}`)]),
      clusters: clusters.sort((a, b) => a.key - b.key).map(({ listed }) => listed),
      ...habits,
    };
    await writeFile(path.join(folder, 'plan.json'), JSON.stringify(plan));
    python('write', path.join(folder, 'plan.json'), path.join(folder, 'archive.vma'));
    const archive = await readFile(path.join(folder, 'archive.vma'));
    const { header, images: read } = await readImages(chunked(archive, () => 30_000));
    expect(header.uuid).toBe(testUuid);
    expect(header.ctime).toBe(testTime);
    expect(header.configs).toEqual(testConfigs);
    expect(header.devices).toEqual(images.map(([id, name, { length }]) => ({ id, name, bytes: length })));
    for (const [, name, image] of images) expect(sha256(read[name]!)).toBe(sha256(image));
  });
});
