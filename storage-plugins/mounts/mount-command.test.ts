// What mount programs say when they fail, and the line of it that tells the cause.
import { expect, test } from 'vitest';
import { quietContext } from '../../server/core/work-context.ts';
import { readMountComplaint, runMount } from './mount-command.ts';

test.each([
  [
    'mount.nfs: access denied by server while mounting nas:/srv\n',
    'access denied by server while mounting nas:/srv',
  ],
  ['mount.nfs: Connection timed out\n', 'Connection timed out'],
  [
    'mount error(13): Permission denied\nRefer to the mount.cifs(8) manual page (e.g. man mount.cifs) and kernel log messages (dmesg)\n',
    'Permission denied',
  ],
  [
    'mount error(2): No such file or directory\nRefer to the mount.cifs(8) manual page (e.g. man mount.cifs) and kernel log messages (dmesg)\n',
    'No such file or directory',
  ],
  [
    'mount error: could not resolve address for nas: Unknown error\n',
    'could not resolve address for nas: Unknown error',
  ],
  [
    'mount: /mnt/croft/nas: bad option; for several filesystems (e.g. nfs, cifs) you might need a /sbin/mount.<type> helper program.\n       dmesg(1) may have more information after failed mount system call.\n',
    'its mount program or its file system is missing on this node',
  ],
  [
    "mount: /mnt/croft/nas: unknown filesystem type 'nfs'.\n",
    'its mount program or its file system is missing on this node',
  ],
  ['', 'no reason given'],
])('%j', (said, cause) => {
  expect(readMountComplaint(said)).toBe(cause);
});

test('whatever its exit code, a mount program that failed is the storage being unavailable', async () => {
  for (const exitCode of [1, 32, 64, 127]) {
    const failed = runMount(
      async (_file, _args, options) => {
        expect(options?.okExitCodes).toContain(exitCode);
        return { exitCode, stdout: '', stderr: 'mount.nfs: no\n' };
      },
      quietContext(),
      { type: 'nfs', source: 'nas:/srv', place: '/mnt/x', options: 'nosuid', intention: 'mount it' },
    );
    await expect(failed).rejects.toMatchObject({ code: 'unavailable', message: 'mount it: no' });
  }
});
