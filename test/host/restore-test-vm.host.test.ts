// Backups of real VMs are proven: a Debian guest by its agent and by its screen, with a picture; a disk that boots nothing of a system is not.
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readPicture } from '../../server/backup/proof/screen-picture.ts';
import type { RestoreProof } from '../../server/contract/vzdump-proof.ts';
import { exec } from '../../server/core/exec.ts';
import { logIn } from './console-client.ts';
import { countingDisk } from './counting-guest.ts';
import { TestDaemon } from './daemon.ts';
import { buildDebianImage } from './debian-guest/build-image.ts';
import { eventually } from './wait.ts';

const daemon = new TestDaemon();
const node = '/nodes/testnode';
const dump = join(daemon.folder, 'vault', 'dump');
const vmid = 100;
const counting = 101;
let picture: Buffer;

beforeAll(async () => {
  const { path } = await buildDebianImage();
  await daemon.start();
  await daemon.ok('POST', '/storage', {
    ...{ storage: 'vault', type: 'dir', path: join(daemon.folder, 'vault'), content: 'backup' },
  });
  const imports = join(daemon.storagePath, 'import');
  await mkdir(imports, { recursive: true });
  await copyFile(path, join(imports, 'debian.qcow2'));
  await writeFile(join(imports, 'counting.raw'), countingDisk());
  const small = { memory: 64, boot: 'order=scsi0', scsihw: 'virtio-scsi-single' };
  expect(
    await daemon.task('POST', `${node}/qemu`, {
      ...{ ...small, vmid, memory: 384, agent: '1', onboot: 1, net0: 'virtio,link_down=1' },
      scsi0: 'local:0,import-from=local:import/debian.qcow2',
    }),
  ).toBe('OK');
  expect(
    await daemon.task('POST', `${node}/qemu`, {
      ...{ ...small, vmid: counting, scsi0: 'local:0,import-from=local:import/counting.raw' },
    }),
  ).toBe('OK');
  expect(
    await daemon.task('POST', `${node}/vzdump`, {
      vmid: `${vmid},${counting}`,
      storage: 'vault',
      compress: 'zstd',
    }),
  ).toBe('OK');
}, 600_000);
afterAll(() => daemon.dispose());

const volumeOf = async (id: number) =>
  `vault:backup/${(await readdir(dump)).find((name) => name.startsWith(`vzdump-qemu-${id}-`) && name.endsWith('.vma.zst'))}`;
const logOf = async (upid: string) =>
  (await daemon.ok<{ t: string }[]>('GET', `${node}/tasks/${upid}/log`, { limit: 500 }))
    .map(({ t }) => t)
    .join('\n');
const test = async (id: number, params: object = {}) => {
  const volume = await volumeOf(id);
  const upid = await daemon.ok<string>('POST', `${node}/vzdump/test`, { volume, ...params });
  const end = await daemon.taskEnd(upid, 400_000);
  const proof = await daemon.ok<RestoreProof>('GET', `${node}/vzdump/proof`, { volume });
  return { end, log: await logOf(upid), proof, volume };
};
const domains = async () => (await exec('virsh', ['-c', 'qemu:///system', 'list', '--name'])).stdout;
const nothingLeft = async () => {
  expect(await domains()).not.toMatch(new RegExp(`${daemon.guestPrefix}999`));
  expect((await readdir(join(daemon.storagePath, 'images'))).sort()).toEqual([
    String(vmid),
    String(counting),
  ]);
  const all = await daemon.ok<{ type: string; vmid: number }[]>('GET', '/cluster/resources');
  expect(all.filter(({ type }) => type === 'qemu').map((guest) => guest.vmid)).toEqual([vmid, counting]);
};

it('a system is proven by its agent, with a picture', { timeout: 420_000 }, async () => {
  const { end, log, proof, volume } = await test(vmid, { timeout: 360 });
  expect(end, log).toBe('OK');
  expect(proof).toMatchObject({
    ...{ state: 'proven', kind: 'qemu', vmid, wait: 'agent', picture: 1 },
    came: expect.stringMatching(/^its agent answers \(Debian/),
  });
  expect(proof.restoredBytes).toBeGreaterThan(100e6);
  const { headers } = await logIn(daemon, 'admin');
  const url = `${daemon.url}/api2/json${node}/vzdump/picture?volume=${encodeURIComponent(volume)}`;
  const { stdout } = await exec('curl', [
    ...['-sk', '-o', join(daemon.folder, 'screen.png'), '-w', '%{http_code} %{content_type}', url],
    ...Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
  ]);
  expect(stdout).toBe('200 image/png');
  picture = await readFile(join(daemon.folder, 'screen.png'));
  const { width, height } = await readPicture(picture);
  expect(width * height).toBeGreaterThan(640 * 350);
  await nothingLeft();
});

it('a system is proven by its screen', { timeout: 420_000 }, async () => {
  const { end, log, proof } = await test(vmid, { timeout: 360, wait: 'screen' });
  expect(end, log).toBe('OK');
  expect(proof).toMatchObject({
    wait: 'screen',
    came: expect.stringMatching(/^its screen \(\d+x\d+\) has stood still/),
  });
  await nothingLeft();
});

it('a disk without a system is not, and a picture says why', { timeout: 180_000 }, async () => {
  const { end, proof } = await test(counting, { timeout: 45 });
  expect(end).toMatch(/^it read only \d+ KiB of its disks: nothing on them boots \(waited 45 s\)$/);
  expect(proof).toMatchObject({ state: 'failed', phase: 'wait', problem: end, picture: 1 });
  await nothingLeft();
});

it('leaves nothing when the daemon is killed while the guest comes up', { timeout: 180_000 }, async () => {
  const volume = await volumeOf(vmid);
  const upid = await daemon.ok<string>('POST', `${node}/vzdump/test`, { volume });
  await eventually('its start', 120_000, async () => (await logOf(upid)).includes('started; waiting'));
  expect(await domains()).toMatch(new RegExp(`${daemon.guestPrefix}999`));
  await daemon.end('SIGKILL');
  await daemon.start();
  await eventually(
    'its end',
    60_000,
    async () => !new RegExp(`${daemon.guestPrefix}999`).test(await domains()),
  );
  expect(await daemon.taskEnd(upid)).toMatch(/interrupted/);
  await nothingLeft();
});
