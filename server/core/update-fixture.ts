// Update files for tests, made in memory: whole ones, and ones that are wrong in a chosen way.
import { createHash, generateKeyPairSync } from 'node:crypto';
import { renderTarHeader, tarEndBytes, tarPaddingBytes } from './tar-stream.ts';
import { manifestFiles, renderManifest, signManifest, type UpdateManifest } from './update-manifest.ts';

export interface TestKey {
  readonly publicPem: string;
  readonly privatePem: string;
}

export function testKey(): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return {
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** Small, of sizes around a tar block, one of them empty. */
export const testContents: Readonly<Record<(typeof manifestFiles)[number], Buffer>> = {
  'slot.cfg': Buffer.from('set croft_version=1.2.3\n'),
  vmlinuz: Buffer.alloc(512, 'k'),
  'initrd.img': Buffer.alloc(0),
  'filesystem.squashfs': Buffer.alloc(1537, 's'),
};

export function testManifest(change: Partial<UpdateManifest> = {}): UpdateManifest {
  const files = manifestFiles.map((name) => ({
    name,
    bytes: testContents[name].length,
    sha256: createHash('sha256').update(testContents[name]).digest('hex'),
  }));
  const built = '2026-01-31T12:00:00.000Z';
  return { format: 1, product: 'croft', version: '1.2.3', built, stateSchema: 1, files, ...change };
}

export interface Member {
  readonly name: string;
  readonly content: Uint8Array;
  /** What its header says, when not the truth. */
  readonly saysBytes?: number;
}

/** A tar of any members. */
export function tarOf(members: readonly Member[]): Buffer {
  const blocks = members.flatMap(({ name, content, saysBytes = content.length }) => [
    renderTarHeader({ name, bytes: saysBytes, mtime: 1_700_000_000 }),
    content,
    Buffer.alloc(tarPaddingBytes(content.length)),
  ]);
  return Buffer.concat([...blocks, Buffer.alloc(tarEndBytes)]);
}

/** The members of a whole update file, in order. */
export function updateMembers(key: TestKey, manifest: string = renderManifest(testManifest())): Member[] {
  return [
    { name: 'manifest.json', content: Buffer.from(manifest) },
    { name: 'manifest.sig', content: Buffer.from(`${signManifest(manifest, key.privatePem)}\n`) },
    ...manifestFiles.map((name) => ({ name, content: testContents[name] })),
  ];
}

/** A stream of the bytes in chunks of the given size; notes how it ended. */
export function chunked(bytes: Uint8Array, size = 700) {
  const source = { closed: false };
  async function* chunks() {
    try {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    } finally {
      source.closed = true;
    }
  }
  return Object.assign(chunks(), { source });
}
