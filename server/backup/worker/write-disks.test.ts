import { describe, expect, it } from 'vitest';
import { AppError } from '../../core/errors.ts';
import { mebibyte } from '../../core/units.ts';
import { writableClients } from '../nbd/client-fixture.ts';
import type { NbdExport } from '../nbd/nbd-export.ts';
import { randomBytes } from '../nbd/nbd-fixture.ts';
import { DiskWrites, writeData, writeZeros } from './write-disks.ts';

const clients = writableClients();
/** A server of ours knows no writing of zeros: they come as data. */
const open = (content: Buffer, change: Partial<NbdExport> = {}) =>
  clients.open(content, { flush: async () => {}, ...change });

describe('writes to disks', () => {
  it.each([true, false])('end up where they belong; the target was zeros: %s', async (isZero) => {
    const content = Buffer.alloc(8 * mebibyte, isZero ? 0 : 7);
    const target = { client: await open(content), isZero };
    expect(target.client).toMatchObject({ readOnly: false, writesZeros: false });
    const writes = new DiskWrites();
    const data = randomBytes(mebibyte, 4);
    for (let turn = 0; turn < 4; turn++) {
      await writeData(target, writes, 2 * turn * mebibyte, data);
      await writeZeros(target, writes, (2 * turn + 1) * mebibyte, mebibyte);
    }
    await writes.settle();
    await target.client.flush();
    const pair = Buffer.concat([data, Buffer.alloc(mebibyte)]);
    expect(content.equals(Buffer.concat([pair, pair, pair, pair]))).toBe(true);
  });

  it('are at most sixteen at a time, and stop with the first failure', async () => {
    let most = 0;
    let running = 0;
    let calls = 0;
    const opened = await open(Buffer.alloc(8 * mebibyte), {
      write: async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running -= 1;
        calls += 1;
        if (calls === 30) throw new AppError('no-capacity', 'full');
      },
    });
    const target = { client: opened, isZero: false };
    const writes = new DiskWrites();
    const begin = async () => {
      for (let turn = 0; turn < 2000; turn++)
        await writeData(target, writes, turn * 4096, Buffer.alloc(4096));
    };
    await expect(begin()).rejects.toMatchObject({ code: 'no-capacity' });
    await expect(writes.settle()).rejects.toMatchObject({ code: 'no-capacity' });
    expect(most).toBeLessThanOrEqual(16);
    expect(calls).toBeLessThan(100);
  });
});
