// Backups in libvirt's words.
import { describe, expect, it } from 'vitest';
import { readBackupSocket, readSizes, readTargets, renderBackupXml } from './backup-xml.ts';

const disk = (key: string, target: string, more = "<source file='/a.raw'/>") =>
  `<disk type='file' device='disk'>${more}<target dev='${target}'/><alias name='ua-${key}'/></disk>`;
const domain = (...disks: string[]) => `<domain type='kvm'><devices>${disks.join('')}</devices></domain>`;

describe('the description of a backup', () => {
  it('names each drive, its image and its export, and escapes what paths may hold', () => {
    const xml = renderBackupXml("/run/a&b'/backup.sock", [
      { key: 'scsi0', target: 'sda', scratch: '/fleecing/<x>/backup-100-scsi0.scratch' },
      { key: 'virtio1', target: 'vdb', scratch: '/fleecing/backup-100-virtio1.scratch' },
    ]);
    expect(xml).toMatch(/^<domainbackup mode=["']pull["']>/);
    expect(xml.match(/<disk /g)).toHaveLength(2);
    expect(xml).toMatch(
      /name=["']sda["'] backup=["']yes["'] type=["']file["'] exportname=["']drive-scsi0["']/,
    );
    expect(xml).not.toContain('<x>');
    expect(readBackupSocket(xml)).toBe("/run/a&b'/backup.sock");
  });

  it.each([
    [
      'of somebody else, by TCP',
      "<domainbackup mode='pull'><server transport='tcp' name='h' port='1'/></domainbackup>",
    ],
    ['in the mode push', "<domainbackup mode='push'><disks/></domainbackup>"],
    ['of another kind', '<domain/>'],
  ])('has no socket of ours when it is %s', (_what, xml) => {
    expect(readBackupSocket(xml)).toBeUndefined();
  });
});

describe('the drives of a running guest', () => {
  it('are found by their keys', () => {
    const xml = domain(disk('scsi0', 'sda'), disk('scsi10', 'sdk'), disk('ide2', 'hdc', ''));
    expect([...readTargets(xml, ['scsi10', 'scsi0'])]).toEqual([
      ['scsi10', 'sdk'],
      ['scsi0', 'sda'],
    ]);
  });

  it.each([
    ['not there', domain(disk('scsi1', 'sdb')), 'not-found'],
    ['not there, as there are none', '<domain/>', 'not-found'],
    ['empty', domain(disk('scsi0', 'sda', '')), 'wrong-state'],
    ['being copied', domain(disk('scsi0', 'sda', "<source file='/a'/><mirror job='copy'/>")), 'wrong-state'],
  ])('are refused when one is %s', (_what, xml, code) => {
    expect(() => readTargets(xml, ['scsi0'])).toThrow(expect.objectContaining({ code }));
  });

  it('have sizes, which QEMU tells', () => {
    const answer = [
      { device: '', qdev: 'ua-scsi0', inserted: { image: { 'virtual-size': 7 } } },
      { qdev: '/machine/peripheral/ua-virtio0/virtio-backend', inserted: { image: { 'virtual-size': 8 } } },
      { qdev: 'ua-ide2' },
    ];
    expect([...readSizes(answer, ['virtio0', 'scsi0']).values()]).toEqual([8, 7]);
    for (const key of ['ide2', 'scsi1'])
      expect(() => readSizes(answer, [key])).toThrow(expect.objectContaining({ code: 'not-found' }));
  });
});
