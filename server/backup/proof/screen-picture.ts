// Pictures of screens: read from what the hypervisor sends (PPM or PNG), compared, and written as PNG. Pure; what is read is bounded.
import { setImmediate as turn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { crc32, deflate, inflate } from 'node:zlib';
import { AppError } from '../../core/errors.ts';

const pack = promisify(deflate);
const unpack = promisify<Buffer, { maxOutputLength: number }, Buffer>(inflate);

/** Three bytes a pixel: red, green, blue. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** Pixels: 8K. */
const mostPixels = 7680 * 4320;
const pngHead = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Rows that are read before other work has its turn. */
const rowsAtOnce = 128;
/** Pixels of a picture that are looked at: of large ones every so many. */
const mostCompared = 400_000;
/** Of 255: what differs by less in each colour looks the same. */
const tolerance = 24;

/** `unsupported` for what is neither, or of a sort that no hypervisor sends. */
export async function readPicture(data: Uint8Array): Promise<Picture> {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  try {
    return bytes.subarray(0, 8).equals(pngHead) ? await readPng(bytes) : readPpm(bytes);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw unreadable('it is damaged', error);
  }
}

function unreadable(why: string, cause?: unknown): AppError {
  return new AppError('unsupported', `the picture of the screen cannot be read: ${why}`, { cause });
}

function requireSize(width: number, height: number): void {
  if (!(width > 0 && height > 0 && width * height <= mostPixels)) throw unreadable('its size is none');
}

/** `P6`, width, height, 255, each followed by white space; then the pixels. */
function readPpm(bytes: Buffer): Picture {
  const match = /^P6\s+(\d{1,6})\s+(\d{1,6})\s+255\s/.exec(bytes.toString('latin1', 0, 64));
  if (!match) throw unreadable('it is neither PPM nor PNG');
  const [width, height] = [Number(match[1]), Number(match[2])];
  requireSize(width, height);
  const pixels = bytes.subarray(match[0].length, match[0].length + width * height * 3);
  if (pixels.length < width * height * 3) throw unreadable('it ends too early');
  return { width, height, pixels };
}

/** By the PNG specification (W3C): 8 bits a channel, grey, RGB or RGBA, not interlaced; checksums are not looked at. */
async function readPng(bytes: Buffer): Promise<Picture> {
  let head: { width: number; height: number; channels: number } | undefined;
  const data: Buffer[] = [];
  for (let at = 8; at + 8 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    const content = bytes.subarray(at + 8, at + 8 + length);
    if (type === 'IHDR') head = readPngHead(content);
    else if (type === 'IDAT') data.push(content);
    else if (type === 'IEND') break;
    at += 12 + length;
  }
  if (!head) throw unreadable('it has no head');
  const { width, height, channels } = head;
  const rowBytes = width * channels;
  const packed = await unpack(Buffer.concat(data), { maxOutputLength: (rowBytes + 1) * height });
  if (packed.length < (rowBytes + 1) * height) throw unreadable('it ends too early');
  const raw = await unfilter(packed, height, rowBytes, channels);
  return { width, height, pixels: channels === 3 ? raw : toColours(raw, channels) };
}

function readPngHead(content: Buffer) {
  const [width, height] = [content.readUInt32BE(0), content.readUInt32BE(4)];
  requireSize(width, height);
  const channels = { 0: 1, 2: 3, 6: 4 }[content[9] ?? 1];
  if (content[8] !== 8 || channels === undefined || content[12] !== 0)
    throw unreadable('its way of keeping colours is not known here');
  return { width, height, channels };
}

/** Each row begins with how it is told: by itself, or by what it differs from. */
async function unfilter(
  packed: Buffer,
  height: number,
  rowBytes: number,
  channels: number,
): Promise<Uint8Array> {
  const out = new Uint8Array(rowBytes * height);
  for (let row = 0; row < height; row += 1) {
    if (row % rowsAtOnce === rowsAtOnce - 1) await turn();
    const filter = packed[row * (rowBytes + 1)] ?? 0;
    if (filter > 4) throw unreadable('a row has no known filter');
    for (let i = 0; i < rowBytes; i += 1) {
      const at = row * rowBytes + i;
      const left = i >= channels ? out[at - channels]! : 0;
      const up = row > 0 ? out[at - rowBytes]! : 0;
      const corner = i >= channels && row > 0 ? out[at - rowBytes - channels]! : 0;
      out[at] = packed[row * (rowBytes + 1) + 1 + i]! + predicted(filter, left, up, corner);
    }
  }
  return out;
}

function predicted(filter: number, left: number, up: number, corner: number): number {
  if (filter === 0) return 0;
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

function toColours(raw: Uint8Array, channels: number): Uint8Array {
  const out = new Uint8Array((raw.length / channels) * 3);
  for (let pixel = 0; pixel * channels < raw.length; pixel += 1)
    for (let colour = 0; colour < 3; colour += 1)
      out[pixel * 3 + colour] = raw[pixel * channels + (channels === 1 ? 0 : colour)]!;
  return out;
}

/** Without filters; screens of text pack well all the same. */
export async function renderPng({ width, height, pixels }: Picture): Promise<Buffer> {
  const rows = Buffer.alloc((width * 3 + 1) * height);
  for (let row = 0; row < height; row += 1)
    rows.set(pixels.subarray(row * width * 3, (row + 1) * width * 3), row * (width * 3 + 1) + 1);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    pngHead,
    ...[chunk('IHDR', head), chunk('IDAT', await pack(rows)), chunk('IEND', Buffer.alloc(0))],
  ]);
}

function chunk(type: string, content: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}

/** The share of pixels that differ, 0 to 1; 1 for pictures of different sizes. */
export function differingShare(a: Picture, b: Picture): number {
  if (a.width !== b.width || a.height !== b.height) return 1;
  let [differing, seen] = [0, 0];
  for (let at = 0; at < a.pixels.length; at += stepOf(a)) {
    seen += 1;
    if (differs(a.pixels, b.pixels, at)) differing += 1;
  }
  return differing / seen;
}

/** Of what `before` shows on its background: the share that is there no more, 0 to 1. Of a blank picture nothing is gone. */
export function goneShare(before: Picture, now: Picture): number {
  const ground = backgroundOf(before);
  let [shown, gone] = [0, 0];
  for (let at = 0; at < before.pixels.length; at += stepOf(before)) {
    if (!differs(before.pixels, ground, at, 0)) continue;
    shown += 1;
    if (before.width !== now.width || before.height !== now.height || differs(before.pixels, now.pixels, at))
      gone += 1;
  }
  return shown === 0 ? 0 : gone / shown;
}

/** Is there nothing to see? */
export function isBlank(picture: Picture): boolean {
  const ground = backgroundOf(picture);
  for (let at = 0; at < picture.pixels.length; at += stepOf(picture))
    if (differs(picture.pixels, ground, at, 0)) return false;
  return true;
}

/** Bytes from one pixel that is looked at to the next. Odd numbers of pixels: no column of a usual width is looked at alone. */
function stepOf({ width, height }: Picture): number {
  return 3 * (Math.floor((width * height) / mostCompared / 2) * 2 + 1);
}

/** The most frequent of the colours of some pixels all over it. */
function backgroundOf({ pixels }: Picture): Uint8Array {
  const counts = new Map<number, number>();
  const step = Math.max(1, Math.floor(pixels.length / 3 / 2000));
  for (let pixel = 0; pixel * 3 < pixels.length; pixel += step) {
    const at = pixel * 3;
    const colour = (pixels[at]! << 16) | (pixels[at + 1]! << 8) | pixels[at + 2]!;
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const [colour = 0] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [];
  return Uint8Array.of(colour >> 16, (colour >> 8) & 255, colour & 255);
}

function differs(a: Uint8Array, b: Uint8Array, at: number, inB = at): boolean {
  for (let colour = 0; colour < 3; colour += 1)
    if (Math.abs(a[at + colour]! - b[inB + colour]!) > tolerance) return true;
  return false;
}
