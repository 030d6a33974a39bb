// Disks: what lsblk and smartctl say in the API's words, and which processes are run for it.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { AppError } from '../core/errors.ts';
import type { Exec } from '../core/exec.ts';
import { isDisk, readLsblk, usageOf } from './block-devices.ts';
import { readSmart } from './smart-data.ts';
import { createSystemDisks } from './system-disks.ts';

const testdata = (name: string) => readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8');
const lsblk = testdata('lsblk.composed.json');
const ata = testdata('smart-ata.composed.json');
const nvme = testdata('smart-nvme.composed.json');
const signal = new AbortController().signal;

const folder = mkdtempSync(join(tmpdir(), 'croft-by-id-'));
for (const [name, target] of [
  ['wwn-0x5002538f00000001', '../../sda'],
  ['ata-Samsung_SSD_870_S62ANJ0R000001', '../../sda'],
  ['nvme-eui.0026b76', '../../nvme0n1'],
  ['nvme-KINGSTON_50026B76', '../../nvme0n1'],
] as const)
  symlinkSync(target, join(folder, name));
mkdirSync(join(folder, 'a-folder'));
afterAll(() => rmSync(folder, { recursive: true }));

function disksWith(answer: (path: string) => string | AppError) {
  const asked: string[] = [];
  const exec: Exec = async (file, args) => {
    if (file === 'lsblk') return { exitCode: 0, stdout: lsblk, stderr: '' };
    const path = args.at(-1) ?? '';
    asked.push(path);
    const said = answer(path);
    if (said instanceof AppError) throw said;
    return { exitCode: 0, stdout: said, stderr: '' };
  };
  return { asked, disks: createSystemDisks({ exec, byIdFolder: folder }) };
}

test('disks are told from what is none, and what they are used for', () => {
  const all = readLsblk(lsblk);
  expect(all.filter(isDisk).map(({ name }) => name)).toEqual(['sda', 'sdb', 'sdc', 'nvme0n1', 'vda']);
  expect(all.filter(isDisk).map(usageOf)).toEqual([
    'partitions',
    undefined,
    'iso9660',
    'linux_raid_member',
    'mounted',
  ]);
  expect(all[0]?.children.map(usageOf)).toEqual(['BIOS boot', 'EFI', 'ext4', 'LVM']);
  expect(() => readLsblk('lsblk: not found')).toThrow('cannot be read');
});

test('the list, each disk asked once for its health', async () => {
  const { asked, disks } = disksWith((path) =>
    path === '/dev/nvme0n1' ? nvme : path === '/dev/sda' ? ata : '{}',
  );
  const list = await disks.list({ partitions: false, smart: true }, signal);
  expect(asked.toSorted()).toEqual(['/dev/nvme0n1', '/dev/sda', '/dev/sdb', '/dev/sdc']);
  expect(list[0]).toEqual({
    devpath: '/dev/sda',
    by_id_link: join(folder, 'ata-Samsung_SSD_870_S62ANJ0R000001'),
    size: 500_107_862_016,
    ...{ type: 'ssd', used: 'partitions', gpt: 1, model: 'Samsung SSD 870', vendor: 'ATA' },
    ...{ serial: 'S62ANJ0R000001', wwn: '0x5002538f00000001', rpm: 0, health: 'PASSED', wearout: 97 },
    ...{ osdid: -1, 'osdid-list': null, bus: 'sata' },
  });
  const brief = list.map((one) => [
    one.devpath,
    one.type,
    one.health,
    one.wearout,
    one.by_id_link === undefined,
  ]);
  expect(brief.slice(1)).toEqual([
    ['/dev/sdb', 'hdd', 'UNKNOWN', 'N/A', true],
    ['/dev/sdc', 'usb', 'UNKNOWN', 'N/A', true],
    ['/dev/nvme0n1', 'nvme', 'FAILED', 0, false],
    ['/dev/vda', 'unknown', 'UNKNOWN', 'N/A', true],
  ]);
});

test('partitions with their disk, and only what is free', async () => {
  const { asked, disks } = disksWith(() => '{}');
  const all = await disks.list({ partitions: true, smart: false }, signal);
  expect(asked).toEqual([]);
  const efi = all.find(({ devpath }) => devpath === '/dev/sda2');
  expect(efi).toMatchObject({
    parent: '/dev/sda',
    used: 'EFI',
    mounted: 1,
    gpt: 1,
    model: 'Samsung SSD 870',
  });
  const of = async (type: 'unused' | 'journal_disks') =>
    (await disks.list({ partitions: false, smart: false, type }, signal)).map(({ devpath }) => devpath);
  expect(await of('unused')).toEqual(['/dev/sdb']);
  expect(await of('journal_disks')).toEqual(['/dev/sda', '/dev/sdb']);
});

test('without smartctl, or when a disk does not answer, the list is there all the same', async () => {
  for (const code of ['unavailable', 'timeout'] as const) {
    const { disks } = disksWith(() => new AppError(code, 'no'));
    const list = await disks.list({ partitions: false, smart: true }, signal);
    expect(list.map(({ health }) => health)).toEqual(Array(5).fill('UNKNOWN'));
    await expect(disks.smart('/dev/sda', false, signal)).rejects.toMatchObject({ code });
  }
});

test('one disk: attributes of ATA, text of NVMe, health alone', async () => {
  const { disks } = disksWith((path) => (path === '/dev/nvme0n1' ? nvme : ata));
  const sata = await disks.smart('/dev/sda', false, signal);
  expect(sata).toMatchObject({ health: 'PASSED', type: 'ata', wearout: 97 });
  expect(sata.attributes?.[2]).toEqual({
    ...{ id: '190', name: 'Airflow_Temperature_Cel', value: 44, normalized: 44, worst: 20, threshold: 45 },
    ...{ flags: '-O--CK', fail: 'now', raw: '56' },
  });
  expect(await disks.smart('/dev/nvme0n1', false, signal)).toEqual({
    ...{ health: 'FAILED', type: 'text', wearout: 0 },
    text: 'SMART overall-health self-assessment test result: FAILED!\nPercentage Used: 112%',
  });
  expect(await disks.smart('/dev/sda', true, signal)).toEqual({ health: 'PASSED' });
  expect(await disks.smart('/dev/vda', false, signal)).toMatchObject({ health: 'UNKNOWN' });
  for (const other of ['/dev/sda1', '/dev/mem', '/dev/sr0'])
    await expect(disks.smart(other, false, signal)).rejects.toMatchObject({ code: 'not-found' });
});

test('what a disk says that cannot be read is no error', () => {
  expect(readSmart('Segmentation fault')).toMatchObject({ health: 'UNKNOWN', wearout: 'N/A' });
  expect(readSmart('{"smart_status":7}')).toMatchObject({ health: 'UNKNOWN', wearout: 'N/A' });
});
