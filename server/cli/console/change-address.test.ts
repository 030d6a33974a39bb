// A change of address on trial: what is written and run, that it comes back unless kept, and that secrets of order hold.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import type { NetworkInterfaceInfo } from 'node:os';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError, invalidInput } from '../../core/errors.ts';
import type { Exec } from '../../core/exec.ts';
import type { HostNetworkSettings } from '../../core/host-network.ts';
import { runAddressDialogue } from './address-dialogue.ts';
import { AddressChange, type HostNetworkTexts, listCards } from './change-address.ts';
import { ScriptedTalk } from './scripted-talk-fixture.ts';

const file = '/etc/network/interfaces';
const unit = '/etc/systemd/network/10-croft-uplink.network';
/** Texts as JSON: the real ones are tested where they are made. */
const texts: HostNetworkTexts = {
  read: (text) => JSON.parse(text) as HostNetworkSettings,
  render: (settings) => {
    if (settings.gateway === '192.0.2.99') throw invalidInput({ gateway: 'is not to be used' });
    return [
      { path: file, text: JSON.stringify(settings) },
      { path: unit, text: settings.mode },
    ];
  },
  renderLive: (settings) => [{ path: unit, text: `live ${settings.mode}` }],
};
const eth0 = { name: 'eth0', mac: '52:54:00:00:00:01', link: true };
const eth1 = { name: 'eth1', mac: '52:54:00:00:00:02', link: false };
const dhcp: HostNetworkSettings = { mode: 'dhcp', mac: eth0.mac, nicName: 'eth0', dns: [] };

let root = '';
let runs: string[] = [];
let broken: string | undefined;
let held: Record<string, string[]> = {};
let now = 0;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'croft-address-'));
  runs = [];
  broken = undefined;
  held = { vmbr0: ['192.0.2.10', 'fe80::1'] };
  now = Date.now();
  put('/run/croft-boot/mode', 'installed\n');
  put(file, JSON.stringify(dhcp));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
function get(path: string): string | undefined {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return undefined;
  }
}

function newChange(): AddressChange {
  const exec: Exec = async (program, args) => {
    const line = [program, ...args].join(' ');
    runs.push(line);
    if (broken !== undefined && line.startsWith(broken)) throw new AppError('command-failed', 'broken');
    return { exitCode: 0, stdout: '', stderr: '' };
  };
  return new AddressChange({
    ...{ exec, texts, root },
    clock: {
      now: () => now,
      sleep: async (ms) => {
        now += ms;
      },
    },
    interfaces: () =>
      Object.fromEntries(
        Object.entries(held).map(([name, addresses]) => [
          name,
          addresses.map((address) => ({ address, internal: false }) as NetworkInterfaceInfo),
        ]),
      ),
  });
}

async function run(typed: readonly (string | undefined)[], cards = [eth0]) {
  const talk = new ScriptedTalk(typed);
  const error = await runAddressDialogue({ talk, change: newChange(), cards, port: 8006 }).catch(
    (thrown: unknown) => thrown,
  );
  return { talk, error };
}
const fixed = ['static', '192.0.2.20/24', '192.0.2.1', '-'];

describe('the dialogue', () => {
  it('keeps what was tried and found good', async () => {
    held = { vmbr0: ['192.0.2.20'] };
    const { talk, error } = await run([...fixed, 'yes', 'what?', 'keep']);
    expect(error).toBeUndefined();
    expect(talk.text).toContain('Now: DHCP on eth0');
    expect(talk.text).toContain('https://192.0.2.20:8006');
    expect(get(file)).toContain('192.0.2.20/24');
    expect(get(unit)).toBe('static');
    expect(get('/run/croft/address-before.json')).toBeUndefined();
    expect(runs).toEqual([
      'systemd-run --collect --quiet --unit=croft-address-back --on-active=120 --timer-property=AccuracySec=1s /usr/bin/croft console address-back',
      'networkctl reload',
      'systemctl stop croft-address-back.timer',
    ]);
  });

  it.each([
    ['the answer is back', [...fixed, 'yes', 'back']],
    ['nobody answers', [...fixed, 'yes']],
  ])('puts the old files back when %s', async (_when, typed) => {
    const { error } = await run(typed);
    expect(error).toMatchObject({ code: 'cancelled' });
    expect(get(file)).toBe(JSON.stringify(dhcp));
    expect(get(unit)).toBeUndefined();
    expect(runs.filter((line) => line === 'networkctl reload')).toHaveLength(2);
    expect(runs.at(-1)).toBe('systemctl stop croft-address-back.timer');
  });

  it('changes nothing without a yes', async () => {
    expect((await run([...fixed, 'no'])).error).toMatchObject({ code: 'cancelled' });
    expect((await run(fixed)).error).toMatchObject({ code: 'cancelled' });
    expect(runs).toEqual([]);
    expect(get(file)).toBe(JSON.stringify(dhcp));
  });

  it('says what does not hold together, and asks again', async () => {
    const { talk } = await run(['static', '192.0.2.20/24', '192.0.2.99', '-', '', '', '192.0.2.1', '', 'no']);
    expect(talk.text).toContain('gateway is not to be used');
    expect(talk.left).toEqual([]);
  });

  it('writes for a live system what is for a live system', async () => {
    put('/run/croft-boot/mode', 'live\n');
    rmSync(join(root, file));
    held = { eth0: ['192.0.2.20'], vmbr0: ['10.1.1.1'] };
    const { talk } = await run([...fixed, 'yes', 'keep']);
    expect(talk.text).toContain('Now: DHCP on every card');
    expect(talk.text).not.toContain('https://10.1.1.1');
    expect(get(unit)).toBe('live static');
  });

  it('moves the bridge to another card', async () => {
    await run(['2', 'dhcp', 'yes', 'keep'], [eth0, eth1]);
    expect(runs).toContain('ip link set dev eth0 nomaster');
    expect(runs).toContain(`ip link set dev vmbr0 address ${eth1.mac}`);
  });

  it('and back', async () => {
    await run(['2', 'dhcp', 'yes', 'back'], [eth0, eth1]);
    expect(runs).toContain('ip link set dev eth1 nomaster');
    expect(runs).toContain(`ip link set dev vmbr0 address ${eth0.mac}`);
  });
});

describe('when things break', () => {
  it('changes nothing when there is no way back', async () => {
    broken = 'systemd-run';
    expect((await run([...fixed, 'yes'])).error).toMatchObject({ code: 'command-failed' });
    expect(get(file)).toBe(JSON.stringify(dhcp));
    expect(get('/run/croft/address-before.json')).toBeUndefined();
  });

  it('leaves the way back to the timer when it cannot go back itself', async () => {
    broken = 'networkctl';
    expect((await run([...fixed, 'yes'])).error).toMatchObject({ code: 'command-failed' });
    expect(get(file)).toBe(JSON.stringify(dhcp));
    expect(get('/run/croft/address-before.json')).toBeDefined();
    broken = undefined;
    expect(await newChange().goBack()).toBe(true);
    expect(await newChange().goBack()).toBe(false);
  });

  it('waits for another change on trial, but not for one of an hour ago', async () => {
    const backup = join(root, '/run/croft/address-before.json');
    put('/run/croft/address-before.json', '{}');
    expect((await run([...fixed, 'yes'])).error).toMatchObject({ code: 'busy' });
    expect(get(file)).toBe(JSON.stringify(dhcp));
    utimesSync(backup, now / 1000 - 3600, now / 1000 - 3600);
    expect((await run([...fixed, 'yes', 'keep'])).error).toBeUndefined();
  });
});

describe('listCards', () => {
  it('finds hardware by its permanent address, those with a link first', async () => {
    const links = [
      { ifname: 'lo', link_type: 'loopback', address: '00:00:00:00:00:00', flags: ['UP', 'LOWER_UP'] },
      { ifname: 'eth1', link_type: 'ether', address: eth1.mac, flags: ['UP', 'NO-CARRIER'] },
      {
        ifname: 'eth0',
        link_type: 'ether',
        address: '02:00:00:00:00:09',
        permaddr: '52:54:00:00:00:01',
        flags: ['LOWER_UP'],
      },
      {
        ifname: 'vmbr0',
        link_type: 'ether',
        address: eth0.mac,
        flags: [],
        linkinfo: { info_kind: 'bridge' },
      },
    ];
    const exec: Exec = async () => ({ exitCode: 0, stdout: JSON.stringify(links), stderr: '' });
    expect(await listCards(exec)).toEqual([eth0, eth1]);
  });
});
