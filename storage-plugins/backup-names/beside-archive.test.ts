import { describe, expect, it } from 'vitest';
import { parseArchiveName } from './archive-name.ts';
import { archiveBeside, besideArchive } from './beside-archive.ts';

const beside = (name: string) => besideArchive(parseArchiveName(name, 'UTC')!);

describe('beside an archive', () => {
  it.each([
    ['vzdump-qemu-100-2026_06_01-02_30_00.vma.zst', 'vzdump-qemu-100-2026_06_01-02_30_00.log'],
    ['vzdump-lxc-100-2026_06_01-02_30_00.tar', 'vzdump-lxc-100-2026_06_01-02_30_00.log'],
    ['vzdump-openvz-100-2026_06_01-02_30_00.tgz', 'vzdump-openvz-100-2026_06_01-02_30_00.log'],
    ['vzdump-qemu-100-whatever.vma.zst', undefined],
    ['golden.vma', undefined],
  ])('%s', (name, log) => {
    expect(beside(name)).toEqual({
      ...{ log, notes: `${name}.notes`, protected: `${name}.protected`, picture: `${name}.png` },
      proof: `${name}.proof`,
    });
  });

  it('lies nothing that is an archive itself, and each tells whose it is', () => {
    const name = 'vzdump-qemu-100-2026_06_01-02_30_00.vma.zst';
    const { log, ...others } = beside(name);
    expect(parseArchiveName(log!, 'UTC')).toBeUndefined();
    for (const [part, fileName] of Object.entries(others)) {
      expect(parseArchiveName(fileName, 'UTC')).toBeUndefined();
      expect(archiveBeside(fileName)).toEqual({ archive: name, part });
    }
  });

  it.each(['', '.png', '.notes', '.proof', 'a.log', 'a.vma', 'a.PNG', 'png'])(
    '%j lies beside none',
    (name) => {
      expect(archiveBeside(name)).toBeUndefined();
    },
  );

  it('has names that fit for the longest archive', () => {
    const longest = `${'x'.repeat(241)}.vma`;
    for (const name of Object.values(beside(longest))) expect(name?.length ?? 0).toBeLessThanOrEqual(255);
  });
});
