// Which AppArmor profiles the image does without, and how the others are compiled.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Exec } from '../server/core/exec.ts';
import { compileProfiles, isIdle } from './apparmor-profiles.ts';

const has =
  (...paths: string[]) =>
  (path: string) =>
    paths.includes(path);

test('a profile of a program that is not there is idle', () => {
  const text = 'abi <abi/4.0>,\n\nprofile geary /usr/bin/geary flags=(unconfined) {\n  userns,\n}\n';
  expect(isIdle(text, has())).toBe(true);
  expect(isIdle(text, has('/usr/bin/geary'))).toBe(false);
});

test('alternatives and patterns are looked for by what is fixed', () => {
  const text = 'profile virt-aa-helper /usr/{lib,lib64}/libvirt/virt-aa-helper {\n}\n';
  expect(isIdle(text, has('/usr/lib64/libvirt/virt-aa-helper'))).toBe(false);
  expect(isIdle(text, has())).toBe(true);
  expect(isIdle('profile x /opt/brave/*/brave flags=(unconfined) {\n}\n', has('/opt/brave'))).toBe(false);
  expect(isIdle('profile x /opt/brave/*/brave flags=(unconfined) {\n}\n', has('/opt'))).toBe(true);
});

test('a profile without a program, or with a variable, stays', () => {
  expect(isIdle('profile lxc-container-default flags=(attach_disconnected) {\n}\n', has())).toBe(false);
  expect(isIdle('profile x @{bin}/x {\n}\n', has())).toBe(false);
  expect(isIdle('#include <tunables/global>\n', has())).toBe(false);
});

test.each([true, false])(
  'compiling (without a fault: %s) leaves no mount and no file but the cache',
  async (good) => {
    const root = mkdtempSync(join(tmpdir(), 'profiles-'));
    mkdirSync(join(root, 'run'));
    mkdirSync(join(root, 'var/cache/apparmor/old.0'), { recursive: true });
    const commands: string[] = [];
    const exec: Exec = async (file, args) => {
      commands.push([file, ...args].join(' ').replaceAll(root, ''));
      if (file === 'setarch') {
        expect(existsSync(join(root, 'var/cache/apparmor/old.0'))).toBe(false);
        expect(readFileSync(join(root, 'run/kernel-features'), 'utf8')).toBe('caps {}\n');
        if (!good) throw new Error('syntax error');
        writeFileSync(join(root, 'var/cache/apparmor/new'), '');
      }
      return { exitCode: 0, stdout: '', stderr: '' };
    };
    const compiled = compileProfiles(exec, root, 'caps {}\n');
    if (good) await compiled;
    else await expect(compiled).rejects.toThrow('syntax error');
    expect(commands).toEqual([
      'mount -t proc proc /proc',
      // The same addresses and one job: otherwise no two builds are alike.
      'setarch --addr-no-randomize chroot  /sbin/apparmor_parser --jobs 1 --kernel-features /run/kernel-features' +
        ' --write-cache --skip-kernel-load /etc/apparmor.d',
      'umount /proc',
    ]);
    expect(existsSync(join(root, 'run/kernel-features'))).toBe(false);
    rmSync(root, { recursive: true });
  },
);
