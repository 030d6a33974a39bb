// Step `boot`: the kernel, our initrd, and `slot.cfg`, which tells GRUB the image's version and kernel options.
import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BuildInputs } from '../build-inputs.ts';
import { hashTree } from '../hash-tree.ts';
import { buildInitrd, kernelRelease } from '../initrd/build-initrd.ts';
import type { Step } from '../step.ts';

export function bootStep({ root, profile, version, exec }: BuildInputs): Step {
  const sources = join(root, 'iso-builder/initrd');
  return {
    name: 'boot',
    needs: ['rootfs'],
    inputs: () => ({
      sources: hashTree([sources, join(root, 'iso-builder/run-in-root.ts'), fileURLToPath(import.meta.url)]),
      version,
      options: profile.kernelOptions,
    }),
    async run({ outDir, of, work }) {
      const image = join(of('rootfs'), 'root');
      copyFileSync(join(image, 'boot', `vmlinuz-${kernelRelease(image)}`), join(outDir, 'vmlinuz'));
      const tree = join(outDir, 'tree');
      await buildInitrd({
        exec,
        root: image,
        init: join(sources, 'init'),
        tree,
        output: join(outDir, 'initrd.img'),
        signal: work.signal,
      });
      rmSync(tree, { recursive: true });
      writeFileSync(join(outDir, 'slot.cfg'), slotConfig(version, profile.kernelOptions));
    },
  };
}

/** Read by GRUB's `source` on every boot of the slot: a newer image brings its own options along. */
function slotConfig(version: string, options: readonly string[]): string {
  return `set croft_version="${version}"\nset croft_options="${options.join(' ')}"\n`;
}
