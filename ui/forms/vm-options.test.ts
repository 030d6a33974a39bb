// A VM's options: what forms make is what the contract takes, and what they do not know stays.
import { describe, expect, it, test } from 'vitest';
import * as strings from '../../server/contract/qemu-strings.ts';
import { readSmbios as serverReads } from '../../server/guests/config/smbios.ts';
import {
  agentString,
  checkSmbios,
  hotPlugText,
  readAgent,
  readHotPlug,
  readSmbios,
  type SmbiosForm,
  smbiosString,
} from './vm-options.ts';

test('hot-plug goes to and fro; the usual is not written down', () => {
  expect(readHotPlug('')).toEqual(['network', 'disk', 'usb']);
  expect(readHotPlug('1')).toEqual(['network', 'disk', 'usb']);
  expect(readHotPlug('0')).toEqual([]);
  expect(readHotPlug('cpu,disk')).toEqual(['disk', 'cpu']);
  expect(hotPlugText(['usb', 'network', 'disk'])).toBeUndefined();
  expect(hotPlugText([])).toBe('0');
  expect(hotPlugText(['cloudinit', 'network'])).toBe('network,cloudinit');
});

test.each([
  ['1', { enabled: true, freeze: true, trim: false }, 'enabled=1'],
  [
    'enabled=1,fstrim_cloned_disks=1',
    { enabled: true, freeze: true, trim: true },
    'enabled=1,fstrim_cloned_disks=1',
  ],
  ['enabled=1,guest-fsfreeze=0', { enabled: true, freeze: false, trim: false }, 'enabled=1,freeze-fs=0'],
  ['1,type=isa', { enabled: true, freeze: true, trim: false }, 'type=isa,enabled=1'],
  ['', { enabled: false, freeze: true, trim: false }, undefined],
])('the agent %s', (text, form, written) => {
  expect(readAgent(text)).toEqual(form);
  expect(agentString(form, text)).toBe(written);
  if (written !== undefined) expect(strings.agentString.parse(written)).toMatchObject({ ok: true });
});

describe("the machine's papers", () => {
  const uuid = '0f0e0d0c-0b0a-0908-0706-050403020100';
  const empty = readSmbios('');
  const form: SmbiosForm = { ...empty, uuid, manufacturer: 'Müller, Söhne', serial: 'Щ 1' };

  it('hold any text', () => {
    const text = smbiosString(form) ?? '';
    expect(strings.smbiosString.parse(text)).toMatchObject({ ok: true });
    expect(readSmbios(text)).toEqual(form);
    expect(serverReads(text)).toMatchObject({ uuid, manufacturer: 'Müller, Söhne', serial: 'Щ 1' });
  });

  it('are read plain too, and are nothing when empty', () => {
    expect(readSmbios(`uuid=${uuid},family=Desk`)).toEqual({ ...empty, uuid, family: 'Desk' });
    expect(readSmbios('base64=1,family=%%').family).toBe('');
    expect(smbiosString(empty)).toBeUndefined();
  });

  it('have a right UUID and are not too long', () => {
    expect(checkSmbios(form)).toEqual({});
    expect(checkSmbios({ ...form, uuid: 'none' })).toEqual({ uuid: 'uuid' });
    expect(checkSmbios({ ...form, sku: 'x'.repeat(400) })).toEqual({ sku: 'smbiosLength' });
  });
});
