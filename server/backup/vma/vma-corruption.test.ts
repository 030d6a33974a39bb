// Every byte of a small archive changed in turn, and the archive cut at every length: what is seen, and what cannot be.
import { expect, it } from 'vitest';
import { archiveOf, cluster, extentStarts, imageWith, outcomeOf, refusal } from './vma-fixture.ts';
import type { VmaPiece } from './vma-reader.ts';

// Three stored blocks, one in a second extent; the last one of each disk goes over the end of its disk.
const archive = await archiveOf({
  'drive-scsi0': imageWith(60 * cluster + 512, [3, 960]),
  'drive-tpmstate0-backup': imageWith(4096 + 512, [1]),
});
const [first, second] = extentStarts(archive) as [number, number];

/** Of each stored block: where it stands, which disk it belongs to, where, and how much of it is the disk's. */
const blocks = [
  { at: first + 512, device: 'drive-scsi0', offset: 3 * 4096, bytes: 4096 },
  { at: second + 512, device: 'drive-scsi0', offset: 960 * 4096, bytes: 512 },
  { at: second + 512 + 4096, device: 'drive-tpmstate0-backup', offset: 4096, bytes: 512 },
];
const minutes = 60_000;

interface Content {
  readonly device: string;
  readonly offset: number;
  /** One character for each byte. */
  readonly data?: string;
  readonly zeros?: number;
}

/** The stored bytes by their place, and the zeros. */
function contents(pieces: readonly VmaPiece[]): readonly Content[] {
  return pieces.map((piece) =>
    piece.kind === 'data'
      ? { device: piece.device.name, offset: piece.offset, data: Buffer.from(piece.data).toString('latin1') }
      : { device: piece.device.name, offset: piece.offset, zeros: piece.bytes },
  );
}

async function whole(changed: Buffer) {
  const outcome = await outcomeOf(changed);
  if (typeof outcome === 'string') throw new Error(outcome);
  return { header: outcome.header, contents: contents(outcome.pieces) };
}

it('the archive is as this test thinks', async () => {
  const read = await whole(archive);
  const stored = read.contents.filter((content) => 'data' in content);
  expect(stored.map(({ device, offset, data }) => [device, offset, data!.length])).toEqual(
    blocks.map(({ device, offset, bytes }) => [device, offset, bytes]),
  );
  expect(archive.length).toBe(second + 512 + 2 * 4096);
});

it(
  'a change of any byte is refused, except in stored blocks, where exactly that byte differs',
  async () => {
    const { header, contents: before } = await whole(archive);
    const accepted: number[] = [];
    const changed = Buffer.from(archive);
    for (let at = 0; at < archive.length; at++) {
      changed[at] = archive[at]! ^ (1 << (at % 8));
      const outcome = await outcomeOf(changed);
      if (typeof outcome !== 'string') {
        accepted.push(at);
        expect(outcome.header).toEqual(header);
        expect(contents(outcome.pieces)).toEqual(withByte(before, at, changed[at]!));
      }
      changed[at] = archive[at]!;
    }
    const inBlocks = blocks.flatMap(({ at }) => Array.from({ length: 4096 }, (_, byte) => at + byte));
    expect(accepted).toEqual(inBlocks);
  },
  2 * minutes,
);

/** What has to come when byte `at` of the archive, in a stored block, is changed. Behind the end of a disk: the same. */
function withByte(before: readonly Content[], at: number, byte: number): readonly Content[] {
  const block = blocks.find((candidate) => at >= candidate.at && at < candidate.at + 4096)!;
  const within = at - block.at;
  if (within >= block.bytes) return before;
  return before.map((content) => {
    if (content.device !== block.device || content.offset !== block.offset) return content;
    const data = content.data!;
    return { ...content, data: data.slice(0, within) + String.fromCharCode(byte) + data.slice(within + 1) };
  });
}

it(
  'an archive cut at any length is refused, naming that length',
  async () => {
    for (let length = 0; length < archive.length; length++) {
      const message = await refusal(archive.subarray(0, length));
      if (!message.includes(`cut off at byte ${length}:`)) throw new Error(`${length}: ${message}`);
    }
  },
  2 * minutes,
);
