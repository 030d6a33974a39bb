// Step `iso`: one hybrid image that BIOS and UEFI boot, from CD and from a USB stick.
import { cpSync, linkSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BuildInputs } from '../build-inputs.ts';
import { hashTree } from '../hash-tree.ts';
import { runInRoot } from '../run-in-root.ts';
import type { Step } from '../step.ts';

/** All that the medium's menu uses is in GRUB's core: the medium needs no folder of modules. */
const grubModules = [
  ...['part_gpt', 'part_msdos', 'iso9660', 'fat', 'search', 'search_fs_file', 'search_label'],
  ...['normal', 'configfile', 'linux', 'chain', 'boot', 'echo', 'test', 'true', 'sleep', 'ls', 'cat'],
  ...['serial', 'terminal', 'all_video', 'halt', 'reboot', 'minicmd'],
];

export function isoStep({ root, profile, exec }: BuildInputs): Step {
  const sources = join(root, 'iso-builder/medium');
  return {
    name: 'iso',
    needs: ['rootfs', 'boot', 'squashfs', 'manifest'],
    inputs: () => ({
      sources: hashTree([sources, join(root, 'iso-builder/run-in-root.ts'), fileURLToPath(import.meta.url)]),
      label: profile.volumeLabel,
      grubModules,
    }),
    async run({ outDir, of, work, sourceDateEpoch }) {
      const image = join(of('rootfs'), 'root');
      const run = (file: string, args: readonly string[]) =>
        exec(file, args, {
          env: { SOURCE_DATE_EPOCH: String(sourceDateEpoch) },
          timeoutMs: 300_000,
          signal: work.signal,
          intention: 'make the medium',
        });
      const tree = join(outDir, 'tree');
      const croft = join(tree, 'croft');
      const grub = join(tree, 'boot/grub');
      for (const folder of [croft, grub]) mkdirSync(folder, { recursive: true });
      linkOrCopy(join(of('boot'), 'vmlinuz'), join(croft, 'vmlinuz'));
      linkOrCopy(join(of('boot'), 'initrd.img'), join(croft, 'initrd.img'));
      linkOrCopy(join(of('boot'), 'slot.cfg'), join(croft, 'slot.cfg'));
      linkOrCopy(join(of('squashfs'), 'filesystem.squashfs'), join(croft, 'filesystem.squashfs'));
      for (const name of ['manifest.json', 'manifest.sig'])
        linkOrCopy(join(of('manifest'), name), join(croft, name));
      const config = readFileSync(join(sources, 'grub.cfg'), 'utf8').replaceAll(
        '@LABEL@',
        profile.volumeLabel,
      );
      writeFileSync(join(grub, 'grub.cfg'), config);

      // UEFI starts GRUB from the small FAT image: it must look for the medium itself.
      const early = join(outDir, 'early.cfg');
      writeFileSync(
        early,
        `search --no-floppy --set=root --label ${profile.volumeLabel}\nset prefix=($root)/boot/grub\n`,
      );
      const core = (format: string, folder: string, output: string, modules: readonly string[]) =>
        runInRoot(exec, image, join(image, 'usr/bin/grub-mkimage'), [
          `--directory=${join(image, 'usr/lib/grub', folder)}`,
          `--format=${format}`,
          `--output=${output}`,
          `--config=${early}`,
          '--prefix=/boot/grub',
          ...grubModules,
          ...modules,
        ]);
      await core('i386-pc-eltorito', 'i386-pc', join(grub, 'eltorito.img'), ['biosdisk']);
      const efi = join(outDir, 'bootx64.efi');
      await core('x86_64-efi', 'x86_64-efi', efi, ['efifwsetup']);
      const efiImage = join(grub, 'efi.img');
      // 2.88 MB, the largest floppy that firmware knows; serial number fixed, or the image would differ each time.
      await run('mformat', ['-C', '-i', efiImage, '-f', '2880', '-N', '43524F46', '::']);
      await run('mmd', ['-i', efiImage, '::/EFI', '::/EFI/BOOT']);
      utimesSync(efi, sourceDateEpoch, sourceDateEpoch);
      await run('mcopy', ['-m', '-i', efiImage, efi, '::/EFI/BOOT/BOOTX64.EFI']);

      const date = new Date(sourceDateEpoch * 1000).toISOString().replace(/\D/g, '').slice(0, 16);
      await run('find', [
        tree,
        '-exec',
        'touch',
        '--no-dereference',
        `--date=@${sourceDateEpoch}`,
        '{}',
        '+',
      ]);
      await run('xorriso', [
        ...['-as', 'mkisofs', '-quiet', '-r', '-J', '-V', profile.volumeLabel],
        `--modification-date=${date}`,
        ...['-b', 'boot/grub/eltorito.img', '-no-emul-boot', '-boot-load-size', '4', '-boot-info-table'],
        ...['--grub2-boot-info', '--grub2-mbr', join(image, 'usr/lib/grub/i386-pc/boot_hybrid.img')],
        ...[
          '--efi-boot',
          'boot/grub/efi.img',
          '-efi-boot-part',
          '--efi-boot-image',
          '--protective-msdos-label',
        ],
        ...['-o', join(outDir, 'image.iso'), tree],
      ]);
      await exec('rm', ['-r', tree, early, efi]);
    },
  };
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    cpSync(from, to);
  }
}
