import { describe, expect, it } from 'vitest';
import { seededRandom } from '../nbd/nbd-fixture.ts';
import { collector, sparseImage, testUuid, testWriter } from './vma-fixture.ts';
import { clusterBytes, type VmaDevice } from './vma-format.ts';
import { uuidBytes } from './vma-header.ts';
import { readVmaIndex, VmaIndexBuilder } from './vma-index.ts';
import { readDevicePart } from './vma-random.ts';

const uuid = uuidBytes(testUuid);
const random = seededRandom(7);
const share = () => random(1_000_000) / 1_000_000;

const images: Record<string, Buffer> = {
  'drive-scsi0': Buffer.concat([
    sparseImage(12 * 1024 * 1024, 0.5, share),
    Buffer.alloc(20 * 1024 * 1024),
    sparseImage(3 * 1024 * 1024 + 1536, 0.9, share),
  ]),
  'drive-virtio1': sparseImage(5 * 1024 * 1024 + 512, 0.1, share),
  'drive-efidisk0': Buffer.alloc(540_672),
};
const devices: VmaDevice[] = Object.entries(images).map(([name, image], index) => ({
  id: index + 1,
  name,
  bytes: image.length,
}));

/** Written in pieces of some clusters, device by device or by turns. */
async function archived(byTurns: boolean) {
  const parts: { place: number; bytes: Buffer }[] = [];
  const { sink, archive } = collector();
  const sizes = Object.fromEntries(devices.map(({ name, bytes }) => [name, bytes]));
  const writer = testWriter(sizes, {
    sink: async (bytes) => {
      parts.push({ place: writer.archiveBytes - bytes.length, bytes: Buffer.from(bytes) });
      await sink(bytes);
    },
  });
  const pieces = devices.flatMap(({ name, bytes }) => {
    const step = 16 * clusterBytes;
    return Array.from({ length: Math.ceil(bytes / step) }, (_, turn) => ({ name, at: turn * step, turn }));
  });
  if (byTurns) pieces.sort((a, b) => b.turn - a.turn);
  for (const { name, at } of pieces)
    await writer.write(name, at, images[name]!.subarray(at, at + 16 * clusterBytes));
  await writer.end();
  const index = writer.index();
  let reads = 0;
  const extents = async (place: number) => {
    reads += 1;
    const found = parts.find((part) => part.place === place);
    if (!found) throw new Error(`nothing was handed out at ${place}`);
    return found.bytes;
  };
  return { index, extents, archive, reads: () => reads };
}

describe('the index of an archive', () => {
  it.each([false, true])('leads to every byte; devices by turns: %s', async (byTurns) => {
    const { index, extents, reads } = await archived(byTurns);
    const read = readVmaIndex(index, devices);
    for (const device of devices) {
      const image = images[device.name]!;
      const part = { device, index: read.get(device.id)!, uuid, extents };
      const whole = (await readDevicePart(part, 0, device.bytes)) ?? Buffer.alloc(device.bytes);
      expect(whole.equals(image)).toBe(true);
      for (let turn = 0; turn < 200; turn++) {
        const offset = random(device.bytes);
        const length = 1 + random(Math.min(200_000, device.bytes - offset));
        const found = (await readDevicePart(part, offset, length)) ?? Buffer.alloc(length);
        expect(Buffer.compare(found, image.subarray(offset, offset + length))).toBe(0);
      }
    }
    if (byTurns) return;
    // Long zeros are known without reading, and the index is small.
    const before = reads();
    const large = { device: devices[0]!, index: read.get(1)!, uuid, extents };
    expect(await readDevicePart(large, 17 * 1024 * 1024, 10 * 1024 * 1024)).toBeUndefined();
    expect(reads()).toBe(before);
    expect(index.length).toBeLessThan(16 + 20 * 12);
  });

  it('is not believed', async () => {
    const { index, extents } = await archived(false);
    const [device] = devices as [VmaDevice];
    const changed = (change: (copy: Buffer) => void): Buffer => {
      const copy = Buffer.from(index);
      change(copy);
      return copy;
    };
    const unknown = [
      Buffer.alloc(0),
      index.subarray(0, 15),
      changed((copy) => copy.write('X')),
      changed((copy) => copy.writeUInt32LE(2, 8)),
    ];
    for (const one of unknown)
      expect(() => readVmaIndex(one, devices)).toThrow(expect.objectContaining({ code: 'unsupported' }));
    const wrong = [
      index.subarray(0, -1),
      index.subarray(0, -20),
      changed((copy) => copy.writeUInt32LE(0xffff_ffff, 12)),
      // Of the first entry: another device, another first cluster, none, too many.
      changed((copy) => copy.writeUInt8(9, 16)),
      changed((copy) => copy.writeUInt32LE(1, 20)),
      changed((copy) => copy.writeUInt32LE(0, 24)),
      changed((copy) => copy.writeUInt32LE(0xffff_ffff, 24)),
    ];
    for (const one of wrong)
      expect(() => readVmaIndex(one, devices)).toThrow(expect.objectContaining({ code: 'invalid-input' }));
    // A place that is another's is seen when it is read.
    const second = Number(index.readBigUInt64LE(16 + 20 + 12));
    const elsewhere = changed((copy) => copy.writeBigUInt64LE(BigInt(second), 16 + 12));
    const part = { device, index: readVmaIndex(elsewhere, devices).get(1)!, uuid, extents };
    await expect(readDevicePart(part, 0, 4096)).rejects.toMatchObject({ code: 'invalid-input' });
    const zeros = changed((copy) => copy.writeUInt8(1, 16 + 1));
    const claimed = { device, index: readVmaIndex(zeros, devices).get(1)!, uuid, extents };
    // What it calls zeros is not looked at: the checksum of the archive's end is what vouches for it.
    expect(await readDevicePart(claimed, 0, 4096)).toBeUndefined();
  });

  it('survives any single changed byte of its extents without going wrong elsewhere', async () => {
    const { index, extents } = await archived(false);
    const [device] = devices as [VmaDevice];
    const part = { device, index: readVmaIndex(index, devices).get(1)!, uuid };
    for (let turn = 0; turn < 200; turn++) {
      const at = random(600);
      const hostile = async (place: number) => {
        const copy = Buffer.from(await extents(place));
        copy[at % copy.length]! ^= 1 << random(8);
        return copy.subarray(0, random(4) === 0 ? 1 + random(copy.length) : copy.length);
      };
      const outcome = await readDevicePart({ ...part, extents: hostile }, 0, 2 * clusterBytes).catch(
        (error: unknown) => error,
      );
      if (!Buffer.isBuffer(outcome)) expect(outcome).toMatchObject({ code: 'invalid-input' });
    }
  });

  it('joins what follows', () => {
    const builder = new VmaIndexBuilder();
    for (let cluster = 0; cluster < 1000; cluster++)
      builder.add({
        deviceId: 1,
        firstCluster: cluster,
        clusters: 1,
        place: cluster < 500 ? undefined : 12_800,
      });
    const index = builder.bytes();
    expect(index.length).toBe(16 + 2 * 20);
    const read = readVmaIndex(index, [{ id: 1, name: 'drive-scsi0', bytes: 1000 * clusterBytes }]).get(1)!;
    expect(read.runAt(499)).toEqual({ firstCluster: 0, clusters: 500, place: undefined });
    expect(read.runAt(999)).toEqual({ firstCluster: 500, clusters: 500, place: 12_800 });
  });
});
