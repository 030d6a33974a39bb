// Backups of a real container are proven: it comes up without a network, what it listens on is seen, and nothing of it is left, whatever ended it.
import { execFileSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whyNoTrees } from '../../server/backup/trees/trees-fixture.ts';
import type { RestoreProof } from '../../server/contract/vzdump-proof.ts';
import { busyboxTemplate } from './ct-templates.ts';
import { CtWorld, firstVmid, whyNoContainers } from './ct-world.ts';
import { eventually } from './wait.ts';

const why = whyNoContainers() ?? whyNoTrees();
if (why !== undefined) process.stderr.write(`restore tests of containers are not tested: ${why}\n`);

const world = new CtWorld();
const { daemon } = world;
const ct = firstVmid + 1;
const dump = join(daemon.folder, 'vault', 'dump');
const node = '/nodes/testnode';
let volume: string;
let volumesBefore: string[];

beforeAll(async () => {
  if (why !== undefined) return;
  await daemon.start();
  const path = join(daemon.folder, 'vault');
  await daemon.ok('POST', '/storage', { storage: 'vault', type: 'dir', path, content: 'backup' });
  const template = world.addTemplate(busyboxTemplate(), 'busybox.tar.gz');
  // A fixed address: what binds to it must find it.
  const params = { hostname: 'kept', net0: 'name=eth0,ip=192.0.2.77/32', onboot: 1, tags: 'prod' };
  expect(await world.create(ct, template, params)).toBe('OK');
  expect(await world.power(ct, 'start')).toBe('OK');
  await world.sh(
    ct,
    "printf '#!/bin/sh\\nhttpd -p 192.0.2.77:8080 -h /srv\\n' >/etc/boot; chmod +x /etc/boot",
  );
  const upid = await daemon.ok<string>('POST', `${node}/vzdump`, {
    ...{ vmid: ct, storage: 'vault', mode: 'stop', compress: 'zstd' },
  });
  expect(await daemon.taskEnd(upid)).toBe('OK');
  const made = (await readdir(dump)).find((name) => name.endsWith('.tar.zst'));
  volume = `vault:backup/${made}`;
  volumesBefore = world.volumes().sort();
});
afterAll(() => world.dispose());

const test = async (params: object = {}) => {
  const upid = await daemon.ok<string>('POST', `${node}/vzdump/test`, { volume, ...params });
  const end = await daemon.taskEnd(upid);
  return { upid, end, log: (await world.log(upid)).join('\n') };
};
const proof = () => daemon.ok<RestoreProof>('GET', `${node}/vzdump/proof`, { volume });
const guests = async () =>
  (await daemon.ok<{ vmid?: number; type: string }[]>('GET', '/cluster/resources')).filter(
    ({ type }) => type === 'lxc',
  );
const nothingLeft = async () => {
  expect((await guests()).map(({ vmid }) => vmid)).toEqual([ct]);
  expect(world.volumes().sort()).toEqual(volumesBefore);
  expect(execFileSync('ip', ['-o', 'link'], { encoding: 'utf8' })).not.toMatch(/veth999/);
};
/** The number of the trial that is under way. */
const trialOf = async (upid: string) =>
  eventually(
    'the number of the trial',
    30_000,
    async () => Number(/temporary guest (999\d+)/.exec((await world.log(upid)).join('\n'))?.[1]) || undefined,
  );

describe.skipIf(why !== undefined)('a backup of a container', () => {
  it('was never tried', async () => {
    expect((await daemon.call('GET', `${node}/vzdump/proof`, { volume })).reason).toMatch(/does not exist/);
  });

  it('is proven by a container that runs, while the first one goes on', async () => {
    const { pid } = await daemon.ok<{ pid: number }>('GET', `${world.path(ct)}/status/current`);
    const { end, log } = await test();
    expect(end, log).toBe('OK');
    const found = await proof();
    expect(found).toMatchObject({
      ...{ version: 1, state: 'proven', volume, kind: 'lxc', vmid: ct, node: 'testnode', wait: 'running' },
      came: expect.stringMatching(/^its init \(.+\) runs$/),
      ...{ restoredBytes: expect.any(Number), bootSeconds: expect.any(Number), picture: 0 },
    });
    const listed = await daemon.ok<{ volid: string; proof?: object }[]>(
      'GET',
      `${node}/storage/vault/content`,
    );
    expect(listed.find(({ volid }) => volid === volume)?.proof).toEqual({
      ...{ state: 'proven', time: found.ended, picture: 0 },
    });
    expect(await guests()).toEqual([expect.objectContaining({ vmid: ct, provenAt: found.ended })]);
    await nothingLeft();
    const after = await daemon.ok<{ pid: number }>('GET', `${world.path(ct)}/status/current`);
    expect(after.pid).toBe(pid);
  });

  it('is proven by what listens, on an address that only the trial has then', async () => {
    const { end, log } = await test({ port: 8080 });
    expect(end, log).toBe('OK');
    expect(await proof()).toMatchObject({ wait: 'port', port: 8080, came: 'it listens on port 8080' });
  });

  it('fails when nothing listens, and the guest gets an alert until it is proven again', async () => {
    const { end } = await test({ port: 8081, timeout: 12 });
    expect(end).toBe('nothing listens on port 8081 (waited 12 s)');
    expect(await proof()).toMatchObject({ state: 'failed', phase: 'wait', problem: end });
    const [before] = await guests();
    expect(before).toMatchObject({ proofAlert: 'failed', proofProblem: end, provenAt: expect.any(Number) });
    await nothingLeft();
    expect((await test()).end).toBe('OK');
    expect((await guests())[0]).not.toHaveProperty('proofAlert');
  });

  it('has no way to the network, and is in no list, while it is tried', async () => {
    const upid = await daemon.ok<string>('POST', `${node}/vzdump/test`, { volume, port: 8081, timeout: 60 });
    const trial = await trialOf(upid);
    await eventually('the trial to run', 60_000, async () => {
      const answer = await daemon.call('GET', `${world.path(trial)}/status/current`);
      const { status } = (answer.body.data ?? {}) as { status?: string };
      return answer.status === 200 && status === 'running';
    });
    const config = await world.config(trial);
    expect(config['net0']).toMatch(/^name=eth0,hwaddr=\S+,ip=192.0.2.77\/32,link_down=1,type=veth$/);
    expect(config).not.toHaveProperty('onboot');
    const links = execFileSync('ip', ['-o', 'link', 'show', `veth${trial}i0`], { encoding: 'utf8' });
    expect(links).not.toMatch(/master|state UP/);
    expect(execFileSync('ip', ['route', 'get', '192.0.2.77'], { encoding: 'utf8' })).not.toContain(
      `veth${trial}`,
    );
    expect((await guests()).map(({ vmid }) => vmid)).toEqual([ct]);
    await daemon.ok('DELETE', `${node}/tasks/${upid}`);
    expect(await daemon.taskEnd(upid)).toMatch(/cancel|abort/i);
    await nothingLeft();
    // What was broken off says nothing.
    expect(await proof()).toMatchObject({ state: 'proven' });
  });

  it('that is damaged fails, and says where', async () => {
    const file = join(dump, volume.replace('vault:backup/', ''));
    const whole = await readFile(file);
    const broken = Buffer.from(whole);
    const middle = Math.floor(broken.length / 2);
    broken.fill(0x55, middle, middle + 64);
    await writeFile(file, broken);
    try {
      const { end, log } = await test();
      expect(end, log).toMatch(/damaged|checksum|broken/);
      expect(await proof()).toMatchObject({ state: 'failed', phase: 'restore', problem: end });
      await nothingLeft();
    } finally {
      await writeFile(file, whole);
    }
  });

  it.each(['restore:after-run', 'wait-for-it:before-run'])(
    'leaves nothing when the daemon is killed at %s',
    async (at) => {
      await daemon.end();
      await daemon.start({ CROFT_TEST_CRASH_AT: `backuptest:${at}` });
      await daemon.ok('POST', `${node}/vzdump/test`, { volume });
      await daemon.ended();
      await daemon.start();
      await eventually('the sweep', 60_000, async () => world.volumes().length === volumesBefore.length);
      await nothingLeft();
    },
  );
});

describe.skipIf(why !== undefined)('a job', () => {
  it('tries its newest backup by hand, and by its times', async () => {
    await daemon.ok('POST', '/cluster/backup', {
      ...{ id: 'nightly', schedule: '02:00', storage: 'vault', all: 1 },
      ...{ 'test-schedule': 'sun 04:00', 'test-port': 8080, 'test-timeout': 60 },
    });
    const upid = await daemon.ok<string>('POST', '/cluster/backup/nightly/test');
    expect(await daemon.taskEnd(upid), (await world.log(upid)).join('\n')).toBe('OK');
    const job = await eventually('the end of the run', 10_000, async () => {
      const found = await daemon.ok<Record<string, unknown>>('GET', '/cluster/backup/nightly');
      return found['test-last-state'] === 'ok' && found;
    });
    expect(job).toMatchObject({
      ...{ 'test-last-upid': upid, 'test-next-run': expect.any(Number), 'test-last-status': 'OK' },
    });
    expect(await proof()).toMatchObject({ state: 'proven', wait: 'port', upid });
    await nothingLeft();
  });
});
