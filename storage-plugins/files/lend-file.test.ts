// Lending a file on what keeps owners, and on what does not.
import { expect, test } from 'vitest';
import { lendFile } from './lend-file.ts';
import { sandboxId } from './sandbox.ts';

interface Kept {
  uid: number;
  mode: number;
}

/** A file whose server does with a new owner what `onChown` does. */
function fileOn(kept: Kept, onChown: (uid: number) => void) {
  const owners: number[] = [];
  return {
    owners,
    file: {
      stat: async () => ({ ...kept, gid: 0 }) as never,
      chown: async (uid: number) => {
        owners.push(uid);
        onChown(uid);
      },
    },
  };
}

const refusing = () => {
  throw Object.assign(new Error('EPERM: operation not permitted, fchown'), { code: 'EPERM' });
};

test('what keeps owners has the confined user for a while', async () => {
  const kept = { uid: 64_055, mode: 0o100600 };
  const { file, owners } = fileOn(kept, (uid) => {
    kept.uid = uid;
  });
  const takeBack = await lendFile(file, true);
  expect(kept.uid).toBe(sandboxId);
  await takeBack();
  expect(owners).toEqual([sandboxId, 64_055]);
});

test.each([
  ['an SMB server takes no owner and says nothing', () => {}],
  ['an NFS server refuses one', refusing],
])('%s: what everybody may open will do, the rest is told beforehand', async (_what, onChown) => {
  const open = fileOn({ uid: 64_055, mode: 0o100666 }, onChown);
  await (await lendFile(open.file, true))();
  expect(open.owners).toEqual([sandboxId]);
  for (const mode of [0o100600, 0o100644, 0o100660])
    await expect(lendFile(fileOn({ uid: 64_055, mode }, onChown).file, true)).rejects.toThrow(
      /file_mode=0666/,
    );
});

test('whose it is already needs nothing, nor does who is not root', async () => {
  const squashed = fileOn({ uid: sandboxId, mode: 0o100600 }, refusing);
  await (await lendFile(squashed.file, true))();
  const own = fileOn({ uid: 1000, mode: 0o100600 }, refusing);
  await (await lendFile(own.file, false))();
  expect([...squashed.owners, ...own.owners]).toEqual([]);
});
