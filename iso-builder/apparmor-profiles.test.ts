// Which AppArmor profiles the image does without.
import { expect, test } from 'vitest';
import { isIdle } from './apparmor-profiles.ts';

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
