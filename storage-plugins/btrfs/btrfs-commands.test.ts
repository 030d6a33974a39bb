// What btrfs(8) prints, and which way the calls go when it is older or the kernel refuses.
import { describe, expect, test } from 'vitest';
import { AppError } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import { quietContext } from '../../server/core/work-context.ts';
import { createBtrfsCommands, isAtLeast, readReferenced } from './btrfs-commands.ts';

const context = quietContext();

/** Answers by the arguments' text: an exit code for those that match, 0 for others. */
function recorded(failing: RegExp): { exec: Exec; calls: string[] } {
  const calls: string[] = [];
  const exec: Exec = async (file, args, options) => {
    const call = [file, ...args].join(' ');
    calls.push(call);
    const exitCode = failing.test(call) ? 1 : 0;
    if (!(options?.okExitCodes ?? [0]).includes(exitCode))
      throw new AppError('command-failed', 'failed', { detail: 'ERROR: Disk quota exceeded' });
    return { exitCode, stdout: '', stderr: '' };
  };
  return { exec, calls };
}

describe('btrfs commands', () => {
  test('reads what counts against a limit', () => {
    const printed = `Qgroupid    Referenced    Exclusive   Path \n--------    ----------    ---------   ---- \n0/257         16793600     16793600   a\n`;
    expect(readReferenced(printed)).toBe(16_793_600);
    expect(readReferenced('')).toBe(0);
  });

  test.each([
    ['6.12.48+deb13-amd64', true],
    ['6.7.0', true],
    ['6.6.99', false],
    ['5.10.0-8', false],
    ['10.0', true],
    ['', false],
  ])('kernel %s has simple quotas: %s', (release, has) => {
    expect(isAtLeast(release, 6, 7)).toBe(has);
  });

  test('removes subvolumes with others inside as the program can', async () => {
    const plain = recorded(/nothing/);
    await createBtrfsCommands(plain.exec, async () => '').remove(context, '/s/trees/a');
    expect(plain.calls).toEqual(['btrfs subvolume delete /s/trees/a']);
    const nested = recorded(/delete \//);
    await createBtrfsCommands(nested.exec, async () => '').remove(context, '/s/trees/a');
    expect(nested.calls.at(-1)).toBe('btrfs subvolume delete --recursive /s/trees/a');
    const old = recorded(/delete/);
    await createBtrfsCommands(old.exec, async () => '').remove(context, '/s/trees/a');
    expect(old.calls.at(-1)).toBe('rm -rf -- /s/trees/a');
    const mounted = async () => '40 28 0:70 / /s/trees/a/mnt rw - ext4 /dev/vdb rw\n';
    const work = createBtrfsCommands(old.exec, mounted).remove(context, '/s/trees/a');
    await expect(work).rejects.toMatchObject({ code: 'busy' });
  });

  test('no space is told as such', async () => {
    const work = createBtrfsCommands(recorded(/create/).exec, async () => '').create(context, '/s/a');
    await expect(work).rejects.toMatchObject({ code: 'no-capacity' });
  });
});
