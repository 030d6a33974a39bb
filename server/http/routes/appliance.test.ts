// The appliance's routes over a real connection: an upload that goes through, is refused, or breaks off; power.
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { type ApplianceWorld, applianceWorld, updateFile } from '../../appliance/appliance-fixture.ts';
import { createApplianceService } from '../../appliance/appliance-service.ts';
import { createUploadOffers } from '../../appliance/upload-offers.ts';
import { systemClock } from '../../core/clock.ts';
import { asAppError } from '../../core/errors.ts';
import { imageUpdateKind } from '../../tasks/kinds/image-update.ts';
import { callerWith } from '../app-fixture.ts';
import type { Route } from '../route.ts';
import { applianceRoutes } from './appliance.ts';
import { nodeRoutes } from './nodes.ts';

let world: ApplianceWorld;
let tasks: ReturnType<typeof runnerWorld>;
let server: Server;
let routes: Route[];
beforeEach(async () => {
  world = applianceWorld();
  await start();
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  world.dispose();
});

/** The routes on a server that calls `path`'s handler with each request as it is. */
async function start(): Promise<void> {
  const uploads = createUploadOffers();
  const appliance = createApplianceService({
    ...world,
    ...{ facts: world.facts(), clock: systemClock, log: { info: vi.fn(), warn: vi.fn() }, version: '0' },
  });
  tasks = runnerWorld();
  const changed = () => appliance.changed();
  tasks.runner.register(
    imageUpdateKind({ ...world, uploads, runningVersion: '1.0.0', clock: systemClock, changed }),
  );
  routes = applianceRoutes({ appliance, uploads, tasks: tasks.runner });
  server = createServer(async (incoming, outgoing) => {
    const answer = await call('POST', '/nodes/{node}/appliance/upload', {
      incoming,
      header: (name: string) => incoming.headers[name],
    }).then(
      (data) => ({ data }),
      (error: unknown) => ({ message: asAppError(error).message }),
    );
    outgoing.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
}

function call(verb: string, path: string, more: object = {}): Promise<unknown> {
  const found = routes.find(({ declaration }) => declaration.verb === verb && declaration.path === path);
  const caller = callerWith('root@pam', { '/': 'all' });
  const given = { params: { node: 'pve1' }, caller, ...more };
  if (!found) throw new Error(`no route ${verb} ${path}`);
  return (found.handler as (request: object) => Promise<unknown>)(given);
}

/** Sends the bytes, and says that there are `length`. */
function send(
  bytes: Uint8Array,
  options: { length?: number; breakOff?: boolean } = {},
): Promise<Record<string, string>> {
  return new Promise((resolve, reject) => {
    const { port } = server.address() as AddressInfo;
    const headers = { 'Content-Length': options.length ?? bytes.length };
    const outgoing = request(
      { port, host: '127.0.0.1', method: 'POST', headers, agent: false },
      (incoming) => {
        let text = '';
        incoming.on('data', (chunk) => {
          text += String(chunk);
        });
        incoming.on('end', () => resolve(JSON.parse(text)));
      },
    );
    outgoing.on('error', reject);
    if (options.breakOff) outgoing.write(bytes, () => setTimeout(() => outgoing.destroy(), 50));
    else outgoing.end(bytes);
  });
}

const ended = async () => {
  const upid = tasks.changes.at(-1)?.upid ?? '';
  return await tasks.runner.wait(upid);
};

describe('an upload', () => {
  test('is answered with its task once the file was taken', async () => {
    const { data } = await send(updateFile());
    expect(data).toMatch(/^UPID:pve1:.*:imageupdate::root@pam:$/);
    expect((await ended()).exitStatus).toBe('OK');
    expect(await call('GET', '/nodes/{node}/appliance')).toMatchObject({
      slots: [{ version: '1.0.0' }, { version: '2.0.0' }],
      last: { outcome: 'pending', to: '2.0.0' },
    });
  });

  test('that is refused is answered with the reason, also when much of it is still to come', async () => {
    const before = world.systemTree();
    const { message } = await send(Buffer.alloc(8 * 1024 ** 2, 'x'));
    expect(message).toMatch(/not an update file/);
    expect(world.systemTree()).toEqual(before);
  });

  test('of which the sender says a wrong length is refused before anything is written', async () => {
    const file = updateFile();
    const { message } = await send(Buffer.concat([file, Buffer.alloc(512)]));
    expect(message).toMatch(/longer than/);
    expect(world.faults.calls).toBe(0);
  });

  test('that breaks off leaves nothing', async () => {
    const before = world.snapshot();
    const file = updateFile();
    await expect(
      send(file.subarray(0, file.length - 1500), { length: file.length, breakOff: true }),
    ).rejects.toThrow();
    expect((await ended()).exitStatus).toMatch(/connection broke/);
    expect(world.snapshot()).toEqual(before);
  });

  test('on a machine without slots is refused', async () => {
    const { facts } = world;
    world = { ...world, facts: () => ({ ...facts(), mode: 'live', slot: undefined }) };
    server.close();
    await start();
    expect((await send(updateFile())).message).toMatch(/live system/);
  });
});

describe('keeping the slot', () => {
  test('answers nothing', async () => {
    expect(await call('POST', '/nodes/{node}/appliance/confirm')).toBeNull();
  });
});

describe('power', () => {
  test.each(['reboot', 'shutdown'])('%s is handed on', async (command) => {
    const power = vi.fn(async () => {});
    routes = nodeRoutes({ power } as never);
    expect(await call('POST', '/nodes/{node}/status', { params: { node: 'pve1', command } })).toBeNull();
    expect(power).toHaveBeenCalledWith(command);
  });
});
