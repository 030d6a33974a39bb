// Images whose clusters are all in use, as if they had been written: their tables are there, the bytes are not.
import { exec } from '../../server/core/exec.ts';

interface ImageInfo {
  readonly 'virtual-size': number;
  readonly 'cluster-size': number;
  readonly 'format-specific': { readonly data: { readonly 'extended-l2': boolean } };
}

export interface FullImage {
  readonly clusters: number;
  readonly clusterBytes: number;
}

/** Makes the qcow2 image anew, full, with clusters as it has them, or with QEMU's own of 64 KiB. Nobody may have it open. */
export async function fillTables(file: string, clusters: 'as-it-is' | 'small'): Promise<FullImage> {
  const { stdout } = await exec('qemu-img', ['info', '--output=json', file]);
  const info = JSON.parse(stdout) as ImageInfo;
  const asItIs = clusters === 'as-it-is';
  const clusterBytes = asItIs ? info['cluster-size'] : 65_536;
  const extended = asItIs && info['format-specific'].data['extended-l2'];
  const options = `cluster_size=${clusterBytes},extended_l2=${extended ? 'on' : 'off'},preallocation=metadata`;
  const size = info['virtual-size'];
  await exec('qemu-img', ['create', '-q', '-f', 'qcow2', '-o', options, file, String(size)], {
    timeoutMs: 120_000,
  });
  return { clusterBytes, clusters: size / clusterBytes };
}
