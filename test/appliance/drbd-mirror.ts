// Entry of the tests of a mirror between two lab nodes: what is written on one is on the other, and a peer that is cut off and comes back
// while a guest runs. Run on the first node by `test/lab/storage-drbd.lab.test.ts`.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { exec } from '../../server/core/exec.ts';
import { mebibyte } from '../../server/core/units.ts';
import { quietContext } from '../../server/core/work-context.ts';
import { countingDisk, countsIn } from '../host/counting-guest.ts';
import { eventually } from '../host/wait.ts';
import { drbd, drbdOptions, drbdPluginOf } from './drbd-thing.ts';
import { nodeOverSsh } from './node-over-ssh.ts';
import { drbdNodes } from './storage-places.ts';

const context = quietContext();
const sizeBytes = 64 * mebibyte;
const serial = '/run/drbd-guest.serial';
const image = '/run/counting.raw';
const cut = `table inet lab-cut-drbd {
  chain cut {
    type filter hook output priority -300; policy accept;
    ip daddr ${drbdNodes.lab2} tcp sport 7000-7999 drop
    ip daddr ${drbdNodes.lab2} tcp dport 7000-7999 drop
  }
}
`;
const thing = drbd();
const one = drbdPluginOf('lab1').open('test', drbdOptions);
const two = drbdPluginOf('lab2').open('test', drbdOptions);

async function reconnect(): Promise<void> {
  await exec('nft', ['delete', 'table', 'inet', 'lab-cut-drbd'], { okExitCodes: [0, 1] });
}

const warnings = async () => (await one.usage(context)).warnings ?? [];
const inSync = () =>
  eventually('both sides are equal', 240_000, async () => (await warnings()).length === 0, 1000);

async function attached(): Promise<{ readonly name: string; readonly path: string }> {
  const { name } = await one.createDisk(context, { vmid: 100, format: 'raw', sizeBytes });
  const attachment = await one.attach(context, name);
  if (attachment.kind !== 'block') throw new Error(attachment.kind);
  return { name, path: attachment.path };
}

/** Reads the volume on the second node, which takes it over for that. */
async function digestThere(name: string): Promise<string> {
  const attachment = await two.attach(context, name);
  if (attachment.kind !== 'block') throw new Error(attachment.kind);
  const peer = nodeOverSsh('lab2', drbdNodes.lab2);
  const { stdout } = await peer.exec('sha256sum', [attachment.path], { timeoutMs: 120_000 });
  await two.detach(context, name);
  return stdout.split(' ')[0] ?? '';
}

describe('a mirror between two nodes', () => {
  let guest: ChildProcess | undefined;
  beforeAll(() => thing.setUp());
  beforeEach(() => one.activate(context));
  afterEach(async () => {
    guest?.kill('SIGKILL');
    await reconnect();
    await thing.under().cleanUp();
    rmSync(serial, { force: true });
  });
  afterAll(() => thing.tearDown());

  test('what is written on one node is read on the other', async () => {
    const { name, path } = await attached();
    await exec('dd', ['if=/dev/urandom', `of=${path}`, 'bs=1M', 'count=16', 'oflag=direct', 'status=none']);
    await inSync();
    const { stdout } = await exec('sha256sum', [path], { timeoutMs: 120_000 });
    await one.detach(context, name);
    expect(await digestThere(name)).toBe(stdout.split(' ')[0]);
  });

  test('a peer that is cut off: the guest goes on, it is told, and the mirror is whole again by itself', async () => {
    const { name, path } = await attached();
    writeFileSync(image, countingDisk({ writes: true }));
    await exec('dd', [`if=${image}`, `of=${path}`, 'bs=1M', 'oflag=direct', 'status=none']);
    await inSync();
    guest = spawn(
      'qemu-system-x86_64',
      [
        ...['-accel', 'kvm', '-accel', 'tcg', '-m', '32', '-display', 'none', '-vga', 'none', '-nodefaults'],
        ...['-serial', `file:${serial}`, '-drive', `file=${path},format=raw,if=ide,cache=none`],
      ],
      { stdio: 'ignore' },
    );
    const last = () => (existsSync(serial) ? (countsIn(readFileSync(serial, 'latin1')).at(-1) ?? 0) : 0);
    const counts = async (further: number) => {
      const from = last();
      await eventually(`the guest counts ${further} further`, 90_000, () => last() >= from + further);
    };
    await counts(20);
    await exec('nft', ['-f', '-'], { input: cut });
    await eventually(
      'the lost peer is told',
      90_000,
      async () => (await warnings()).join().includes('lab2'),
      1000,
    );
    process.stdout.write(`# told as: ${(await warnings()).join('; ')}\n`);
    await counts(60);

    await reconnect();
    await counts(10);
    await inSync();
    guest.kill('SIGKILL');
    await eventually('the guest is gone', 20_000, () => guest?.signalCode !== null);
    const { stdout } = await exec('sha256sum', [path], { timeoutMs: 120_000 });
    await one.detach(context, name);
    expect(await digestThere(name)).toBe(stdout.split(' ')[0]);
  });
});
