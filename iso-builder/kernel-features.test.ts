// AppArmor's features out of a kernel's file: a small kernel made here, with tables as Linux 6.12 has them.
import { zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { AppError } from '../server/core/errors.ts';
import { readKernelFeatures } from './kernel-features.ts';

type Value = boolean | number | string | Tree;
interface Tree {
  readonly [name: string]: Value;
}

const features: Tree = {
  policy: {
    versions: { v8: true, v9: true },
    set_load: false,
    permstable32: 'allow deny',
    permstable32_version: 3,
    outofband: 0,
  },
  domain: { 'disconnected.path': true, version: '1.2' },
  file: { mask: 'create read' },
  network_v8: { af_mask: 'unspec unix' },
  capability: 0xffffff,
  caps: { mask: 'chown' },
  'tcp-fast-open': true,
};

const text = `capability {0xffffff
}
caps {mask {chown
}
}
domain {disconnected.path {yes
}
version {1.2
}
}
file {mask {create read
}
}
network_v8 {af_mask {unspec unix
}
}
policy {outofband {00000000
}
permstable32 {allow deny
}
permstable32_version {0x000003
}
set_load {no
}
versions {v8 {yes
}
v9 {yes
}
}
}
tcp-fast-open {yes
}
`;

const base = 0xffffffff81000000n;
const headerBytes = 64 + 56;

/** An ELF file with one segment: tables of `struct aa_sfs_entry`, each ended by an empty one, and their texts. */
function kernel(tree: Tree): Buffer {
  const body = Buffer.alloc(16_384);
  // The address of what is nothing: an entry without a name.
  let used = 40;
  const address = (at: number) => base + BigInt(headerBytes + at);
  const take = (bytes: number): number => {
    const at = used;
    used += Math.ceil(bytes / 8) * 8;
    return at;
  };
  const put = (words: string): bigint => {
    const at = take(words.length + 9) + 8;
    body.write(words, at, 'latin1');
    return address(at);
  };
  const table = (entries: Tree): bigint => {
    const values = Object.entries(entries).map(([name, value]) => {
      const plain = typeof value === 'object' ? table(value) : value;
      return { name: put(name), type: typeOf(value), value: typeof plain === 'string' ? put(plain) : plain };
    });
    const begin = take(40 * (values.length + 2)) + 40;
    values.forEach(({ name, type, value }, index) => {
      const at = begin + 40 * index;
      body.writeBigUInt64LE(name, at);
      body.writeUInt32LE(type, at + 20);
      body.writeBigUInt64LE(BigInt(value), at + 24);
      body.writeBigUInt64LE(address(0), at + 32);
    });
    return address(begin);
  };
  // A table of another subject that names the same.
  table({ network_v8: true, other: 1 });
  table(tree);
  const header = Buffer.alloc(headerBytes);
  header.write('\x7fELF\x02', 'latin1');
  header.writeBigUInt64LE(64n, 32);
  header.writeUInt16LE(1, 56);
  header.writeUInt32LE(1, 64);
  header.writeBigUInt64LE(base, 64 + 16);
  header.writeBigUInt64LE(BigInt(headerBytes + body.length), 64 + 32);
  return Buffer.concat([header, body]);
}

function typeOf(value: Value): number {
  if (typeof value === 'boolean') return 0;
  if (typeof value === 'string') return 1;
  return typeof value === 'number' ? 2 : 4;
}

function vmlinuz(payload: Buffer): Buffer {
  const setup = Buffer.alloc(3 * 512);
  setup[0x1f1] = 2;
  setup.write('HdrS', 0x202, 'latin1');
  setup.writeUInt32LE(16, 0x248);
  setup.writeUInt32LE(payload.length + 4, 0x24c);
  return Buffer.concat([setup, Buffer.alloc(16), payload, Buffer.alloc(4, 1), Buffer.from('what follows')]);
}

describe('the features of a kernel', () => {
  it('are the text that libapparmor makes of them', () => {
    expect(readKernelFeatures(vmlinuz(zstdCompressSync(kernel(features))))).toBe(text);
  });

  const { policy: _policy, ...poor } = features;
  it.each<[string, Buffer, string]>([
    ['no kernel', Buffer.alloc(2048), 'it is no bzImage'],
    ['another compression', vmlinuz(Buffer.alloc(64)), 'it is not packed with zstd'],
    ['no ELF file in it', vmlinuz(zstdCompressSync(Buffer.alloc(500))), 'it holds no 64-bit ELF file'],
    [
      'no such tables',
      vmlinuz(zstdCompressSync(kernel(poor))),
      'its AppArmor tables are not where they were',
    ],
  ])('%s: unsupported, with the reason', (_what, file, reason) => {
    expect(() => readKernelFeatures(file)).toThrow(AppError);
    expect(() => readKernelFeatures(file)).toThrow(reason);
  });
});
