// How large the clusters of new qcow2 images are. QEMU counts each when it takes or removes a snapshot inside, and the guest stands for it.
// Figures: README.md.

/** Small enough for what small disks write; large enough for a small image that grows later, since no image can change it. */
const leastClusterBytes = 256 * 1024;
/** The format's own limit. */
const mostClusterBytes = 2 * 1024 ** 2;
/** Of clusters with extended entries, as QEMU has it. */
const leastExtendedBytes = 16 * 1024;
/** A few tenths of a second, so that a guest with several disks stays below one. */
const wantedClusters = 2 ** 18;
/** With so many, a copy is better made anew than taken as it is. */
const tooManyClusters = 4 * wantedClusters;

/** `sizeBytes`: what the guest sees; undefined when that is not known. */
export function clusterBytesFor(sizeBytes: number | undefined): number {
  let bytes = leastClusterBytes;
  while (bytes < mostClusterBytes && (sizeBytes === undefined || sizeBytes / bytes > wantedClusters))
    bytes *= 2;
  return bytes;
}

/**
 * Options of `qemu-img create` and `convert` for a new qcow2 image. Extended entries (QEMU 5.2) allocate a 32nd of a cluster at a
 * time: without them each small write would take a whole cluster, and copy one from the base of a linked clone. `clusterBytes`: of an
 * image that somebody else made.
 */
export function clusterOptions(
  sizeBytes: number | undefined,
  clusterBytes = clusterBytesFor(sizeBytes),
): string {
  return `cluster_size=${clusterBytes},extended_l2=${clusterBytes < leastExtendedBytes ? 'off' : 'on'}`;
}

/** Would its snapshots hold a guest too long once it is full, and would a new image be better? */
export function hasTooSmallClusters(image: {
  readonly sizeBytes: number;
  readonly clusterBytes: number;
}): boolean {
  const { sizeBytes, clusterBytes } = image;
  return sizeBytes / clusterBytes > tooManyClusters && clusterBytes < clusterBytesFor(sizeBytes);
}
