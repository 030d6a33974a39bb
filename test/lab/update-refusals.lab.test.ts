// What is no update for this machine is refused with a reason, and leaves its slots and its system partition as they were.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { copyFileSync, mkdirSync, rmSync, truncateSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { applianceOf, sendUpdate } from './appliance-steps.ts';
import { withLab } from './fixture.ts';
import { findIso, type IsoImage } from './iso-image.ts';
import { workFolder } from './lab-cache.ts';
import { manifestOf, originalUpdate, writeVariant } from './make-update.ts';
import type { LabNode } from './node.ts';

const minute = 60_000;

interface Refusal {
  readonly what: string;
  readonly text: RegExp;
  /** Writes the file to send, from a copy of the genuine update that is there already. */
  readonly spoil: (iso: IsoImage, path: string) => Promise<void> | void;
}

const refusals: readonly Refusal[] = [
  {
    what: 'one changed letter in the signature',
    text: /bad signature/,
    // A character of the base64 text's middle.
    spoil: async (_iso, path) =>
      flip(path, await memberAt(path, 'manifest.sig', 40), (byte) => (byte === 65 ? 66 : 65)),
  },
  {
    what: 'one changed letter in the manifest',
    text: /bad signature/,
    spoil: async (_iso, path) => flip(path, await memberAt(path, 'manifest.json', 40), (byte) => byte ^ 1),
  },
  {
    what: 'a file that is cut off',
    text: /cut off/,
    spoil: (_iso, path) => truncateSync(path, 200 * 1024 ** 2),
  },
  {
    what: 'a flipped bit inside the image',
    text: /damaged: the content of filesystem\.squashfs is not what was signed/,
    spoil: async (_iso, path) =>
      flip(path, await memberAt(path, 'filesystem.squashfs', 100 * 1024 ** 2), (byte) => byte ^ 1),
  },
  {
    what: 'an ISO',
    text: /not an update file/,
    spoil: (iso, path) => copyFileSync(iso.path, path),
  },
  {
    what: 'an image of another product',
    text: /this image is for 'other', not for 'croft'/,
    spoil: (iso, path) =>
      writeVariant(iso, path, { manifest: (manifest) => ({ ...manifest, product: 'other' }) }),
  },
  {
    what: 'a manifest signed by another key',
    text: /signed by a key that this system does not trust/,
    spoil: (iso, path) =>
      writeVariant(iso, path, {
        key: generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      }),
  },
  {
    what: 'an image that knows only an older state',
    text: /cannot read this machine's state: it knows layout 0, the state has 1/,
    spoil: (iso, path) =>
      writeVariant(iso, path, {
        manifest: (manifest) => ({ ...manifest, stateSchema: manifestOf(iso).stateSchema - 1 }),
      }),
  },
];

it('refuses what is no update for this machine, and stays as it was', { timeout: 40 * minute }, async () => {
  const iso = await findIso();
  const original = await originalUpdate(iso);
  const folder = workFolder('update-refusals');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  try {
    await withLab(1, async ([node]) => {
      // Once with an empty slot, then with one that must stay whole.
      await refuses(node!, { iso, folder, original: original.path }, refusals[3]!);
      await sendUpdate(node!, original);
      for (const refusal of refusals) await refuses(node!, { iso, folder, original: original.path }, refusal);
      // The machine takes updates still.
      await sendUpdate(node!, original);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

interface Files {
  readonly iso: IsoImage;
  /** Where what is sent is made. */
  readonly folder: string;
  readonly original: string;
}

async function refuses(node: LabNode, { iso, folder, original }: Files, refusal: Refusal): Promise<void> {
  // A file of its own: what was refused at its first bytes is still being sent.
  const path = join(folder, `${randomUUID()}.update`);
  copyFileSync(original, path);
  await refusal.spoil(iso, path);
  const before = await traces(node);
  await expect(sendUpdate(node, { path }), refusal.what).rejects.toThrow(refusal.text);
  expect(await traces(node), refusal.what).toEqual(before);
  // Of itself a refused file says nothing about the running system.
  expect((await applianceOf(node)).warnings, refusal.what).toEqual([]);
  rmSync(path);
  process.stderr.write(`lab update: refused: ${refusal.what}\n`);
}

/** All that an update may touch: the slots' files, how the partition is mounted, what boots, what the status says. */
async function traces(node: LabNode): Promise<object> {
  const { slot = 'A', slots, last } = await applianceOf(node);
  const system = '/run/croft-boot/system';
  const mounted = await node.ssh.output(['findmnt', '--noheadings', '-o', 'FS-OPTIONS', system]);
  const files = await node.ssh.script(
    `cd ${system} && find . ! -name lost+found -printf '%p %s %i %C@\\n' | sort`,
  );
  const listed = files.stdout.trim().split('\n');
  expect(mounted).toMatch(/^ro\b/);
  expect(listed.filter((line) => /\.(new|old)\b/.test(line))).toEqual([]);
  expect(listed.some((line) => line.startsWith(`./${slot}/filesystem.squashfs `))).toBe(true);
  return {
    slot,
    slots,
    last,
    listed: listed.filter((line) => !line.startsWith('. ')),
  };
}

async function flip(path: string, at: number, change: (byte: number) => number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
    await file.write(Buffer.from([change(buffer[0]!)]), 0, 1, at);
  } finally {
    await file.close();
  }
}

/** Where in a tar a byte of a member is: headers of 512 bytes, the size in octal at byte 124 (POSIX ustar). */
async function memberAt(path: string, wanted: string, offset: number): Promise<number> {
  const file = await open(path);
  try {
    for (let at = 0; ; ) {
      const { buffer } = await file.read(Buffer.alloc(512), 0, 512, at);
      const name = buffer.toString('latin1', 0, 100).replace(/\0.*$/s, '');
      if (name === '') throw new Error(`${path} has no member ${wanted}`);
      if (name === wanted) return at + 512 + offset;
      at += 512 + Math.ceil(Number.parseInt(buffer.toString('latin1', 124, 135), 8) / 512) * 512;
    }
  } finally {
    await file.close();
  }
}
