// kill -9 of the real daemon while a file is uploaded and at every boundary of the task that takes it over.
import { createHash, randomBytes } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StorageService } from '../../server/storage/storage-service.ts';
import { imgCopyKind } from '../../server/tasks/kinds/img-copy.ts';
import { boundariesOf, CrashWorld, endsBefore, stepsOf } from './crash-world.ts';
import { upload } from './upload.ts';
import { eventually } from './wait.ts';

const copy = stepsOf(imgCopyKind({} as StorageService));
const world = new CrashWorld();
const { daemon } = world;
const bytes = randomBytes(2 * 1024 * 1024);
const checksum = createHash('sha256').update(bytes).digest('hex');
const disc = join(daemon.folder, 'x.iso');

beforeAll(async () => {
  await writeFile(disc, bytes);
  await daemon.start();
});
afterAll(() => daemon.dispose());

const send = (sum: string) =>
  upload(
    { socket: daemon.socket },
    { content: 'iso', file: disc, fields: { checksum: sum, 'checksum-algorithm': 'sha256' } },
  );

describe('a crash while an upload is taken over', () => {
  it.each(boundariesOf(copy))('at %s', async (spec) => {
    await world.crash(spec, () => send(checksum));
    await world.recover();

    const task = await world.newest('imgcopy');
    expect(task).toMatchObject({ state: 'ok', status: 'OK' });
    if (!endsBefore(copy, spec))
      expect(await world.log(task.upid)).toContain('the daemon was restarted; going on');
    expect(await world.storageEntries()).toEqual(['template/iso/x.iso']);
    expect((await readFile(join(daemon.storagePath, 'template/iso/x.iso'))).equals(bytes)).toBe(true);
    expect(
      (await daemon.call('DELETE', '/nodes/testnode/storage/local/content/local:iso/x.iso')).status,
    ).toBe(200);
    await eventually(
      'the removal of the file',
      10_000,
      async () => (await world.storageEntries()).length === 0,
    );
  });

  it.each(['before-undo', 'after-undo'])('at verify:%s of one with a wrong checksum', async (moment) => {
    await world.crash(`imgcopy:verify:${moment}`, () => send('0'.repeat(64)));
    await world.recover();
    expect(await world.newest('imgcopy')).toMatchObject({ state: 'failed' });
    expect(await world.storageEntries()).toEqual([]);
  });
});

it('leaves nothing of an upload that a crash cut off', async () => {
  const half = bytes.subarray(0, bytes.length / 2);
  const stalled = new Readable({ read() {} });
  stalled.push(half);
  const sent = upload(
    { socket: daemon.socket },
    { content: 'iso', file: { name: 'x.iso', sizeBytes: bytes.length, bytes: stalled } },
  );
  const lost = expect(sent).rejects.toThrow();
  await eventually('the first half on the disk', 10_000, async () => {
    const [part] = await world.storageEntries();
    return part !== undefined && (await stat(join(daemon.storagePath, part))).size > 0;
  });
  await daemon.end('SIGKILL');
  await lost;
  expect(await world.storageEntries()).toHaveLength(1);
  await world.recover();
  await eventually(
    'the sweeping of what was left',
    10_000,
    async () => (await world.storageEntries()).length === 0,
  );
});
