// What a running VM takes at once: disks, network cards, discs, and what waits because the guest does not let go.
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exec } from '../../server/core/exec.ts';
import { firstVmid, TestDaemon } from './daemon.ts';
import { upload } from './upload.ts';

const daemon = new TestDaemon();
const vmid = firstVmid;
const vm = `/nodes/testnode/qemu/${vmid}`;
const bridge = `vmbr${1000 + (process.pid % 8000)}`;
const second = `local:${vmid}/vm-${vmid}-disk-1.qcow2`;
/** 1 MiB. */
const smallDisk = 'local:0.0009765625';

beforeAll(async () => {
  await exec('ip', ['link', 'add', bridge, 'type', 'bridge']);
  await daemon.start();
  for (const name of ['a.iso', 'b.iso']) {
    const file = join(daemon.folder, name);
    await writeFile(file, randomBytes(64 * 1024));
    const upid = await upload({ socket: daemon.socket }, { content: 'iso', file });
    expect(await daemon.taskEnd(upid)).toBe('OK');
  }
  const params = { vmid, memory: 64, scsi0: smallDisk, ide2: 'local:iso/a.iso,media=cdrom' };
  expect(await daemon.task('POST', '/nodes/testnode/qemu', { ...params, start: 1 })).toBe('OK');
});
afterAll(async () => {
  await daemon.dispose();
  await exec('ip', ['link', 'delete', bridge], { okExitCodes: [0, 1] });
});

const change = (params: object) => daemon.task('POST', `${vm}/config`, { ...params });
const domainXml = async () =>
  (await exec('virsh', ['-c', 'qemu:///system', 'dumpxml', `${daemon.guestPrefix}${vmid}`])).stdout;
const pendingOf = async (key: string) =>
  (await daemon.ok<{ key: string; pending?: string; delete?: number }[]>('GET', `${vm}/pending`)).find(
    (line) => line.key === key,
  );

it('plugs a SCSI disk in, and out again', async () => {
  expect(await change({ scsi1: smallDisk })).toBe('OK');
  expect(await pendingOf('scsi1')).toEqual({ key: 'scsi1', value: `${second},size=1M` });
  expect(await domainXml()).toContain(`vm-${vmid}-disk-1.qcow2`);
  await daemon.ok('PUT', `${vm}/config`, { delete: 'scsi1' });
  expect(await domainXml()).not.toContain(`vm-${vmid}-disk-1.qcow2`);
  expect(await pendingOf('scsi1')).toBeUndefined();
  expect(await pendingOf('unused0')).toMatchObject({ value: second });
  await daemon.ok('PUT', `${vm}/config`, { delete: 'unused0' });
});

it('plugs a virtio disk in; without a guest that lets go of it, it stays until the next start', async () => {
  expect(await change({ virtio0: smallDisk })).toBe('OK');
  expect(await domainXml()).toContain(`vm-${vmid}-disk-1.qcow2`);
  expect(await change({ delete: 'virtio0' })).toMatch(/^WARNINGS/);
  expect(await pendingOf('virtio0')).toMatchObject({ delete: 1 });
  expect(await domainXml()).toContain(`vm-${vmid}-disk-1.qcow2`);
  // It is in use: removing its volume is refused until the guest has stopped.
  expect(await change({ delete: 'unused0' })).toMatch(/^WARNINGS/);
  expect(await domainXml()).toContain(`vm-${vmid}-disk-1.qcow2`);
});

it('plugs a network card in, on a bridge of this machine', async () => {
  expect(await change({ net0: `virtio,bridge=${bridge}` })).toBe('OK');
  const { value: net0 } = (await pendingOf('net0')) as { key: string; value: string };
  expect(net0).toMatch(new RegExp(`^virtio=([0-9A-F]{2}:){5}[0-9A-F]{2},bridge=${bridge}$`));
  expect((await pendingOf('net0'))?.pending).toBeUndefined();
  const { stdout } = await exec('ip', ['-j', 'link', 'show', 'master', bridge]);
  expect(JSON.parse(stdout)).toHaveLength(1);
  // The link goes down without the card being taken out.
  expect(await change({ net0: `${net0},link_down=1` })).toBe('OK');
  expect(await domainXml()).toContain("<link state='down'/>");
  const mac = /=([0-9A-F:]{17})/.exec(net0)?.[1]?.toLowerCase() ?? '';
  expect(await domainXml()).toContain(mac);
});

it('says which bridge is missing, and keeps the change for later', async () => {
  expect(await change({ net1: 'virtio,bridge=vmbr9998' })).toMatch(/^WARNINGS/);
  expect(await pendingOf('net1')).toMatchObject({ pending: expect.stringContaining('vmbr9998') });
  await daemon.ok('PUT', `${vm}/config`, { revert: 'net1' });
  expect(await pendingOf('net1')).toBeUndefined();
});

it('changes the disc in the drive', async () => {
  expect(await change({ ide2: 'local:iso/b.iso,media=cdrom' })).toBe('OK');
  expect(await domainXml()).toContain('b.iso');
  expect(await domainXml()).not.toContain('a.iso');
  expect((await pendingOf('ide2'))?.pending).toBeUndefined();
  expect(await change({ ide2: 'none,media=cdrom' })).toBe('OK');
  expect(await domainXml()).not.toContain('b.iso');
  const missing = await daemon.call('POST', `${vm}/config`, { ide2: 'local:iso/c.iso,media=cdrom' });
  expect(missing.status).toBe(400);
  expect(missing.body.errors?.['ide2']).toContain('c.iso');
});

it('keeps a disc that a guest uses', async () => {
  expect(await change({ ide2: 'local:iso/a.iso,media=cdrom' })).toBe('OK');
  const refused = await daemon.call('DELETE', '/nodes/testnode/storage/local/content/local:iso/a.iso');
  expect(refused.status).toBeGreaterThanOrEqual(400);
  expect(refused.body.message).toContain(`VM ${vmid}`);
});

it('goes on through a restart of the daemon, and then stops and goes', async () => {
  await daemon.end('SIGKILL');
  await daemon.start();
  expect((await pendingOf('net0'))?.pending).toBeUndefined();
  expect(await daemon.task('POST', `${vm}/status/stop`)).toBe('OK');
  expect(await pendingOf('virtio0')).toBeUndefined();
  expect(await daemon.task('POST', `${vm}/status/start`)).toBe('OK');
  expect(await domainXml()).not.toContain(`vm-${vmid}-disk-1.qcow2`);
  expect(await daemon.task('POST', `${vm}/status/stop`)).toBe('OK');
  expect(await daemon.task('DELETE', vm)).toBe('OK');
  const discs = await daemon.ok<{ volid: string }[]>('GET', '/nodes/testnode/storage/local/content');
  expect(discs.map(({ volid }) => volid).sort()).toEqual(['local:iso/a.iso', 'local:iso/b.iso']);
});
