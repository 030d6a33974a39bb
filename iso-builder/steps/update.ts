// Step `update`: the image as one file for machines that run already.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildInputs } from '../build-inputs.ts';
import { hashTree } from '../hash-tree.ts';
import type { Step } from '../step.ts';
import { writeUpdateFile } from '../update-file.ts';
import { imageFilePath } from './manifest.ts';

const sources = ['iso-builder/steps/update.ts', 'iso-builder/update-file.ts', 'server/core/tar-stream.ts'];

/** Result: `image.update`. */
export function updateStep({ sourceDateEpoch, root }: BuildInputs): Step {
  return {
    name: 'update',
    needs: ['boot', 'squashfs', 'manifest'],
    inputs: () => ({ sourceDateEpoch, sources: hashTree(sources.map((source) => join(root, source))) }),
    async run({ outDir, of, work }) {
      const manifest = of('manifest');
      await writeUpdateFile(
        join(outDir, 'image.update'),
        {
          manifestText: readFileSync(join(manifest, 'manifest.json'), 'utf8'),
          signature: readFileSync(join(manifest, 'manifest.sig'), 'utf8'),
          files: {
            'slot.cfg': imageFilePath(of, 'slot.cfg'),
            vmlinuz: imageFilePath(of, 'vmlinuz'),
            'initrd.img': imageFilePath(of, 'initrd.img'),
            'filesystem.squashfs': imageFilePath(of, 'filesystem.squashfs'),
          },
          mtime: sourceDateEpoch,
        },
        work.signal,
      );
    },
  };
}
