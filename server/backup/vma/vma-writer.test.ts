// The writer towards its caller and its sink: what it refuses, how it waits, what it does with its buffers.
import { createHash } from 'node:crypto';
import { PassThrough, Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { refused } from '../../../test/contracts/refused.ts';
import { streamSink } from './stream-sink.ts';
import { chunked, cluster, collector, imageWith, readImages, testWriter } from './vma-fixture.ts';
import type { VmaWriter } from './vma-writer.ts';

const disk = 'drive-scsi0';
const last = 3 * cluster;
const size = last + 5 * 512;

describe('a call that is refused', () => {
  it.each<[string, (writer: VmaWriter) => Promise<void>]>([
    ['a device that it does not have', (writer) => writer.zeros('drive-scsi1', 0, cluster)],
    [
      'a cluster twice',
      (writer) => writer.zeros(disk, 0, cluster).then(() => writer.zeros(disk, 0, cluster)),
    ],
    [
      'a cluster twice in a longer range',
      (writer) => writer.zeros(disk, cluster, cluster).then(() => all(writer)),
    ],
    ['an offset between clusters', (writer) => writer.zeros(disk, 512, cluster)],
    ['a length between clusters', (writer) => writer.write(disk, 0, Buffer.alloc(cluster - 512))],
    ['nothing', (writer) => writer.write(disk, 0, Buffer.alloc(0))],
    ['less than nothing', (writer) => writer.zeros(disk, cluster, -cluster)],
    ['before the device', (writer) => writer.zeros(disk, -cluster, cluster)],
    ['behind the device', (writer) => writer.zeros(disk, last + cluster, cluster)],
    ['over its end', (writer) => writer.write(disk, last, Buffer.alloc(cluster))],
    ['a part of the last cluster', (writer) => writer.zeros(disk, last, 512)],
    ['no number', (writer) => writer.zeros(disk, Number.NaN, cluster)],
    ['half a byte', (writer) => writer.zeros(disk, 0, cluster + 0.5)],
    ['an end with nothing written', (writer) => writer.end()],
    [
      'an end with the last cluster missing',
      (writer) => writer.zeros(disk, 0, last).then(() => writer.end()),
    ],
    ['a second end', (writer) => all(writer).then(() => writer.end().then(() => writer.end()))],
    ['content after the end', (writer) => all(writer).then(() => writer.end().then(() => all(writer)))],
  ])('%s', async (_, call) => {
    const writer = testWriter({ [disk]: size });
    expect(await refused(call(writer))).toBe('internal');
    expect(await refused(writer.zeros(disk, 2 * cluster, cluster))).toBe('internal');
    expect(await refused(writer.end())).toBe('internal');
  });

  it('says which part is missing', async () => {
    const writer = testWriter({ [disk]: size });
    await writer.zeros(disk, 0, cluster);
    await writer.zeros(disk, 2 * cluster, size - 2 * cluster);
    await expect(writer.end()).rejects.toThrow('drive-scsi0 was not written from byte 65536 on');
  });

  it.each([[[1]], [[0, 2]], [[0, 1, 0]]])('the saved memory out of order: %j', async (order) => {
    const writer = testWriter({ vmstate: 3 * cluster });
    const calls = order.map((number) => writer.zeros('vmstate', number * cluster, cluster));
    expect((await Promise.allSettled(calls)).map(({ status }) => status).at(-1)).toBe('rejected');
  });
});

function all(writer: VmaWriter): Promise<void> {
  return writer.zeros(disk, 0, size);
}

it('a view into a larger buffer, and a plain Uint8Array, are taken as they are', async () => {
  const { sink, archive } = collector();
  const image = imageWith(size, [1, 20, 48]);
  const around = new Uint8Array(size + 100).fill(9);
  around.set(image, 33);
  const writer = testWriter({ [disk]: size }, { sink });
  await writer.write(disk, 0, around.subarray(33, 33 + size));
  await writer.end();
  expect((await readImages(chunked(archive()))).images[disk]!.equals(image)).toBe(true);
});

it('what is behind the end of a device is filled with zeros, not with what the buffer held before', async () => {
  const { sink, archive } = collector();
  const before = 12 * 1024 ** 2;
  const writer = testWriter({ [disk]: 512, 'drive-scsi1': before }, { sink });
  await writer.write('drive-scsi1', 0, Buffer.alloc(before, 'secret'));
  await writer.write(disk, 0, Buffer.alloc(512, 'x'));
  await writer.end();
  expect(
    archive()
      .subarray(-4096 + 512)
      .equals(Buffer.alloc(4096 - 512)),
  ).toBe(true);
});

describe('the sink', () => {
  const bytes = 40 * 1024 ** 2;

  it('is called again only when it is done, and nothing it has is changed meanwhile', async () => {
    const image = imageWith(bytes, [...Array(bytes / 4096).keys()]);
    const whole = createHash('sha256');
    let busy = 0;
    let calls = 0;
    const sink = async (given: Buffer) => {
      busy += 1;
      calls += 1;
      expect(busy).toBe(1);
      const before = Buffer.from(given);
      for (let turns = 0; turns < 5; turns++) await turn();
      expect(before.equals(given)).toBe(true);
      whole.update(before);
      busy -= 1;
    };
    const { sink: keep, archive } = collector();
    const slow = testWriter({ [disk]: bytes }, { sink });
    const quick = testWriter({ [disk]: bytes }, { sink: keep });
    for (const writer of [slow, quick]) {
      for (let at = 0; at < bytes; at += 1024 ** 2)
        await writer.write(disk, at, image.subarray(at, at + 1024 ** 2));
      await writer.end();
    }
    expect(calls).toBe(1 + Math.ceil(bytes / cluster / 59));
    expect(busy).toBe(0);
    expect(whole.digest('hex')).toBe(createHash('sha256').update(archive()).digest('hex'));
  });

  it('holds up the writer, which takes two buffers at most', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    let given = 0;
    const writer = testWriter(
      { [disk]: bytes },
      {
        sink: async (part) => {
          given += part.length;
          await gate;
        },
      },
    );
    const piece = Buffer.alloc(1024 ** 2, 'x');
    let taken = 0;
    const writing = (async () => {
      for (let at = 0; at < bytes; at += piece.length) {
        await writer.write(disk, at, piece);
        taken += piece.length;
      }
      await writer.end();
    })();
    for (let turns = 0; turns < 50; turns++) await turn();
    // The header is with the sink; one extent waits for it.
    expect(taken).toBeLessThanOrEqual(8 * 1024 ** 2);
    expect(given).toBeLessThan(65_536);
    release();
    await writing;
    expect(given).toBe(writer.archiveBytes);
  });

  it.each([0, 1, 2])('that fails at call %i ends the writer, with its own error', async (failing) => {
    const broken = new Error('no space');
    let calls = 0;
    const sink = async () => {
      if (calls++ === failing) throw broken;
    };
    const writer = testWriter({ [disk]: bytes }, { sink });
    const piece = Buffer.alloc(1024 ** 2, 'x');
    const writing = async () => {
      for (let at = 0; at < bytes; at += piece.length) await writer.write(disk, at, piece);
      await writer.end();
    };
    await expect(writing()).rejects.toBe(broken);
    await expect(writer.end()).rejects.toBe(broken);
    expect(calls).toBe(failing + 1);
  });

  it('that throws at once does too', async () => {
    const broken = new Error('never');
    const writer = testWriter(
      {},
      {
        sink: () => {
          throw broken;
        },
      },
    );
    await expect(writer.end()).rejects.toBe(broken);
  });
});

describe('a stream as a sink', () => {
  const bytes = 20 * 1024 ** 2;
  const image = imageWith(bytes, [...Array(bytes / 4096).keys()]);

  async function writeAll(writer: VmaWriter): Promise<void> {
    for (let at = 0; at < bytes; at += 1024 ** 2)
      await writer.write(disk, at, image.subarray(at, at + 1024 ** 2));
    await writer.end();
  }

  it('that passes on what it gets and keeps it gets each part unchanged', async () => {
    const stream = new PassThrough({ highWaterMark: 64 * 1024 ** 2 });
    await writeAll(testWriter({ [disk]: bytes }, { sink: streamSink(stream) }));
    expect(stream.listenerCount('close')).toBe(0);
    stream.end();
    expect((await readImages(stream)).images[disk]!.equals(image)).toBe(true);
  });

  it('holds up the writer', async () => {
    const stream = new PassThrough({ highWaterMark: 1024 });
    const writing = writeAll(testWriter({ [disk]: bytes }, { sink: streamSink(stream) }));
    for (let turns = 0; turns < 50; turns++) await turn();
    expect(stream.readableLength + stream.writableLength).toBeLessThan(5 * 1024 ** 2);
    const reading = readImages(stream);
    await writing;
    stream.end();
    expect((await reading).images[disk]!.equals(image)).toBe(true);
  });

  it('that fails ends the writer with its error', async () => {
    const broken = new Error('disk full');
    const stream = new Writable({ write: (_chunk, _encoding, done) => done(broken) });
    stream.on('error', () => undefined);
    const writer = testWriter({ [disk]: bytes }, { sink: streamSink(stream) });
    await expect(writeAll(writer)).rejects.toBe(broken);
  });

  it.each([
    ['without an error', undefined, 'cancelled'],
    ['with an error', new Error('gone'), 'gone'],
  ])(
    'that is destroyed %s while it holds a chunk does not leave the writer hanging',
    async (_, error, text) => {
      const stream = new Writable({ write: () => undefined });
      stream.on('error', () => undefined);
      const writing = writeAll(testWriter({ [disk]: bytes }, { sink: streamSink(stream) }));
      const end = expect(writing).rejects.toThrow(error ? text : /closed before/);
      await turn();
      stream.destroy(error);
      await end;
      await expect(streamSink(stream)(Buffer.alloc(1))).rejects.toThrow(error ? text : /closed before/);
    },
  );
});
