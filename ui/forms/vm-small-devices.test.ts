// Small devices of VMs: what forms make is what the contract takes.
import { expect, test } from 'vitest';
import { efiDiskString as efiCodec, tpmStateString } from '../../server/contract/qemu-disk-strings.ts';
import * as strings from '../../server/contract/qemu-strings.ts';
import { parseProperties } from './property-string.ts';
import {
  audioDevices,
  audioString,
  checkRng,
  checkStorage,
  efiDiskString,
  readAudio,
  readRng,
  readWatchdog,
  rngSources,
  rngString,
  tpmString,
  watchdogActions,
  watchdogModels,
  watchdogString,
} from './vm-small-devices.ts';

test('all that can be chosen is taken, and read back as it was chosen', () => {
  for (const source of rngSources) {
    const form = { source, bytes: '0', period: '50' };
    expect(checkRng(form)).toEqual({});
    expect(strings.rngString.parse(rngString(form))).toMatchObject({ ok: true });
    expect(readRng(parseProperties(rngString(form)))).toEqual(form);
  }
  for (const model of watchdogModels)
    for (const action of watchdogActions) {
      expect(strings.watchdogString.parse(watchdogString({ model, action }))).toMatchObject({ ok: true });
      expect(readWatchdog(parseProperties(watchdogString({ model, action })))).toEqual({ model, action });
    }
  for (const device of audioDevices) {
    const text = audioString({ device }, parseProperties(''));
    expect(strings.audioString.parse(text)).toMatchObject({ ok: true });
    expect(readAudio(parseProperties(text))).toEqual({ device });
  }
});

test('short forms are read', () => {
  expect(readRng(parseProperties('/dev/random'))).toEqual({
    source: '/dev/random',
    bytes: '1024',
    period: '1000',
  });
  expect(readWatchdog(parseProperties('ib700'))).toEqual({ model: 'ib700', action: 'reset' });
  expect(audioString({ device: 'AC97' }, parseProperties('device=intel-hda,driver=spice'))).toBe(
    'device=AC97,driver=none',
  );
});

test('a random source needs numbers, a volume a storage', () => {
  expect(checkRng({ source: '/dev/urandom', bytes: 'x', period: '0' })).toEqual({
    bytes: 'bytes',
    period: 'number',
  });
  expect(checkStorage({ storage: '' })).toEqual({ storage: 'required' });
  expect(checkStorage({ storage: 'local' })).toEqual({});
});

test('volumes of the firmware and of the TPM', () => {
  expect(efiDiskString({ storage: 'local', keys: true })).toBe('local:1,efitype=4m,pre-enrolled-keys=1');
  for (const keys of [true, false])
    expect(efiCodec.parse(efiDiskString({ storage: 'local', keys }))).toMatchObject({ ok: true });
  for (const version of ['v1.2', 'v2.0'] as const)
    expect(tpmStateString.parse(tpmString({ storage: 'local', version }))).toMatchObject({ ok: true });
});
