// What the AppArmor of a kernel can do, read from the kernel's file: the name of the cache of compiled profiles depends on it.
import { zstdDecompressSync } from 'node:zlib';
import { AppError } from '../server/core/errors.ts';

/**
 * The text that libapparmor makes of `/sys/kernel/security/apparmor/features` under this kernel (aa_features(3)), taken from the
 * tables in the kernel (security/apparmor/apparmorfs.c, `aa_sfs_entry_features`): so profiles can be compiled for it without
 * starting it. `vmlinuz` is a bzImage with zstd, of x86-64. Throws `unsupported` when the tables are not found.
 */
export function readKernelFeatures(vmlinuz: Buffer): string {
  const kernel = new KernelFile(unpackKernel(vmlinuz));
  for (const at of kernel.pointersTo('network_v8')) {
    const table = kernel.table(kernel.beginOfTable(at));
    if (table?.has('policy') && table.has('caps') && table.has('file')) return renderTable(table);
  }
  throw notFound('its AppArmor tables are not where they were in Linux 6.12');
}

/** Documentation/arch/x86/boot.rst, "THE REAL-MODE KERNEL HEADER"; the payload ends with its size when unpacked. */
function unpackKernel(vmlinuz: Buffer): Buffer {
  if (vmlinuz.toString('latin1', 0x202, 0x206) !== 'HdrS') throw notFound('it is no bzImage');
  const setupSectors = vmlinuz[0x1f1] || 4;
  const start = (setupSectors + 1) * 512 + vmlinuz.readUInt32LE(0x248);
  const payload = vmlinuz.subarray(start, start + vmlinuz.readUInt32LE(0x24c) - 4);
  if (payload.readUInt32LE(0) !== 0xfd2fb528) throw notFound('it is not packed with zstd');
  return zstdDecompressSync(payload);
}

type Table = Map<string, string | Table>;

/** `struct aa_sfs_entry` (security/apparmor/include/apparmorfs.h): name, dentry, mode, type, value, operations. */
const entryBytes = 40;
const types = { flag: 0, text: 1, number: 2, folder: 4 } as const;

/** A kernel before it is moved: ELF with the addresses of its tables as they were linked. */
class KernelFile {
  readonly #file: Buffer;
  readonly #segments: readonly {
    readonly offset: number;
    readonly address: bigint;
    readonly bytes: number;
  }[];

  constructor(file: Buffer) {
    if (file.toString('latin1', 0, 5) !== '\x7fELF\x02') throw notFound('it holds no 64-bit ELF file');
    this.#file = file;
    const table = Number(file.readBigUInt64LE(32));
    const count = file.readUInt16LE(56);
    this.#segments = Array.from({ length: count }, (_, index) => table + 56 * index)
      .filter((at) => file.readUInt32LE(at) === 1)
      .map((at) => ({
        offset: Number(file.readBigUInt64LE(at + 8)),
        address: file.readBigUInt64LE(at + 16),
        bytes: Number(file.readBigUInt64LE(at + 32)),
      }));
  }

  /** Places in the file that hold the address of this text. */
  *pointersTo(text: string): Generator<number> {
    const pointer = Buffer.alloc(8);
    for (const at of this.#find(Buffer.from(`\0${text}\0`))) {
      const address = this.#addressOf(at + 1);
      if (address === undefined) continue;
      pointer.writeBigUInt64LE(address);
      yield* this.#find(pointer);
    }
  }

  /** Of the table with the entry at `at`: the entry after the one without a name that ends the table before. */
  beginOfTable(at: number): number {
    let begin = at;
    while (begin >= entryBytes && this.#name(begin - entryBytes) !== undefined) begin -= entryBytes;
    return begin;
  }

  /** All entries up to the one without a name. Undefined when it is no such table. */
  table(begin: number): Table | undefined {
    const table: Table = new Map();
    for (let at = begin; at + entryBytes <= this.#file.length; at += entryBytes) {
      const name = this.#name(at);
      if (name === undefined) return table.size > 0 ? table : undefined;
      const value = this.#value(at);
      if (value === undefined) return undefined;
      table.set(name, value);
    }
    return undefined;
  }

  /** As `aa_sfs_seq_show` prints it. */
  #value(at: number): string | Table | undefined {
    const value = this.#file.readBigUInt64LE(at + 24);
    switch (this.#file.readUInt32LE(at + 20)) {
      case types.flag:
        return (value & 0xffn) === 0n ? 'no' : 'yes';
      case types.text:
        return this.#text(value);
      case types.number:
        // `%#08lx`: printf(3) leaves the prefix away at 0.
        return value === 0n ? '00000000' : `0x${value.toString(16).padStart(6, '0')}`;
      case types.folder: {
        const begin = this.#offsetOf(value);
        return begin === undefined ? undefined : this.table(begin);
      }
      default:
        return undefined;
    }
  }

  #name(at: number): string | undefined {
    const name = this.#text(this.#file.readBigUInt64LE(at));
    return name !== undefined && /^[\w.-]+$/.test(name) ? name : undefined;
  }

  #text(address: bigint): string | undefined {
    const begin = this.#offsetOf(address);
    if (begin === undefined) return undefined;
    return this.#file.toString('latin1', begin, this.#file.indexOf(0, begin));
  }

  *#find(what: Buffer): Generator<number> {
    for (let at = this.#file.indexOf(what); at >= 0; at = this.#file.indexOf(what, at + 1)) yield at;
  }

  #offsetOf(address: bigint): number | undefined {
    const one = this.#segments.find((s) => address >= s.address && address < s.address + BigInt(s.bytes));
    return one && one.offset + Number(address - one.address);
  }

  #addressOf(offset: number): bigint | undefined {
    const one = this.#segments.find((s) => offset >= s.offset && offset < s.offset + s.bytes);
    return one && one.address + BigInt(offset - one.offset);
  }
}

/** Sorted by bytes, nested in braces; libraries/libapparmor/src/features.c, `features_dir_cb`. */
function renderTable(table: Table): string {
  const names = [...table.keys()].sort();
  return names
    .map((name) => {
      const value = table.get(name);
      return `${name} {${value instanceof Map ? renderTable(value) : `${value}\n`}}\n`;
    })
    .join('');
}

function notFound(why: string): AppError {
  return new AppError('unsupported', `the kernel does not tell what its AppArmor can do: ${why}`);
}
