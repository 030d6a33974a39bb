// Archives there and back by the real tasks: the guest that comes of one boots, reads its text from its disk, and writes on.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whyNoLibvirtd } from '../../../test/host/libvirtd.ts';
import { eventually } from '../../../test/host/wait.ts';
import { guestId, guestText, ProvingWorld, qemuMajor } from './proving-world-fixture.ts';
import { generationOn, momentOf } from './writer-blocks-fixture.ts';
import { whyNoCompiler } from './writing-disks-fixture.ts';

const obstacle = (await whyNoLibvirtd()) ?? whyNoCompiler();
if (obstacle) console.warn(`archives there and back: skipped, ${obstacle}`);
const major = obstacle === undefined ? await qemuMajor() : 0;

const world = new ProvingWorld();
const hashesOf = async (vmid: number) =>
  (await world.disksOf(vmid)).map((disk) => createHash('sha256').update(disk).digest('hex'));

describe.skipIf(obstacle !== undefined)('an archive of a guest that writes', () => {
  const [copy, live] = [200, 201] as const;
  let archive = '';
  /** What is in it. */
  let kept: readonly Buffer[] = [];
  let generation = 0;

  beforeAll(() => world.open(1), 120_000);
  afterAll(() => world.close(), 120_000);

  async function backUp(params: object = {}): Promise<string> {
    const there = world.archives();
    const { status, log } = await world.endOf(await world.startBackup({ compress: 'zstd', ...params }));
    expect(status, log).toBe('OK');
    const [made = ''] = world.archives().filter((name) => !there.includes(name));
    return made;
  }

  /** It is up, in a life of its own, says the text of its disk, and writes. */
  async function expectAlive(vmid: number, life: number): Promise<void> {
    const line = world.serialOf(vmid);
    await line.open();
    expect(await line.up()).toBe(life);
    expect(await line.text()).toBe(guestText);
    await line.reaches(life, 200);
    line.close();
  }

  it('becomes another guest, which boots', async () => {
    generation = await world.freshLife();
    await world.serial.reaches(generation, 1000);
    archive = await backUp();
    // With a UUID of its own, so that it can run beside the other.
    await world.restore(copy, archive, { unique: 1 });
    kept = await world.disksOf(copy);
    expect(world.momentIn(generation, kept).last).toBeGreaterThanOrEqual(1000);
    await world.power('start', copy);
    await expectAlive(copy, generation + 1);
    await world.power('stop', copy);
    const disks = await world.disksOf(copy);
    expect(momentOf(disks, kept, generation + 1).last).toBeGreaterThanOrEqual(200);
    await world.remove(copy);
  });

  it('goes over the guest itself, which is then as it was', async () => {
    await world.power('stop');
    expect(generationOn((await world.disksOf(guestId))[0]!)).toBe(generation);
    await world.restore(guestId, archive, { force: 1 });
    const disks = await world.disksOf(guestId);
    expect(disks.map((disk, index) => disk.equals(kept[index]!))).toEqual([true, true]);
    await world.power('start');
    await expectAlive(guestId, generation + 1);
  });

  it('runs while it is restored, and keeps every block that it writes meanwhile', async () => {
    const upid = await world.daemon.ok<string>('POST', '/nodes/testnode/qemu', {
      ...{ vmid: live, archive: `vault:backup/${archive}`, storage: 'local', bwlimit: 4096 },
      'live-restore': 1,
      unique: 1,
    });
    const line = world.serialOf(live);
    await line.open();
    const life = await line.up();
    expect(life).toBe(generation + 1);
    expect(await line.text()).toBe(guestText);
    const { status } = await world.daemon.ok<{ status: string }>(
      'GET',
      `/nodes/testnode/tasks/${upid}/status`,
    );
    expect(status, 'of the restore').toBe('running');
    const end = await world.endOf(upid);
    expect(end.status, end.log).toBe('OK');
    const { flushed } = await line.ask('p');
    await line.reaches(life, flushed + 200);
    line.close();
    await world.power('stop', live);
    expect(momentOf(await world.disksOf(live), kept, life).last).toBeGreaterThanOrEqual(flushed + 200);
    await world.remove(live);
  });

  it('of one that stands has the bytes of its disks, and it stands on until it is let go', async () => {
    const life = await world.freshLife();
    const { flushed } = await world.serial.ask('p');
    await world.power('suspend');
    const disks = await hashesOf(guestId);
    const standing = await backUp({ compress: 'gzip' });
    expect(await world.status()).toMatchObject({ qmpstatus: 'paused' });
    expect(await hashesOf(guestId)).toEqual(disks);
    await world.restore(copy, standing);
    expect(await hashesOf(copy)).toEqual(disks);
    await world.remove(copy);
    await world.power('resume');
    await world.serial.reaches(life, flushed + 200);
  });

  it('holds a guest that is off to the byte', async () => {
    await world.power('stop');
    const off = await backUp({ compress: 'lzo' });
    await world.restore(copy, off);
    expect(await hashesOf(copy)).toEqual(await hashesOf(guestId));
    await world.remove(copy);
  });

  it.skipIf(major >= 9)(
    'is refused where QEMU would end the guest: a disk with a thread of its own',
    async () => {
      const { virtio1 = '' } = await world.config();
      const change = (iothread: number) =>
        world.daemon.ok('PUT', `${world.path()}/config`, {
          virtio1: virtio1.replace(/,iothread=\d/, '').concat(`,iothread=${iothread}`),
        });
      await change(1);
      const life = await world.freshLife();
      const files = world.target.names();
      const { status } = await world.endOf(await world.startBackup());
      expect(status).toMatch(/I\/O thread \(virtio1\).*QEMU \d+\.\d+\.\d+ would end it/);
      expect(world.target.names()).toEqual(files);
      await eventually('a clean host', 20_000, async () => (await world.leftovers()).length === 0);
      await world.serial.reaches(life, (await world.serial.ask('p')).flushed + 200);
      await world.power('stop');
      await change(0);
    },
  );
});
