// Network cards of VMs: what forms make is what the contract takes, and what they do not know stays.
import { expect, test } from 'vitest';
import { netString } from '../../server/contract/qemu-strings.ts';
import { parseProperties } from './property-string.ts';
import {
  checkVmNic,
  newVmNic,
  rareNetModels,
  readVmNic,
  usualNetModels,
  type VmNicForm,
  vmNicString,
} from './vm-net.ts';

const card: VmNicForm = { ...newVmNic(), bridge: 'vmbr0' };
const nothing = parseProperties('');

test.each<[Partial<VmNicForm>, string]>([
  [{}, 'virtio,bridge=vmbr0'],
  [{ bridge: '' }, 'virtio'],
  [
    {
      mac: ' BC:24:11:00:00:01',
      tag: '20',
      trunks: '30, 40-50',
      rate: '12,5',
      firewall: true,
      unplugged: true,
    },
    'virtio=BC:24:11:00:00:01,bridge=vmbr0,tag=20,trunks=30;40-50,rate=12.5,firewall=1,link_down=1',
  ],
  [{ mtu: '1', queues: '4' }, 'virtio,bridge=vmbr0,mtu=1,queues=4'],
  [{ model: 'e1000', mtu: '9000', queues: '4' }, 'e1000,bridge=vmbr0'],
])('a card with %j is %s', (part, text) => {
  const form = { ...card, ...part };
  expect(checkVmNic(form)).toEqual({});
  expect(vmNicString(form, nothing)).toBe(text);
  expect(netString.parse(text)).toMatchObject({ ok: true });
});

test('reading and writing a card keeps all of it, whatever way its address is written', () => {
  for (const text of [
    'virtio=BC:24:11:00:00:01,bridge=vmbr0,tag=7,queues=2,mtu=1500',
    'e1000=BC:24:11:00:00:01,bridge=vmbr1,rate=5,link_down=1',
  ]) {
    expect(vmNicString(readVmNic(parseProperties(text)), parseProperties(text))).toBe(text);
  }
  const named = parseProperties('model=virtio,macaddr=BC:24:11:00:00:01,bridge=vmbr0');
  expect(vmNicString({ ...readVmNic(named), model: 'e1000' }, named)).toBe(
    'e1000=BC:24:11:00:00:01,bridge=vmbr0',
  );
});

test('every model that is offered is one of the contract', () => {
  for (const model of [...usualNetModels, ...rareNetModels])
    expect(netString.parse(`${model},bridge=vmbr0`)).toMatchObject({ ok: true });
});

test.each<[Partial<VmNicForm>, object]>([
  [{ mac: 'BC:24:11:00:00' }, { mac: 'mac' }],
  [{ mac: '01:00:5E:00:00:01' }, { mac: 'mac' }],
  [{ tag: '4095' }, { tag: 'vlan' }],
  [{ tag: 'x' }, { tag: 'vlan' }],
  [{ trunks: '5-3' }, { trunks: 'vlan' }],
  [{ trunks: '0' }, { trunks: 'vlan' }],
  [{ bridge: '', tag: '5' }, { tag: 'tagBridge' }],
  [{ rate: 'fast' }, { rate: 'rate' }],
  [{ mtu: '100' }, { mtu: 'vmMtu' }],
  [{ mtu: '70000' }, { mtu: 'vmMtu' }],
  [{ queues: '65' }, { queues: 'queues' }],
  [{ model: 'e1000', queues: '65', mtu: 'x' }, {}],
])('%j is wrong at %j', (part, wrong) => {
  expect(checkVmNic({ ...card, ...part })).toEqual(wrong);
});
