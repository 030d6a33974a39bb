// Step `rootfs`: Debian's packages, unpacked and configured by mmdebstrap, nothing of ours yet.
import { join } from 'node:path';
import type { BuildInputs } from '../build-inputs.ts';
import type { Step } from '../step.ts';

const minute = 60_000;

/** What a server never reads: pictures of it were 150 MB of the image. */
const excluded = ['doc', 'man', 'info', 'locale', 'lintian', 'bug'].map((folder) => `/usr/share/${folder}/*`);

/** The result's folder `root` is the file system. Needs root, for the owners of files. */
export function rootfsStep({ profile, exec, releases }: BuildInputs): Step {
  const { suite, components, mirrors, packages, excludePaths } = profile;
  const left = [...excluded, ...excludePaths];
  return {
    name: 'rootfs',
    inputs: () => ({ suite, components, mirrors, packages, releases, excluded: left }),
    async run({ outDir, work, sourceDateEpoch }) {
      const sources = mirrors.map(({ url, suite: of }) => `deb ${url} ${of} ${components.join(' ')}`);
      await exec(
        'mmdebstrap',
        [
          '--mode=root',
          '--variant=minbase',
          '--format=directory',
          '--aptopt=APT::Install-Recommends "false"',
          ...left.map((path) => `--dpkgopt=path-exclude=${path}`),
          // Licences stay: they must travel with what they are about.
          '--dpkgopt=path-include=/usr/share/doc/*/copyright',
          `--include=${packages.join(',')}`,
          suite,
          join(outDir, 'root'),
          ...sources,
        ],
        {
          // `INITRD=No`: Debian's kernel would make an initrd that we do not use (initramfs-tools' kernel hook).
          env: { SOURCE_DATE_EPOCH: String(sourceDateEpoch), INITRD: 'No', TMPDIR: outDir },
          timeoutMs: 15 * minute,
          signal: work.signal,
          intention: 'install the packages of the image',
        },
      );
    },
  };
}
