// Machine types and screens of VMs: what forms make is what the contract takes, and what they do not know stays.
import { expect, test } from 'vitest';
import { machineString as machineCodec, vgaString } from '../../server/contract/qemu-strings.ts';
import {
  checkMachine,
  checkScreen,
  machineString,
  madeWith,
  readMachine,
  readScreen,
  screenString,
} from './vm-machine.ts';

test.each([
  ['', 'pc', '', ''],
  ['q35', 'q35', '', ''],
  ['q35,viommu=intel,aw-bits=48', 'q35', '', 'intel'],
  ['type=pc-q35-8.1+pve0', 'q35', '8.1', ''],
  ['pc-i440fx-7.2,enable-s3=1', 'pc', '7.2', ''],
  ['pc-6.0', 'pc', '6.0', ''],
])('%s is a %s of %s, and stays as it is when nothing is changed', (text, family, version, viommu) => {
  expect(readMachine(text)).toEqual({ family, version, viommu });
  if (text !== '') expect(machineString(readMachine(text), text)).toBe(text);
});

test('a machine that is pinned, set free, changed', () => {
  for (const [form, before, text] of [
    [{ family: 'q35', version: ' 8.2' }, '', 'pc-q35-8.2'],
    [{ family: 'pc', version: '7.2' }, 'q35', 'pc-i440fx-7.2'],
    [{ family: 'q35', version: '' }, 'pc-q35-8.1+pve0,enable-s4=0', 'q35,enable-s4=0'],
    [{ family: 'q35', version: '', viommu: 'virtio' }, 'q35,viommu=intel,aw-bits=48', 'q35,viommu=virtio'],
    [{ family: 'q35', version: '8.1', viommu: 'intel' }, 'pc-q35-8.1+pve0', 'pc-q35-8.1+pve0,viommu=intel'],
    [{ family: 'pc', version: '', viommu: 'intel' }, 'q35,viommu=intel', 'pc'],
    [{ family: 'q35', version: '9.0' }, 'type=q35,enable-s4=0', 'pc-q35-9.0,enable-s4=0'],
  ] as const) {
    expect(machineString({ viommu: '', ...form }, before)).toBe(text);
    expect(machineCodec.parse(text)).toMatchObject({ ok: true });
  }
  const check = (version: string) => checkMachine({ version });
  for (const version of ['', '8.2', '10.0']) expect(check(version), version).toEqual({});
  for (const version of ['8', '8.2.1', 'x', '8.2,viommu=intel'])
    expect(check(version), version).toEqual({ version: 'version' });
  expect(madeWith('creation-qemu=7.2.22,ctime=1')).toBe('7.2');
  expect(madeWith(undefined)).toBeUndefined();
});

test('a screen with memory of its own', () => {
  expect(readScreen('')).toEqual({ type: 'std', memory: '', clipboard: false });
  expect(screenString({ type: 'qxl', memory: ' 64 ', clipboard: true }, 'std,clipboard=vnc')).toBe(
    'qxl,clipboard=vnc,memory=64',
  );
  expect(
    screenString({ type: 'serial0', memory: '64', clipboard: true }, 'type=std,memory=32,clipboard=vnc'),
  ).toBe('serial0');
  expect(screenString({ ...readScreen('std,clipboard=vnc'), clipboard: false }, 'std,clipboard=vnc')).toBe(
    'std',
  );
  expect(vgaString.parse('qxl,clipboard=vnc,memory=64')).toMatchObject({ ok: true });
  for (const memory of ['', '4', '512']) expect(checkScreen({ type: 'std', memory }), memory).toEqual({});
  for (const memory of ['3', '513', 'x'])
    expect(checkScreen({ type: 'std', memory }), memory).toEqual({ memory: 'screenMemory' });
  // Where it cannot be chosen it counts for nothing.
  expect(checkScreen({ type: 'virtio', memory: 'x' })).toEqual({});
});
