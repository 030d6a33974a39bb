// What is told of network cards, on text as iproute2 prints it.
import { expect, test } from 'vitest';
import type { Exec } from '../../server/core/exec.ts';
import type { HostFiles } from './observe-files.ts';
import { testdata } from './observe-fixture.ts';
import { observeNics, readIpLinks } from './observe-nics.ts';

const printed = testdata('ip-address.composed.json');
const hardware = ['eno1', 'enp9s0', 'enp10s0', 'wlp2s0'];
const files: HostFiles = {
  list: async (folder) => {
    const name = folder.split('/').at(-1) ?? '';
    if (!hardware.includes(name)) return ['address'];
    return name.startsWith('wl') ? ['address', 'device', 'phy80211'] : ['address', 'device'];
  },
  text: async (path) => (path === '/sys/class/net/eno1/speed' ? '1000\n' : '-1\n'),
  link: async (path) =>
    path === '/sys/class/net/eno1/device/driver' ? '../../../bus/pci/drivers/igb' : undefined,
  mountFolder: () => Promise.reject(new Error('nothing to mount')),
};

/** After `looks` looks at the list, enp10s0 has found its other side. */
function machine(looks: number) {
  const commands: string[] = [];
  let up = false;
  const exec: Exec = async (file, args) => {
    const line = [file, ...args].join(' ');
    commands.push(line);
    if (line === 'ip link set dev enp10s0 up') up = true;
    else if (line !== 'ip -json address show') throw new Error(`unknown command: ${line}`);
    const seen = commands.filter((one) => one.startsWith('ip -json')).length;
    const links = JSON.parse(printed) as { ifname?: string; flags: string[] }[];
    const card = links.find(({ ifname }) => ifname === 'enp10s0');
    if (up) card?.flags.push('UP', ...(seen > looks ? ['LOWER_UP'] : ['NO-CARRIER']));
    return { exitCode: 0, stdout: JSON.stringify(links), stderr: '' };
  };
  return { exec, commands };
}

test('wired cards with their permanent address, link, speed and driver', async () => {
  const { exec, commands } = machine(0);
  expect(await observeNics({ exec, files, raise: false })).toEqual([
    {
      name: 'eno1',
      mac: '3c:ec:ef:00:00:01',
      link: true,
      speedMbit: 1000,
      driver: 'igb',
      addresses: ['192.0.2.20/24'],
    },
    // The port of a bond has another's address now.
    {
      name: 'enp9s0',
      mac: '3c:ec:ef:00:00:02',
      link: false,
      speedMbit: undefined,
      driver: undefined,
      addresses: [],
    },
    {
      name: 'enp10s0',
      mac: '3c:ec:ef:00:00:03',
      link: false,
      speedMbit: undefined,
      driver: undefined,
      addresses: [],
    },
  ]);
  expect(commands).toEqual(['ip -json address show']);
});

test('cards that are off are switched on, and get a moment', async () => {
  const { exec, commands } = machine(4);
  const waits: number[] = [];
  const wait = async (milliseconds: number) => waits.push(milliseconds);
  const nics = await observeNics({ exec, files, raise: true, wait, patienceMs: 2000 });
  expect(nics.find(({ name }) => name === 'enp10s0')?.link).toBe(true);
  expect(commands.filter((line) => line.includes(' set '))).toEqual(['ip link set dev enp10s0 up']);
  // Another card has no cable: the patience is used up, and not more.
  expect(waits).toHaveLength(8);
});

test('a card that cannot be switched on has no link', async () => {
  const { exec } = machine(0);
  const nics = await observeNics({
    exec: async (file, args, options) => {
      if (args.includes('set')) throw new Error('RTNETLINK answers: Input/output error');
      return exec(file, args, options);
    },
    files,
    raise: true,
    wait: async () => undefined,
  });
  expect(nics.find(({ name }) => name === 'enp10s0')?.link).toBe(false);
});

test('recorded output of iproute2', () => {
  const links = readIpLinks(testdata('ip-address.iproute2-6.1.json'));
  expect(links.find(({ ifname }) => ifname === 'eth0')).toMatchObject({
    link_type: 'ether',
    address: '02:fc:00:00:00:01',
    flags: expect.arrayContaining(['UP', 'LOWER_UP']),
  });
});

test('what is not the output that was expected', () => {
  expect(readIpLinks('')).toEqual([]);
  expect(() => readIpLinks('Object "address" is unknown')).toThrow('read the list of network cards');
});
