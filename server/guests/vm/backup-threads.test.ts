// Which drives have an I/O thread, and which QEMUs must not show them.
import { describe, expect, it, vi } from 'vitest';
import { requireReadable, threadedDrives } from './backup-threads.ts';

const xml = `<domain type='kvm'><iothreads>2</iothreads><devices>
  <disk type='file' device='disk'><driver name='qemu' type='raw' iothread='1'/><target dev='vda' bus='virtio'/>
    <alias name='ua-virtio0'/><address type='pci' bus='0x00'/></disk>
  <disk type='file' device='disk'><driver name='qemu' type='raw'/><target dev='vdb' bus='virtio'/><alias name='ua-virtio1'/></disk>
  <disk type='file' device='disk'><driver name='qemu' type='raw'/><target dev='sda' bus='scsi'/><alias name='ua-scsi0'/>
    <address type='drive' controller='0' bus='0' target='0' unit='0'/></disk>
  <disk type='file' device='disk'><driver name='qemu' type='raw'/><target dev='sdb' bus='scsi'/><alias name='ua-scsi1'/>
    <address type='drive' controller='1' bus='0' target='0' unit='0'/></disk>
  <disk type='file' device='disk'><driver name='qemu' type='raw'/><target dev='sdc' bus='sata'/><alias name='ua-sata0'/>
    <address type='drive' controller='1' bus='0' target='0' unit='0'/></disk>
  <controller type='scsi' index='0' model='virtio-scsi'/>
  <controller type='scsi' index='1' model='virtio-scsi'><driver iothread='2'/></controller>
  <controller type='sata' index='1'/>
</devices></domain>`;
const all = ['virtio0', 'virtio1', 'scsi0', 'scsi1', 'sata0'];
const version = (major: number, minor: number, micro: number) => async () => ({
  qemu: { major, minor, micro },
});

it('I/O threads are of a drive or of its controller', () => {
  expect(threadedDrives(xml, all)).toEqual(['virtio0', 'scsi1']);
  expect(threadedDrives('<domain/>', all)).toEqual([]);
});

describe('drives in I/O threads', () => {
  it('are not shown by a QEMU that would end with it', async () => {
    await expect(requireReadable(xml, all, version(7, 2, 22))).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/\(virtio0, scsi1\).*QEMU 7\.2\.22 would end it/),
    });
    await expect(requireReadable(xml, ['scsi1'], version(8, 2, 0))).rejects.toMatchObject({
      code: 'unsupported',
    });
  });

  it('are shown by newer ones, and nobody is asked about others', async () => {
    await requireReadable(xml, all, version(9, 0, 0));
    await requireReadable(xml, all, version(10, 0, 13));
    const asked = vi.fn(version(7, 2, 22));
    await requireReadable(xml, ['virtio1', 'scsi0', 'sata0'], asked);
    expect(asked).not.toHaveBeenCalled();
  });
});
