// The head of saved memory, and what QEMU says of saves, drives and failures.
import { mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNodes } from './disk-snapshots.ts';
import { checkHead, cpuOf, digestOf, machineOf, memoryStart, renderHead, writeHead } from './memory-image.ts';
import { readProgress } from './memory-saves.ts';
import { readQmpAnswer } from './qmp.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'memory-image-'));
});
afterAll(() => rm(folder, { recursive: true }));

const xml = `<domain type='kvm'><os><type arch='x86_64' machine='pc-q35-9.2'>hvm</type></os>
  <cpu mode='custom' match='exact'><model fallback='forbid'>qemu64</model>
  <feature policy='require' name='aes'/><feature policy='disable' name='svm'/></cpu></domain>`;

describe('the head', () => {
  it('is as libvirt reads it: magic, version 2, the XML padded to a fixed length, running', () => {
    const head = renderHead(xml);
    expect(head).toHaveLength(memoryStart);
    expect(head.toString('latin1', 0, 16)).toBe('LibvirtQemudSave');
    expect([16, 20, 24, 28, 32].map((at) => head.readUInt32LE(at))).toEqual([2, memoryStart - 92, 1, 0, 0]);
    expect(head.toString('utf8', 92, 92 + Buffer.byteLength(xml) + 1)).toBe(`${xml}\0`);
  });

  it('has no room for a description without end', () => {
    expect(() => renderHead('x'.repeat(memoryStart - 92))).toThrow('too long');
  });

  it('is written before the memory that is there, and known again', async () => {
    const file = join(folder, 'memory');
    await writeFile(file, Buffer.alloc(memoryStart + 3, 7));
    const digest = await writeHead(file, xml);
    expect(digest).toBe(digestOf(renderHead(xml)));
    expect((await stat(file)).size).toBe(memoryStart + 3);
    await expect(checkHead(file, digest)).resolves.toBeUndefined();
    const handle = await open(file, 'r+');
    await handle.write('x', 5000);
    await handle.close();
    await expect(checkHead(file, digest)).rejects.toMatchObject({ code: 'wrong-state' });
  });
});

describe('the machine that it is of', () => {
  it('is read from the XML', () => {
    expect(machineOf(xml)).toBe('pc-q35-9.2');
    expect(cpuOf(xml)).toBe('qemu64,+aes,-svm');
    expect(cpuOf("<cpu mode='maximum' check='none' migratable='on'/>")).toBe('max');
    expect(cpuOf("<cpu mode='host-passthrough'><feature policy='disable' name='vmx'/></cpu>")).toBe(
      'host,-vmx',
    );
    expect(cpuOf('<domain/>')).toBeUndefined();
  });
});

describe("QEMU's answers", () => {
  it('name the node of each drive, by its own alias only', () => {
    const blocks = [
      { device: '', qdev: 'ua-scsi1', inserted: { 'node-name': 'libvirt-3-format' } },
      {
        device: '',
        qdev: '/machine/peripheral/ua-virtio0/virtio-backend',
        inserted: { 'node-name': 'libvirt-1-format' },
      },
      { device: '', qdev: 'ua-ide2' },
    ];
    expect([...readNodes(blocks, ['virtio0', 'scsi1']).values()]).toEqual([
      'libvirt-1-format',
      'libvirt-3-format',
    ]);
    for (const key of ['scsi10', 'scsi', 'ide2'])
      expect(() => readNodes(blocks, [key])).toThrow(`the running guest has no drive '${key}'`);
  });

  it('tell how far a save is', () => {
    expect(readProgress({})).toMatchObject({ status: 'none', totalBytes: 0 });
    expect(
      readProgress({ status: 'failed', 'error-desc': 'no room', ram: { total: 8, remaining: 3 } }),
    ).toEqual({ status: 'failed', problem: 'no room', totalBytes: 8, remainingBytes: 3 });
  });

  it('become errors without paths of the host', () => {
    expect(readQmpAnswer('{"return":{"a":1},"id":"libvirt-1"}', 'x')).toEqual({ a: 1 });
    const refused =
      '{"id":"libvirt-2","error":{"class":"GenericError","desc":"cannot open /var/lib/secret/disk.raw"}}';
    expect(() => readQmpAnswer(refused, 'migrate')).toThrow('QEMU: cannot open disk.raw');
  });
});
