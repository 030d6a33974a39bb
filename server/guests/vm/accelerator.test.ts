// The verdict on KVM: what counts as proof, and what is told when there is none.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../core/errors.ts';
import type { Exec } from '../../core/exec.ts';
import { acceleratorCacheKey, detectAccelerator, probeArguments } from './accelerator.ts';

let dir: string;
let device: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'croft-accel-'));
  device = join(dir, 'kvm');
  await writeFile(device, '');
  await writeFile(join(dir, 'vmlinuz-6.12-amd64'), '');
  await writeFile(join(dir, 'vmlinuz-6.1-amd64'), '');
});
afterAll(() => rm(dir, { recursive: true }));

/** What Debian's kernel writes on its serial port without a disk (shortened). */
const booted = `[    0.000000] Linux version 6.1.0-18-amd64 (debian-kernel@lists.debian.org)
[    0.000000] Command line: console=ttyS0 panic=-1
[    0.9] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)
`;

const answering =
  (stdout: string): Exec =>
  async (file, args) => {
    expect(file).toBe('qemu-system-x86_64');
    expect(args).toContain('kvm');
    return { exitCode: 0, stdout, stderr: '' };
  };
const failing =
  (code: ConstructorParameters<typeof AppError>[0]): Exec =>
  async () => {
    throw new AppError(code, 'recorded');
  };

describe('detectAccelerator', () => {
  it('says kvm when a kernel booted to its panic', async () => {
    const verdict = await detectAccelerator(answering(booted), { device, bootDir: dir });
    expect(verdict.accelerator).toBe('kvm');
  });

  it.each([
    ['a kernel that says nothing', answering('')],
    ['a kernel that stops half-way', answering('[    0.000000] Linux version 6.1.0-18-amd64\n')],
    ['a kernel that hangs', failing('timeout')],
    ['QEMU that aborts', failing('command-failed')],
    ['no QEMU', failing('unavailable')],
  ])('says tcg for %s', async (_what, exec) => {
    const verdict = await detectAccelerator(exec, { device, bootDir: dir });
    expect(verdict.accelerator).toBe('tcg');
    expect(verdict.reason).toMatch(/virtualization/);
  });

  it('a kernel that ends too early is booted again, up to three times', async () => {
    const verdictAfter = async (outputs: string[]) => {
      let boots = 0;
      const exec: Exec = async (file, args) => {
        boots += 1;
        return await answering(outputs[boots - 1] ?? '')(file, args);
      };
      return { ...(await detectAccelerator(exec, { device, bootDir: dir })), boots };
    };
    expect(await verdictAfter(['', booted])).toMatchObject({ accelerator: 'kvm', boots: 2 });
    expect(await verdictAfter(['', '', '', booted])).toMatchObject({ accelerator: 'tcg', boots: 3 });
  });

  it('does not start QEMU without the device or without a kernel', async () => {
    const never: Exec = () => Promise.reject(new Error('QEMU was started'));
    const noDevice = await detectAccelerator(never, { device: join(dir, 'none'), bootDir: dir });
    expect(noDevice).toMatchObject({ accelerator: 'tcg', reason: expect.stringContaining('firmware') });
    const noKernel = await detectAccelerator(never, { device, bootDir: join(dir, 'none') });
    expect(noKernel).toMatchObject({
      accelerator: 'tcg',
      reason: expect.stringContaining('no Linux kernel'),
    });
  });

  it('passes a cancellation on', async () => {
    await expect(detectAccelerator(failing('cancelled'), { device, bootDir: dir })).rejects.toMatchObject({
      code: 'cancelled',
    });
  });

  it('boots the kernel it was given', () => {
    expect(probeArguments('/k')).toEqual(expect.arrayContaining(['-kernel', '/k', '-no-reboot']));
  });
});

describe('acceleratorCacheKey', () => {
  it('changes with QEMU and with the device', async () => {
    const version =
      (text: string): Exec =>
      async () => ({ exitCode: 0, stdout: text, stderr: '' });
    const options = { device, bootDir: dir };
    const key = await acceleratorCacheKey(version('QEMU emulator version 7.2.22\nmore'), options);
    expect(key).toContain('7.2.22');
    expect(await acceleratorCacheKey(version('QEMU emulator version 10.0'), options)).not.toBe(key);
    const without = await acceleratorCacheKey(version('QEMU emulator version 7.2.22\nmore'), {
      ...options,
      device: join(dir, 'none'),
    });
    expect(without).not.toBe(key);
  });
});
