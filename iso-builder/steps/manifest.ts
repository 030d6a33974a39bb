// Step `manifest`: what the image is, with the sizes and sums of its files, signed.
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stateSchema } from '../../server/core/appliance-layout.ts';
import {
  type ManifestFile,
  manifestFiles,
  renderManifest,
  signManifest,
} from '../../server/core/update-manifest.ts';
import type { BuildInputs } from '../build-inputs.ts';
import { hashTree } from '../hash-tree.ts';
import { sha256OfFile } from '../keys.ts';
import type { Step, StepContext } from '../step.ts';

/** Results: `manifest.json`, and `manifest.sig` (base64, a line). */
export function manifestStep({
  version,
  sourceDateEpoch,
  publicKeyPem,
  readPrivateKey,
  root,
}: BuildInputs): Step {
  return {
    name: 'manifest',
    needs: ['boot', 'squashfs'],
    inputs: () => ({
      version,
      sourceDateEpoch,
      stateSchema,
      // Another key makes another signature.
      publicKeyPem,
      sources: hashTree([
        join(root, 'iso-builder/steps/manifest.ts'),
        join(root, 'server/core/update-manifest.ts'),
      ]),
    }),
    async run({ outDir, of }) {
      const files = [];
      for (const name of manifestFiles) {
        const path = imageFilePath(of, name);
        files.push({ name, bytes: statSync(path).size, sha256: await sha256OfFile(path) });
      }
      const built = new Date(sourceDateEpoch * 1000).toISOString();
      const text = renderManifest({ version, built, stateSchema, files });
      writeFileSync(join(outDir, 'manifest.json'), text);
      writeFileSync(join(outDir, 'manifest.sig'), `${signManifest(text, readPrivateKey())}\n`);
    },
  };
}

/** Where a file of the image lies among the results. */
export function imageFilePath(of: StepContext['of'], name: ManifestFile): string {
  return join(of(name === 'filesystem.squashfs' ? 'squashfs' : 'boot'), name);
}
