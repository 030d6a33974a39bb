// Step `squashfs`: the image's root (packages, our files, the daemon) put together and packed.
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { productName, stateSchema } from '../../server/core/appliance-layout.ts';
import type { AssembleOrder } from '../assemble-root.ts';
import type { BuildInputs } from '../build-inputs.ts';
import { hashTree } from '../hash-tree.ts';
import { packageList } from '../sbom.ts';
import type { Step } from '../step.ts';

const assembler = fileURLToPath(new URL('../assemble-root.ts', import.meta.url));

export function squashfsStep({
  root,
  profile,
  version,
  publicKeyPem,
  exec,
  sourceDateEpoch: built,
}: BuildInputs): Step {
  const overlay = join(root, 'iso-builder/overlay');
  return {
    name: 'squashfs',
    needs: ['rootfs', 'bundle'],
    inputs: () => ({
      sources: hashTree([
        overlay,
        assembler,
        ...['overlay-modes.ts', 'apparmor-profiles.ts', 'kernel-features.ts'].map((file) =>
          join(root, 'iso-builder', file),
        ),
        ...profile.files.map(({ from }) => from),
      ]),
      files: profile.files.map(({ to, mode }) => ({ to, mode })),
      ...{ version, publicKeyPem, built, stateSchema },
    }),
    async run({ outDir, of, work, sourceDateEpoch }) {
      const order: AssembleOrder = {
        root: join(of('rootfs'), 'root'),
        croft: join(of('bundle'), 'croft'),
        overlay,
        files: profile.files,
        publicKeyPem,
        info: { product: productName, version, built: new Date(built * 1000).toISOString(), stateSchema },
        work: join(outDir, 'work'),
        output: join(outDir, 'filesystem.squashfs'),
      };
      const orderFile = join(outDir, 'order.json');
      writeFileSync(orderFile, JSON.stringify(order));
      // In a mount namespace of its own: whatever ends it, no mount is left behind.
      const { stderr } = await exec(
        'unshare',
        ['--mount', '--propagation', 'private', process.execPath, assembler, orderFile],
        {
          env: { SOURCE_DATE_EPOCH: String(sourceDateEpoch) },
          timeoutMs: 900_000,
          signal: work.signal,
          intention: 'put the image together',
        },
      );
      for (const warning of stderr.split('\n').filter(Boolean)) work.log(warning);
      rmSync(orderFile);
      writeFileSync(join(outDir, 'packages.txt'), packageList(order.root));
      cpSync(join(of('bundle'), 'npm-packages.json'), join(outDir, 'npm-packages.json'));
    },
  };
}
