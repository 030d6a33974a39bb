// What a backup keeps on the host: its record, its room, its copies.
import { appendFile, chmod, mkdtemp, readdir, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AppError } from '../../core/errors.ts';
import { copyStill } from './backup-copies.ts';
import { readRecord, recordedGuests, removeRecord, writeRecord } from './backup-record.ts';
import { assertRoom, shortageOf, watchRoom } from './backup-room.ts';

const mebibyte = 1024 * 1024;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'croft-backup-files-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the record of a backup', () => {
  const record = { vmid: 100, files: ['/a/backup-100-scsi0.scratch'], ran: true, frozen: true };

  it('is read as it was written last, and goes', async () => {
    const records = join(folder, 'records');
    expect(await recordedGuests(records)).toEqual([]);
    expect(await readRecord(records, 100)).toBeUndefined();
    await writeRecord(records, record);
    await writeRecord(records, { ...record, frozen: false });
    expect(await readRecord(records, 100)).toEqual({ ...record, frozen: false });
    await writeFile(join(records, '7.json.new'), '');
    await writeFile(join(records, 'x.json'), '');
    expect(await recordedGuests(records)).toEqual([100]);
    await removeRecord(records, 100);
    await removeRecord(records, 100);
    expect(await recordedGuests(records)).toEqual([]);
  });

  it.each(['', '{', 'null', '{"files":"/etc/passwd"}', '{"files":["relative"]}', '{"files":[1]}'])(
    'is not guessed at when it reads %j',
    async (text) => {
      await writeFile(join(folder, '100.json'), text);
      await expect(readRecord(folder, 100)).rejects.toMatchObject({ code: 'internal' });
    },
  );
});

describe('the room for what guests overwrite', () => {
  const image = () => ({ key: 'scsi0', path: join(folder, 'image') });

  it('is short when less is left than is kept free', async () => {
    const { bsize, bavail } = await statfs(folder);
    const free = bsize * bavail;
    for (const scratch of [
      { folder, keepFreeBytes: 0 },
      { folder, keepFreeBytes: Math.floor(free / 2) },
    ]) {
      await assertRoom(scratch);
      expect(await shortageOf(scratch, [image()])).toBeUndefined();
    }
    const scratch = { folder, keepFreeBytes: free * 2 };
    await expect(assertRoom(scratch)).rejects.toMatchObject({ code: 'no-capacity' });
    expect(await shortageOf(scratch, [])).toMatchObject({ code: 'no-capacity' });
  });

  it('is short when one image takes more than it may, by what it takes and not by its length', async () => {
    const scratch = { folder, keepFreeBytes: 0, maxBytes: mebibyte };
    const found = Promise.withResolvers<AppError>();
    const over = new AbortController();
    const watching = watchRoom(scratch, [image()], over.signal, found.resolve);
    await delay(50);
    await writeFile(image().path, Buffer.alloc(mebibyte / 2, 1));
    expect(await shortageOf(scratch, [image()])).toBeUndefined();
    await appendFile(image().path, Buffer.alloc(mebibyte, 1));
    expect(await found.promise).toMatchObject({
      code: 'no-capacity',
      message: expect.stringMatching(/^scsi0: /),
    });
    await watching;
  });

  it('is looked at no more when that is over', async () => {
    const over = new AbortController();
    const told: unknown[] = [];
    const scratch = { folder, keepFreeBytes: Number.MAX_SAFE_INTEGER };
    over.abort();
    await watchRoom(scratch, [], over.signal, (problem) => told.push(problem));
    expect(told).toEqual([]);
  });

  it('of a folder that cannot be asked is asked again', async () => {
    const over = new AbortController();
    const told: unknown[] = [];
    const watching = watchRoom({ folder: join(folder, 'none') }, [], over.signal, (problem) =>
      told.push(problem),
    );
    await delay(300);
    over.abort();
    await watching;
    expect(told).toEqual([]);
  });
});

describe('the copy of a small volume', () => {
  const from = () => join(folder, 'from');
  const to = () => join(folder, 'to');
  const copy = (signal = new AbortController().signal) => copyStill('tpmstate0', from(), to(), signal);

  it('holds what the volume holds, for root alone, in place of an older one', async () => {
    const bytes = Buffer.alloc(3 * mebibyte + 5, 'state');
    await writeFile(from(), bytes);
    await writeFile(to(), 'older, and of everybody');
    await chmod(to(), 0o666);
    expect(await copy()).toBe(bytes.length);
    expect((await readFile(to())).equals(bytes)).toBe(true);
  });

  it('is of one moment: it waits for a pause of the writer', async () => {
    let writing = true;
    const writer = (async () => {
      for (let round = 0; writing && round < 200; round += 1) {
        await writeFile(from(), Buffer.alloc(1000, round));
        await delay(round < 20 ? 10 : 500);
      }
    })();
    await delay(20);
    await copy();
    writing = false;
    await writer;
    const found = await readFile(to());
    expect(found.every((byte) => byte === found[0])).toBe(true);
  });

  it('is given up when that is wanted, or there is too much, or nothing', async () => {
    await expect(copy()).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.not.stringContaining(folder),
    });
    await writeFile(from(), 'x');
    await expect(copy(AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
    await writeFile(from(), Buffer.alloc(65 * mebibyte));
    await expect(copy()).rejects.toMatchObject({ code: 'unsupported' });
    expect(await readdir(folder)).toEqual(['from']);
  });
});
