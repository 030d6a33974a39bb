// A start whose cards must be on some VLANs only: it stands until the bridge knows, also when the daemon was cut off in between.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateFlag,
  DomainState,
  ErrorNumber,
  LibvirtError,
  PausedReason,
  type ReconnectingLibvirt,
} from 'node-libvirt';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AppError } from '../../core/errors.ts';
import type { Exec } from '../../core/exec.ts';
import { quietContext } from '../../core/work-context.ts';
import { startDomain } from './domain-start.ts';
import type { TapVlans } from './tap-vlans.ts';
import type { VmStart } from './vm-start.ts';

const domain = { name: 'test-100', uuid: '351e3286-0faf-4da4-8d49-cb09015de1e8', id: 7 };
const tagged: TapVlans = { tap: 'tap100i0', untagged: 5, tagged: [], confined: true };
const open: TapVlans = { ...tagged, untagged: 1, tagged: ['2-4094'], confined: false };

let runtimeDir: string;
let done: string[];
/** What libvirt says of the domain at each look, the last for good; none: there is no domain. */
let states: (readonly [state: number, reason: number])[];
let resumeFails: boolean;
beforeEach(async () => {
  runtimeDir = await mkdtemp(join(tmpdir(), 'croft-start-'));
  [done, states, resumeFails] = [[], [], false];
});
afterEach(() => rm(runtimeDir, { recursive: true, force: true }));

const paused = [DomainState.paused, PausedReason.user] as const;
const running = [DomainState.running, 1] as const;

const client = () =>
  ({
    connected: true,
    domains: {
      async lookupByName() {
        if (states.length > 0) return domain;
        throw new LibvirtError('remote', 'no domain', { code: ErrorNumber.noDomain });
      },
      async createXml(_xml: string, flags: number) {
        done.push(flags === CreateFlag.paused ? 'create standing' : 'create');
        states = [flags === CreateFlag.paused ? paused : running];
        return domain;
      },
      async state() {
        const [state, reason] = states.length > 1 ? states.shift()! : states[0]!;
        return { state, reason };
      },
      async resume() {
        if (resumeFails) throw new LibvirtError('remote', 'no', { code: ErrorNumber.operationFailed });
        done.push('resume');
      },
      async destroy() {
        done.push('destroy');
        states = [];
      },
    },
  }) as unknown as ReconnectingLibvirt;

function start(vlans: readonly TapVlans[], more: Partial<VmStart> = {}, bridgeFails = false): Promise<void> {
  const exec: Exec = async () => {
    if (bridgeFails) throw new AppError('command-failed', 'no such device');
    done.push('vlans');
    return { exitCode: 0, stdout: '', stderr: '' };
  };
  const place = {
    ...{ name: domain.name, runtimeDir, exec },
    qemuUser: { uid: process.getuid!(), gid: process.getgid!() },
  };
  return startDomain(client(), place, quietContext(), {
    ...{ vmid: 100, name: 'a', xml: '<domain/>', vlans },
    ...more,
  });
}

test.each<[string, readonly TapVlans[], Partial<VmStart>, string[]]>([
  ['without VLANs', [], {}, ['create']],
  ['on all of them', [open], {}, ['create', 'vlans']],
  ['on one', [open, tagged], {}, ['create standing', 'vlans', 'resume']],
  ['that is to stand', [tagged], { frozen: true }, ['create standing', 'vlans']],
])('a VM %s', async (_what, vlans, more, expected) => {
  await start(vlans, more);
  expect(done).toEqual(expected);
});

test('a start that was cut off before the bridge knew is finished by the next', async () => {
  const starting = [DomainState.paused, PausedReason.startingUp] as const;
  states = [starting, paused];
  await start([tagged]);
  expect(done).toEqual(['vlans', 'resume']);
});

test('one that runs is left alone', async () => {
  states = [running];
  await start([tagged]);
  await start([]);
  expect(done).toEqual(['vlans']);
  states = [paused];
  await start([open]);
  await start([tagged], { frozen: true });
  expect(done).toEqual(['vlans', 'vlans', 'vlans']);
});

test.each(['bridge', 'resume'] as const)('nothing is left when the %s fails', async (what) => {
  resumeFails = what === 'resume';
  await expect(start([tagged], {}, what === 'bridge')).rejects.toThrow();
  expect(done.at(-1)).toBe('destroy');
});
