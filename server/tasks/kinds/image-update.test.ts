// The task `imageupdate` under the suite of task kinds, from a server on the loopback; and from an upload.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { type ApplianceWorld, applianceWorld, updateFile } from '../../appliance/appliance-fixture.ts';
import { createUploadOffers } from '../../appliance/upload-offers.ts';
import { systemClock } from '../../core/clock.ts';
import { imageUpdateKind } from './image-update.ts';

const file = updateFile();
const server = createServer((_incoming, outgoing) => void outgoing.end(file));
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/croft.update?secret=1`;

const uploads = createUploadOffers();
const kindIn = (world: ApplianceWorld, allow = true) =>
  imageUpdateKind({
    writer: world.writer,
    uploads,
    records: world.records,
    runningVersion: '1.0.0',
    clock: systemClock,
    changed: () => {},
    allowAddress: () => allow,
  });

describeTaskKind('imageupdate', async () => {
  const world = applianceWorld();
  return world.under(kindIn(world), { from: 'url', url });
});

describe('imageupdate', () => {
  const started = async (world: ApplianceWorld, kind: ReturnType<typeof kindIn>, params: object) => {
    const tasks = runnerWorld();
    tasks.runner.register(kind);
    const upid = await tasks.runner.start(kind.type, params, { requester: 'root@pam' });
    const record = await tasks.runner.wait(upid);
    return { record, log: tasks.log(upid), last: world.records.last() };
  };
  const requestOf = (bytes: Uint8Array) => Readable.from([bytes]) as unknown as IncomingMessage;

  test('from an upload: the offer is taken, the new version waits to be tried', async () => {
    const world = applianceWorld();
    const offer = uploads.offer(requestOf(file), file.length);
    const { record, last } = await started(world, kindIn(world), { from: 'upload', key: offer.key });
    await offer.taken;
    expect(record.exitStatus).toBe('OK');
    expect(last).toMatchObject({ outcome: 'pending', from: '1.0.0', to: '2.0.0' });
    world.dispose();
  });

  test('a broken upload leaves nothing', async () => {
    const world = applianceWorld();
    const before = world.snapshot();
    const offer = uploads.offer(requestOf(file.subarray(0, file.length - 2000)), undefined);
    const { record } = await started(world, kindIn(world), { from: 'upload', key: offer.key });
    expect(record.exitStatus).toMatch(/cut off/);
    expect(world.snapshot()).toEqual(before);
    world.dispose();
  });

  test('an upload of a former life of the daemon is asked for again', async () => {
    const world = applianceWorld();
    const { record } = await started(world, kindIn(world), { from: 'upload', key: 'gone' });
    expect(record.exitStatus).toMatch(/send it again/);
    world.dispose();
  });

  test('addresses that downloads must not reach; the log does not hold the query', async () => {
    const world = applianceWorld();
    const { record, log } = await started(world, kindIn(world, false), { from: 'url', url });
    expect(record.errorCode).toBe('forbidden');
    expect(log.join('\n')).not.toContain('secret');
    world.dispose();
  });
});
