import { afterEach, describe, expect, it } from 'vitest';
import { AppError } from '../../core/errors.ts';
import { mebibyte } from '../../core/units.ts';
import { NbdClient } from '../nbd/nbd-client.ts';
import type { NbdExport } from '../nbd/nbd-export.ts';
import { memoryExport, randomBytes, socketFolder } from '../nbd/nbd-fixture.ts';
import { NbdServer } from '../nbd/nbd-server.ts';
import { Pace } from './pace.ts';
import { type DiskSink, ReadBuffers, readDisk } from './read-disk.ts';

const content = Buffer.alloc(24 * mebibyte + 1536);
content.set(randomBytes(9 * mebibyte + 17, 1), 3 * mebibyte - 5);
content.set(randomBytes(8 * mebibyte, 2), 16 * mebibyte + 1536);

const folder = socketFolder();
const signal = new AbortController().signal;
let server: NbdServer | undefined;
let client: NbdClient | undefined;
afterEach(async () => {
  await client?.close();
  await server?.close();
});

async function open(change: Partial<NbdExport> = {}): Promise<NbdClient> {
  const socketPath = folder.path('s');
  server = await NbdServer.listen({ socketPath, exports: [memoryExport('disk', content, change)] });
  client = await NbdClient.open({ socketPath, exportName: 'disk' });
  return client;
}

const options = () => ({ pace: new Pace(undefined, signal), buffers: new ReadBuffers(), signal });

describe('a disk', () => {
  it('comes in order, in whole clusters, and what is zeros is not read', async () => {
    let read = 0;
    const found = Buffer.alloc(content.length, 0xee);
    let next = 0;
    const sink: DiskSink = {
      async data(offset, data) {
        expect(offset).toBe(next);
        expect(offset % 65_536).toBe(0);
        found.set(data, offset);
        next += data.length;
        read += data.length;
      },
      async zeros(offset, bytes) {
        expect(offset).toBe(next);
        found.fill(0, offset, offset + bytes);
        next += bytes;
      },
    };
    await readDisk(await open(), sink, options());
    expect(next).toBe(content.length);
    expect(found.equals(content)).toBe(true);
    expect(read).toBeLessThan(18 * mebibyte);
  });

  it('is asked for what there are buffers for, while its target waits', async () => {
    let asked = 0;
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const opened = await open({
      read: async (offset, length) => {
        asked += length;
        return content.subarray(offset, offset + length);
      },
    });
    const sink = { data: () => released, zeros: async () => {} };
    const reading = readDisk(opened, sink, options());
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(asked).toBe(8 * mebibyte);
    release();
    await reading;
    expect(asked).toBeGreaterThan(16 * mebibyte);
  });

  it.each(['read', 'data', 'zeros'] as const)('fails with the first failure: of %s', async (what) => {
    const failure = new AppError('no-capacity', 'no space left');
    let calls = 0;
    const fail = async () => {
      calls += 1;
      if (calls > 1) throw failure;
    };
    const read = async (offset: number, length: number) => {
      if (what === 'read') await fail();
      return content.subarray(offset, offset + length);
    };
    const sink = {
      data: what === 'data' ? fail : async () => {},
      zeros: what === 'zeros' ? fail : async () => {},
    };
    const opened = await open({ read });
    await expect(readDisk(opened, sink, options())).rejects.toMatchObject({ code: 'no-capacity' });
    if (what !== 'read') expect(calls).toBe(2);
  });
});
