import { describe, expect, it } from 'vitest';
import { brokenArchiveName, makeArchiveName, parseArchiveName, requireArchiveName } from './archive-name.ts';

const zone = 'Europe/Athens';
const at = (text: string) => Date.parse(text);

describe('a new archive', () => {
  it.each([
    [
      { kind: 'qemu', vmid: 100, atMs: at('2026-06-01T02:30:00Z') },
      'vzdump-qemu-100-2026_06_01-05_30_00.vma',
    ],
    [
      { kind: 'qemu', vmid: 100, atMs: at('2026-01-01T22:00:09.999Z'), compression: 'zst' },
      'vzdump-qemu-100-2026_01_02-00_00_09.vma.zst',
    ],
    [
      { kind: 'lxc', vmid: 999_999_999, atMs: at('2026-06-01T02:30:00Z'), compression: 'gz' },
      'vzdump-lxc-999999999-2026_06_01-05_30_00.tar.gz',
    ],
    [{ kind: 'lxc', vmid: 105, atMs: 0, compression: 'lzo' }, 'vzdump-lxc-105-1970_01_01-02_00_00.tar.lzo'],
  ] as const)('%o is %s', (archive, name) => {
    expect(makeArchiveName(archive, zone)).toBe(name);
    const read = parseArchiveName(name, zone);
    expect(read).toMatchObject({
      ...{ standard: true, kind: archive.kind, vmid: archive.vmid },
      atMs: Math.floor(archive.atMs / 1000) * 1000,
      compression: 'compression' in archive ? archive.compression : undefined,
    });
  });

  it.each([99, 1_000_000_000, 100.5, -100, Number.NaN])('is not made for guest %s', (vmid) => {
    expect(() => makeArchiveName({ kind: 'qemu', vmid, atMs: 0 }, zone)).toThrow(
      expect.objectContaining({ code: 'invalid-input', fields: { vmid: expect.any(String) } }),
    );
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 8e15])('is not made at %s', (atMs) => {
    expect(() => makeArchiveName({ kind: 'qemu', vmid: 100, atMs }, zone)).toThrow(
      expect.objectContaining({ code: 'invalid-input' }),
    );
  });
});

describe('a standard name', () => {
  it.each([
    ['vzdump-lxc-105-2009_10_09-11_04_43.tar', { kind: 'lxc', vmid: 105, format: 'tar', extension: 'tar' }],
    ['vzdump-qemu-100-2009_10_09-11_04_43.vma', { kind: 'qemu', format: 'vma', extension: 'vma' }],
    ['vzdump-qemu-100-2009_10_09-11_04_43.vma.gz', { compression: 'gz', extension: 'vma.gz' }],
    ['vzdump-qemu-100-2009_10_09-11_04_43.vma.lzo', { compression: 'lzo', extension: 'vma.lzo' }],
    ['vzdump-qemu-100-2009_10_09-11_04_43.vma.zst', { compression: 'zst', extension: 'vma.zst' }],
    ['vzdump-qemu-100-2009_10_09-11_04_43.vma.bz2', { compression: 'bz2', extension: 'vma.bz2' }],
    [
      'vzdump-openvz-100-2009_10_09-11_04_43.tgz',
      { kind: 'openvz', format: 'tar', compression: 'gz', extension: 'tgz' },
    ],
    ['vzdump-qemu-100-2009_10_09-11_04_43.tar', { kind: 'qemu', format: 'tar' }],
  ])('%s', (name, expected) => {
    const read = parseArchiveName(name, zone);
    expect(read).toMatchObject({
      fileName: name,
      standard: true,
      atMs: at('2009-10-09T08:04:43Z'),
      ...expected,
    });
    expect(requireArchiveName(name, zone)).toEqual(read);
    if (!('compression' in expected)) expect(read?.compression).toBeUndefined();
  });

  it('has the first of two times when clocks went back', () => {
    expect(parseArchiveName('vzdump-qemu-100-2026_10_25-03_30_00.vma', zone)?.atMs).toBe(
      at('2026-10-25T00:30:00Z'),
    );
  });

  it('of a second time reads as the first', () => {
    const name = makeArchiveName({ kind: 'qemu', vmid: 100, atMs: at('2026-10-25T01:30:00Z') }, zone);
    expect(name).toBe('vzdump-qemu-100-2026_10_25-03_30_00.vma');
  });
});

describe('a renamed backup', () => {
  it.each([
    ['vzdump-qemu-100-whatever.vma.zst', { kind: 'qemu', vmid: 100, format: 'vma', compression: 'zst' }],
    ['vzdump-lxc-105-2026_06_01-02_30_00-before-upgrade.tar', { kind: 'lxc', vmid: 105 }],
    ['vzdump-qemu-100-2026_06_01-02_30.vma', { kind: 'qemu', vmid: 100 }],
    ['old-vzdump-qemu-100-2026_06_01-02_30_00.vma', { kind: undefined, vmid: 100 }],
    ['golden image (2).vma.zst', { kind: undefined, vmid: undefined }],
    ['Ωμέγα.tar.gz', { kind: undefined, vmid: undefined }],
    ['a.tgz', { kind: undefined, vmid: undefined, format: 'tar', compression: 'gz' }],
    ['vzdump-vm-100-2026_06_01-02_30_00.vma', { kind: undefined, vmid: 100 }],
    // Numbers that no guest can have.
    ['vzdump-qemu-99-2026_06_01-02_30_00.vma', { kind: 'qemu', vmid: undefined }],
    ['vzdump-qemu-0100-2026_06_01-02_30_00.vma', { kind: 'qemu', vmid: undefined }],
    ['vzdump-qemu-1000000000-2026_06_01-02_30_00.vma', { kind: 'qemu', vmid: undefined }],
    // Times that no calendar has.
    ['vzdump-qemu-100-2026_02_29-02_30_00.vma', { kind: 'qemu', vmid: 100 }],
    ['vzdump-qemu-100-2026_13_01-02_30_00.vma', { kind: 'qemu', vmid: 100 }],
    ['vzdump-qemu-100-2026_00_10-02_30_00.vma', { kind: 'qemu', vmid: 100 }],
    ['vzdump-qemu-100-2026_06_01-24_00_00.vma', { kind: 'qemu', vmid: 100 }],
    ['vzdump-qemu-100-2026_06_01-02_30_60.vma', { kind: 'qemu', vmid: 100 }],
    ['vzdump-qemu-100-0026_06_01-02_30_00.vma', { kind: 'qemu', vmid: 100 }],
    ['vzdump-qemu-100-1969_12_31-02_30_00.vma', { kind: 'qemu', vmid: 100 }],
    ['vzdump-qemu-100-२०२६_06_01-02_30_00.vma', { kind: 'qemu', vmid: 100 }],
    // Before the extension stands anything.
    ['vzdump-qemu-100-2026_06_01-02_30_00.vma.vma', { kind: 'qemu', vmid: 100 }],
    ['x..vma', { kind: undefined, vmid: undefined }],
    [`${'x'.repeat(241)}.vma`, { kind: undefined, vmid: undefined }],
  ])('%s', (name, expected) => {
    expect(parseArchiveName(name, zone)).toMatchObject({
      ...{ fileName: name, standard: false, atMs: undefined, ...expected },
    });
  });
});

describe('what is no archive', () => {
  const good = 'vzdump-qemu-100-2026_06_01-02_30_00.vma';
  it.each([
    ['', 'must end with'],
    ['vma', 'must end with'],
    ['.vma', 'begin with a dot'],
    ['..', 'begin with a dot'],
    ['vzdump-qemu-100-2026_06_01-02_30_00', 'must end with'],
    [`${good}.xz`, 'must end with'],
    [`${good}.ZST`, 'must end with'],
    [`${good}.zst.dat`, 'must end with'],
    [`${good}.zst.notes`, 'must end with'],
    [`${good}.zst.protected`, 'must end with'],
    [`${good}.zst.png`, 'must end with'],
    [good.replace('.vma', '.log'), 'must end with'],
    [good.replace('.vma', '.tgz.gz'), 'must end with'],
    [`../${good}`, 'slashes'],
    [`/${good}`, 'slashes'],
    [`a\\${good}`, 'slashes'],
    [`.${good}`, 'begin with a dot'],
    [`--use-compress-program=x.tar`, 'begin with a dot or a dash'],
    [`${good}\n`, 'control characters'],
    [`a\0${good}`, 'control characters'],
    [`a\n${good}`, 'control characters'],
    [`a\x1b[31m${good}`, 'control characters'],
    [`a\u202e${good}`, 'control characters'],
    [`a\ud800${good}`, 'control characters'],
    [`a\ufffd${good}`, 'control characters'],
    [`${'x'.repeat(242)}.vma`, 'longer than 245 bytes'],
    [`${'Ω'.repeat(121)}.vma`, 'longer than 245 bytes'],
  ])('%j: %s', (name, rule) => {
    expect(parseArchiveName(name, zone)).toBeUndefined();
    expect(brokenArchiveName(name)).toContain(rule);
    expect(() => requireArchiveName(name, zone)).toThrow(
      expect.objectContaining({ code: 'invalid-input', fields: { volume: expect.stringContaining(rule) } }),
    );
  });
});
