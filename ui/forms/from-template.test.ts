// What a new VM takes from its template, what it is told otherwise, and what the code of it needs to know.
import { describe, expect, test } from 'vitest';
import { newClone } from './clone-guest.ts';
import {
  broughtBy,
  checkFromTemplate,
  type FromTemplateForm,
  hasCard,
  startOf,
  templateChange,
  templateSettings,
} from './from-template.ts';
import type { PendingLine } from './guest-config.ts';

const linesOf = (config: Record<string, string | number>): PendingLine[] =>
  Object.entries(config).map(([key, value]) => ({ key, value }));

const plain = linesOf({
  cores: 2,
  memory: '2048',
  cpu: 'host',
  net0: 'virtio=02:00:00:00:00:01,bridge=vmbr0',
});
const cloud = [
  ...plain,
  ...linesOf({
    ...{ ide2: 'local:9000/vm-9000-cloudinit.qcow2,media=cdrom', ciuser: 'admin', cipassword: '**********' },
    ...{ sshkeys: encodeURIComponent('ssh-ed25519 AAAA me@home\n'), nameserver: '192.0.2.53' },
  }),
];
const formOf = (lines: readonly PendingLine[], more: Partial<FromTemplateForm> = {}): FromTemplateForm => ({
  ...{ ...newClone, template: '9000', vmid: '105', start: true },
  ...startOf(lines),
  ...more,
});

describe('what differs from the template', () => {
  test('is nothing as long as nothing is changed, and written in another way', () => {
    expect(templateChange(formOf(plain), plain)).toEqual({});
    expect(templateChange(formOf(cloud), cloud)).toEqual({});
    expect(templateChange(formOf(cloud, { cores: ' 2 ', ciUser: 'admin ' }), cloud)).toEqual({});
  });
  test('is set, and removed where it was emptied', () => {
    const form = formOf(cloud, {
      ...{ cores: '4', memoryMiB: '8192', ciUser: '', ciPassword: 'x', ciPasswordAgain: 'x' },
      ...{ ip4: 'static', address4: '192.0.2.5/24', nameserver: '' },
    });
    expect(templateChange(form, cloud)).toEqual({
      ...{ cores: 4, memory: 8192, ciuser: undefined, cipassword: 'x', nameserver: undefined },
      ipconfig0: 'ip=192.0.2.5/24',
    });
  });
  test('tells nothing to a machine without a cloud-init drive', () => {
    expect(templateChange(formOf(plain, { ciUser: 'anna', ciPassword: 'x' }), plain)).toEqual({});
  });
});

test('what the template has is what the fields begin with', () => {
  expect(startOf(linesOf({}))).toMatchObject({ cores: '1', memoryMiB: '512', cloudInit: false });
  expect(startOf(cloud)).toMatchObject({
    ...{ cores: '2', memoryMiB: '2048', cloudInit: true, ciUser: 'admin', ciPassword: '', ip4: 'dhcp' },
    ...{ nameserver: '192.0.2.53', ciUpgrade: true },
  });
  expect(broughtBy(cloud)).toEqual({ password: true, keys: ['ssh-ed25519 AAAA me@home'] });
  expect(broughtBy(plain)).toEqual({ password: false, keys: [] });
  expect([hasCard(cloud), hasCard([])]).toEqual([true, false]);
});

test('what would be refused is said before', () => {
  const check = (more: Partial<FromTemplateForm>, lines = cloud) =>
    checkFromTemplate(formOf(lines, more), lines, (vmid) => vmid === 100);
  expect(check({})).toEqual({});
  expect(check({ vmid: '100', name: 'no name', template: '', cores: '0', memoryMiB: 'x' })).toEqual({
    ...{ vmid: 'taken', name: 'name', template: 'required', cores: 'number', memoryMiB: 'memory' },
  });
  expect(check({ ciUser: 'a b', ciPassword: 'x' })).toEqual({
    ...{ ciUser: 'ciUser', ciPasswordAgain: 'passwordDiffers' },
  });
  expect(check({ ciUser: 'a b' }, plain)).toEqual({});
  expect(check({ sshKeys: 'ssh-ed25519 BBBB other@home' })).toEqual({ sshKeys: 'sshKey' });
});

test('the code is told of parts that can only be said as a whole', () => {
  expect(templateSettings(cloud)).toEqual({
    ...{ cpu: 'host', cores: '2', memory: '2048', ide2: 'local:cloudinit' },
  });
});
