// A real guest gives memory while its host is short and gets it back: the host is made short by the target that it is to keep.
import { createReadStream, statSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exec } from '../../server/core/exec.ts';
import { logIn } from './console-client.ts';
import { TestDaemon } from './daemon.ts';
import { buildDebianImage } from './debian-guest/build-image.ts';
import { upload } from './upload.ts';
import { eventually } from './wait.ts';

const daemon = new TestDaemon();
const vm = '/nodes/testnode/qemu/100';
/** In KiB. */
const mebibyte = 1024;

beforeAll(async () => {
  const image = await buildDebianImage();
  await daemon.start();
  const { headers } = await logIn(daemon, 'admin');
  const file = {
    name: 'debian.qcow2',
    sizeBytes: statSync(image.path).size,
    bytes: createReadStream(image.path),
  };
  const upid = await upload({ port: daemon.port, headers }, { content: 'import', file });
  expect(await daemon.taskEnd(upid)).toBe('OK');
  const params = {
    ...{ vmid: 100, memory: 640, balloon: 384, cores: 2, scsihw: 'virtio-scsi-pci' },
    scsi0: 'local:0,import-from=local:import/debian.qcow2',
  };
  expect(await daemon.task('POST', '/nodes/testnode/qemu', params)).toBe('OK');
  expect(await daemon.task('POST', `${vm}/status/start`)).toBe('OK');
}, 900_000);
afterAll(() => daemon.dispose());

const aim = (percent: number) => daemon.ok('PUT', '/nodes/testnode/config', { 'ballooning-target': percent });
/** In KiB, by QEMU's word and the guest's. */
async function memory(): Promise<Readonly<Record<string, number>>> {
  const name = `${daemon.guestPrefix}100`;
  const { stdout } = await exec('virsh', ['-q', '-c', 'qemu:///system', 'dommemstat', name]);
  const lines = stdout.trim().split('\n');
  return Object.fromEntries(lines.map((line) => line.split(' ')).map(([key, value]) => [key, Number(value)]));
}
const reaches = (mib: number, limitMs: number) =>
  eventually(`${mib} MiB in the guest`, limitMs, async () => (await memory())['actual'] === mib * mebibyte);
/** By its own count, without what its kernel keeps; it tells every ten seconds. */
const counts = (what: string, isSo: (mib: number) => boolean) =>
  eventually(`a guest that counts ${what}`, 40_000, async () => {
    const { available } = await memory();
    return available !== undefined && isSo(available / mebibyte);
  });

it('gets all that it may have once its driver tells of it, gives what is over its minimum, and gets it again', {
  timeout: 500_000,
}, async () => {
  await aim(100);
  await reaches(640, 240_000);
  await counts('more than 480 MiB', (mib) => mib > 480);
  await aim(0);
  await reaches(384, 90_000);
  await counts('less than 384 MiB', (mib) => mib < 384);
  await aim(100);
  await reaches(640, 90_000);
});

it('keeps what it has while its weight is nothing', {
  timeout: 90_000,
}, async () => {
  expect(await daemon.task('POST', `${vm}/config`, { shares: 0 })).toBe('OK');
  await aim(0);
  // Two rounds of measuring and a little.
  await new Promise((resolve) => setTimeout(resolve, 25_000));
  expect(await memory()).toMatchObject({ actual: 640 * mebibyte });
  expect(await daemon.task('POST', `${vm}/config`, { shares: 500 })).toBe('OK');
  await reaches(384, 60_000);
});
