// Steps that make small stand-ins instead of an image, for tests of the build around them.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildInputs } from './build-inputs.ts';
import type { Step } from './step.ts';
import { manifestStep } from './steps/manifest.ts';
import { updateStep } from './steps/update.ts';

/** A step that writes these texts. */
export function writingStep(
  name: string,
  files: Readonly<Record<string, string>>,
  inputs: object = { files },
): Step {
  return {
    name,
    inputs: () => inputs,
    run: async ({ outDir }) => {
      for (const [file, text] of Object.entries(files)) writeFileSync(join(outDir, file), text);
    },
  };
}

/** Stand-ins for boot, squashfs and iso; the real manifest and update. `squash` is the content of the squashfs. */
export function fakeImageSteps(build: BuildInputs, squash = 'squash'): Step[] {
  return [
    writingStep('boot', {
      vmlinuz: 'kernel',
      'initrd.img': 'initrd',
      'slot.cfg': `set croft_version=${build.version}\n`,
    }),
    writingStep('squashfs', {
      'filesystem.squashfs': squash,
      'packages.txt': 'adduser 3.152 all\n',
      'npm-packages.json': '[{"name":"hono","version":"4.13.19","license":"MIT"}]',
    }),
    manifestStep(build),
    writingStep('iso', { 'image.iso': 'iso' }),
    updateStep(build),
  ];
}
