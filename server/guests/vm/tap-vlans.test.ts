// Which VLANs a card is on, what the bridge is told, and in which order that happens.
import { describe, expect, test } from 'vitest';
import type { Exec } from '../../core/exec.ts';
import type { VmConfig } from '../config/config-keys.ts';
import { readVmConfig } from '../config/read-vm-config.ts';
import { setTapVlans, vlansOf } from './tap-vlans.ts';
import { createVmRenderer } from './vm-renderer.ts';

const mac = 'virtio=BC:24:11:00:00:01,bridge';
const separates = (bridge: string) => bridge === 'vmbr1';
const vlans = (net0: string) =>
  vlansOf(100, readVmConfig({ vmid: 100, config: { net0 } }).nics[0]!, separates);
const plain = { tap: 'tap100i0', untagged: 1, tagged: ['2-4094'], confined: false };

test.each([
  [`${mac}=vmbr0`, undefined],
  [`${mac}=vmbr1`, plain],
  [`${mac}=vmbr1,tag=5`, { ...plain, untagged: 5, tagged: [], confined: true }],
  [`${mac}=vmbr1,trunks=5;10-12`, { ...plain, tagged: ['5', '10-12'], confined: true }],
  [`${mac}=vmbr1,tag=7,trunks=5`, { ...plain, untagged: 7, tagged: ['5'], confined: true }],
])('%s', (net0, expected) => {
  expect(vlans(net0)).toEqual(expected);
});

test.each(['tag=5', 'trunks=5'])('%s needs a bridge that separates VLANs', (option) => {
  expect(() => vlans(`${mac}=vmbr0,${option}`)).toThrow(
    expect.objectContaining({ code: 'invalid-input', fields: { net0: expect.stringContaining("'vmbr0'") } }),
  );
});

test('the bridge forgets all others first, and nobody is asked for nothing', async () => {
  const calls: unknown[] = [];
  const exec: Exec = async (file, args, options) => {
    calls.push([file, args, options?.input]);
    return { exitCode: 0, stdout: '', stderr: '' };
  };
  await setTapVlans(exec, []);
  await setTapVlans(exec, [vlans(`${mac}=vmbr1,tag=7,trunks=5;10-12`)!]);
  const lines = [
    'vlan del dev tap100i0 vid 1-4094',
    'vlan add dev tap100i0 vid 5',
    'vlan add dev tap100i0 vid 10-12',
    'vlan add dev tap100i0 vid 7 pvid untagged',
  ];
  expect(calls).toEqual([['bridge', ['-batch', '-'], `${lines.join('\n')}\n`]]);
});

describe('a card of a running VM', () => {
  const renderer = createVmRenderer({
    guestPrefix: 'test-',
    runtimeDir: '/run/croft/guests',
    accelerator: () => 'tcg',
    bridgeExists: () => true,
    fileExists: () => true,
    filtersVlans: separates,
  });
  const changes = (action: 'attach-nic' | 'update-nic', net0: string) => {
    const running: VmConfig = action === 'attach-nic' ? {} : { net0: `${mac}=vmbr0` };
    const steps = renderer.renderChange(100, { key: 'net0', action }, running, { net0 }, new Map());
    return [steps].flat().map((step) => {
      if (!step || !('deviceXml' in step)) return step?.action;
      return `${step.action} ${/<link state="(\w+)"/.exec(step.deviceXml)?.[1]}`;
    });
  };

  test.each([
    ['attach-nic', `${mac}=vmbr0`, ['attach up']],
    ['attach-nic', `${mac}=vmbr1`, ['attach up', 'vlans']],
    ['attach-nic', `${mac}=vmbr1,tag=5`, ['attach down', 'vlans', 'update up']],
    ['attach-nic', `${mac}=vmbr1,tag=5,link_down=1`, ['attach down', 'vlans']],
    ['update-nic', `${mac}=vmbr1,tag=5`, ['update down', 'vlans', 'update up']],
    ['update-nic', `${mac}=vmbr0`, ['update up']],
  ] as const)('%s %s: its link is down until the bridge knows', (action, net0, steps) => {
    expect(changes(action, net0)).toEqual(steps);
  });

  test('one that starts tells the driver of its cards', () => {
    const start = renderer.renderStart(
      100,
      { net0: `${mac}=vmbr1,tag=5`, net1: 'e1000=BC:24:11:00:00:02' },
      new Map(),
    );
    expect(start.vlans).toEqual([{ ...plain, untagged: 5, tagged: [], confined: true }]);
  });
});
