// A folder whose file system is slow, full or stuck when a test wants it so: FUSE, answered by this process, its files in memory.
import { closeSync, constants, openSync, read, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { exec } from '../../core/exec.ts';
import { FolderTree, type Node, SystemError } from './folder-tree-fixture.ts';

export interface FaultyFolder {
  readonly path: string;
  /** Of every write: bytes in a second; undefined: at once. */
  bytesPerSecond: number | undefined;
  /** Files may have so many bytes together; more is answered with ENOSPC. */
  roomBytes: number;
  /** From now on writes are answered after the promise only. */
  stall(until: Promise<unknown>): void;
  /** What they have now. */
  usedBytes(): number;
  /** Names of all files, hidden ones included; folders end with `/`. */
  names(): string[];
  /** Whoever waits for it gets an error, and it is gone. Repeatable. */
  end(): Promise<void>;
}

/** Operations and structures: `include/uapi/linux/fuse.h` of Linux, version 7.31. */
const Operation = {
  lookup: 1,
  forget: 2,
  getAttr: 3,
  setAttr: 4,
  makeDir: 9,
  unlink: 10,
  removeDir: 11,
  rename: 12,
  link: 13,
  open: 14,
  read: 15,
  write: 16,
  statFs: 17,
  release: 18,
  fsync: 20,
  flush: 25,
  init: 26,
  openDir: 27,
  readDir: 28,
  releaseDir: 29,
  fsyncDir: 30,
  access: 34,
  create: 35,
  interrupt: 36,
  destroy: 38,
  forgetMany: 42,
  renameTo: 45,
} as const;

const headBytes = 40;
const mostWritten = 128 * 1024;
const directIo = 1;
/** Bits of `valid` in FUSE_SETATTR. */
const Changed = { mode: 1, uid: 2, gid: 4, size: 8 } as const;

interface Request {
  readonly operation: number;
  readonly unique: bigint;
  readonly node: number;
  readonly body: Buffer;
}

/** Mounts it on the folder, which is there and empty. */
export async function mountFaultyFolder(path: string): Promise<FaultyFolder> {
  const device = openSync('/dev/fuse', constants.O_RDWR);
  const tree = new FolderTree();
  let stalled: Promise<unknown> = Promise.resolve();
  /** When the next write may be answered. */
  let nextMs = 0;
  let ended = false;

  const folder: FaultyFolder = {
    path,
    bytesPerSecond: undefined,
    roomBytes: 1024 ** 3,
    stall(until) {
      stalled = until;
    },
    usedBytes: () => tree.bytes(),
    names: () => tree.names(),
    async end() {
      if (ended) return;
      ended = true;
      await exec('umount', ['--lazy', path], { okExitCodes: [0, 32] });
      closeSync(device);
    },
  };

  async function write(node: Node, offset: number, data: Buffer): Promise<void> {
    await stalled;
    const { bytesPerSecond } = folder;
    if (bytesPerSecond !== undefined) {
      nextMs = Math.max(nextMs, Date.now()) + (data.length / bytesPerSecond) * 1000;
      await delay(nextMs - Date.now());
    }
    const grows = Math.max(0, offset + data.length - node.size);
    if (tree.bytes() + grows > folder.roomBytes) throw new SystemError('ENOSPC');
    tree.write(node, offset, data);
  }

  async function answerTo({ operation, node: number, body }: Request): Promise<Buffer | undefined> {
    const node = tree.node(number);
    const word = (at: number) => body.readUInt32LE(at);
    const long = (at: number) => Number(body.readBigUInt64LE(at));
    const text = (at: number) => body.toString('utf8', at, body.indexOf(0, at));
    switch (operation) {
      case Operation.init:
        return initAnswer(body);
      case Operation.lookup:
        return entry(tree.lookUp(node, text(0)));
      case Operation.getAttr:
        return attributesAnswer(node);
      case Operation.setAttr: {
        const valid = word(0);
        if (valid & Changed.size) tree.resize(node, long(16));
        if (valid & Changed.mode) node.mode = (node.mode & 0o170000) | (word(68) & 0o7777);
        if (valid & Changed.uid) node.uid = word(76);
        if (valid & Changed.gid) node.gid = word(80);
        return attributesAnswer(node);
      }
      case Operation.makeDir:
        return entry(tree.add(node, text(8), 0o040000 | (word(0) & 0o7777)));
      case Operation.create: {
        const made = tree.add(node, text(16), 0o100000 | (word(4) & 0o7777));
        return Buffer.concat([entry(made), openAnswer(directIo)]);
      }
      case Operation.open:
        if (word(0) & constants.O_TRUNC) tree.resize(node, 0);
        return openAnswer(directIo);
      case Operation.openDir:
        return openAnswer(0);
      case Operation.read:
        return node.content.subarray(long(8), Math.min(node.size, long(8) + word(16)));
      case Operation.write: {
        const data = body.subarray(40, 40 + word(16));
        await write(node, long(8), data);
        const answer = Buffer.alloc(8);
        answer.writeUInt32LE(data.length, 0);
        return answer;
      }
      case Operation.readDir:
        return entries(node, long(8), word(16));
      case Operation.unlink:
      case Operation.removeDir:
        tree.remove(node, text(0));
        return Buffer.alloc(0);
      case Operation.rename:
      case Operation.renameTo: {
        const names = operation === Operation.rename ? 8 : 16;
        const from = text(names);
        const to = text(names + Buffer.byteLength(from) + 1);
        tree.rename(node, from, tree.node(long(0)), to);
        return Buffer.alloc(0);
      }
      case Operation.link:
        return entry(tree.link(tree.node(long(0)), node, text(8)));
      case Operation.statFs:
        return roomAnswer(folder.roomBytes, tree.bytes());
      case Operation.forget:
      case Operation.forgetMany:
      case Operation.interrupt:
        return undefined;
      case Operation.release:
      case Operation.releaseDir:
      case Operation.flush:
      case Operation.access:
      case Operation.destroy:
        return Buffer.alloc(0);
      case Operation.fsync:
      case Operation.fsyncDir:
        await stalled;
        return Buffer.alloc(0);
      default:
        throw new SystemError('ENOSYS');
    }
  }

  async function answer(request: Request): Promise<void> {
    const out = await answerTo(request).then(
      (body) => body && { error: 0, body },
      (error: unknown) => ({
        error: error instanceof SystemError ? -error.number : -5,
        body: Buffer.alloc(0),
      }),
    );
    if (!out || ended) return;
    const head = Buffer.alloc(16);
    head.writeUInt32LE(head.length + out.body.length, 0);
    head.writeInt32LE(out.error, 4);
    head.writeBigUInt64LE(request.unique, 8);
    try {
      writeSync(device, Buffer.concat([head, out.body]));
    } catch {
      // Nobody waits for it any more.
    }
  }

  async function serve(): Promise<void> {
    for (;;) {
      const buffer = Buffer.alloc(mostWritten + 4096);
      const got = await readDevice(device, buffer).catch((error: NodeJS.ErrnoException) =>
        error.code === 'EINTR' || error.code === 'EAGAIN' || error.code === 'ENOENT' ? 0 : -1,
      );
      if (got < 0 || ended) return;
      if (got < headBytes) continue;
      void answer({
        operation: buffer.readUInt32LE(4),
        unique: buffer.readBigUInt64LE(8),
        node: Number(buffer.readBigUInt64LE(16)),
        body: buffer.subarray(headBytes, got),
      });
    }
  }

  try {
    // `-i`: no program of FUSE is asked; the kernel takes the open device itself.
    const options = 'fd=3,rootmode=40000,user_id=0,group_id=0,allow_other';
    await exec('mount', ['-i', '-t', 'fuse', '-o', options, 'croft-faulty', path], { files: [device] });
  } catch (error) {
    closeSync(device);
    throw error;
  }
  void serve();
  return folder;
}

async function readDevice(device: number, buffer: Buffer): Promise<number> {
  const { bytesRead } = await promisify(read)(device, { buffer });
  return bytesRead;
}

function initAnswer(body: Buffer): Buffer {
  const answer = Buffer.alloc(64);
  answer.writeUInt32LE(7, 0);
  answer.writeUInt32LE(Math.min(31, body.readUInt32LE(4)), 4);
  answer.writeUInt32LE(body.readUInt32LE(8), 8);
  answer.writeUInt16LE(16, 16);
  answer.writeUInt16LE(12, 18);
  answer.writeUInt32LE(mostWritten, 20);
  answer.writeUInt32LE(1, 24);
  return answer;
}

function attributes({ number, size, mode, links, uid, gid }: Node): Buffer {
  const bytes = Buffer.alloc(88);
  bytes.writeBigUInt64LE(BigInt(number), 0);
  bytes.writeBigUInt64LE(BigInt(size), 8);
  bytes.writeBigUInt64LE(BigInt(Math.ceil(size / 512)), 16);
  const seconds = BigInt(Math.floor(Date.now() / 1000));
  for (const at of [24, 32, 40]) bytes.writeBigUInt64LE(seconds, at);
  for (const [index, word] of [mode, links, uid, gid, 0, 4096].entries())
    bytes.writeUInt32LE(word, 60 + index * 4);
  return bytes;
}

/** The kernel asks anew each time. */
const attributesAnswer = (node: Node) => Buffer.concat([Buffer.alloc(16), attributes(node)]);

function entry(node: Node): Buffer {
  const head = Buffer.alloc(40);
  head.writeBigUInt64LE(BigInt(node.number), 0);
  return Buffer.concat([head, attributes(node)]);
}

function openAnswer(flags: number): Buffer {
  const answer = Buffer.alloc(16);
  answer.writeUInt32LE(flags, 8);
  return answer;
}

function roomAnswer(roomBytes: number, usedBytes: number): Buffer {
  const answer = Buffer.alloc(80);
  const blocks = (bytes: number) => BigInt(Math.max(0, Math.floor(bytes / 4096)));
  const free = blocks(roomBytes - usedBytes);
  for (const [index, value] of [blocks(roomBytes), free, free, 1_000_000n, 1_000_000n].entries())
    answer.writeBigUInt64LE(value, index * 8);
  for (const [index, value] of [4096, 255, 4096].entries()) answer.writeUInt32LE(value, 40 + index * 4);
  return answer;
}

/** Names from the `offset`th on, as many as fit. */
function entries(node: Node, offset: number, mostBytes: number): Buffer {
  const parts: Buffer[] = [];
  let bytes = 0;
  for (const [index, [name, { number, mode }]] of [...node.children].entries()) {
    if (index < offset) continue;
    const length = Buffer.byteLength(name);
    const part = Buffer.alloc(Math.ceil((24 + length) / 8) * 8);
    part.writeBigUInt64LE(BigInt(number), 0);
    part.writeBigUInt64LE(BigInt(index + 1), 8);
    part.writeUInt32LE(length, 16);
    part.writeUInt32LE(mode >> 12, 20);
    part.write(name, 24);
    bytes += part.length;
    if (bytes > mostBytes) break;
    parts.push(part);
  }
  return Buffer.concat(parts);
}
