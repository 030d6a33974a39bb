// The pure parts of the VM driver: what libvirt and the kernel say, in our words.
import fc from 'fast-check';
import { ErrorNumber, LibvirtError, LifecycleEvent } from 'node-libvirt';
import { describe, expect, it } from 'vitest';
import { readDescription } from './domain-facts.ts';
import { domainName, vmidOf } from './domain-name.ts';
import { observationOf, runStateOf } from './domain-state.ts';
import { readGuestStats } from './domain-stats.ts';
import { readKeys } from './key-names.ts';
import { asGuestError, withoutPaths } from './libvirt-errors.ts';
import { readStartTime } from './qemu-process.ts';

describe('names of domains', () => {
  it('lead back to the guest', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 999_999_999 }), (vmid) => {
        expect(vmidOf('croft-', domainName('croft-', vmid))).toBe(vmid);
      }),
    );
  });

  it.each(['croft-', 'croft-a', 'croft-100-x', 'croft-0100', 'my-croft-100', 'web', 'croft-1e3'])(
    '%s is not ours',
    (name) => expect(vmidOf('croft-', name)).toBeUndefined(),
  );
});

describe('states', () => {
  it.each([
    [1, 1, 'running'],
    [2, 0, 'running'],
    [3, 1, 'paused'],
    [3, 11, 'starting'],
    [3, 8, 'stopping'],
    [4, 0, 'stopping'],
    [5, 0, 'stopped'],
    [6, 0, 'paused'],
    [7, 0, 'suspended'],
    [0, 0, 'stopped'],
  ] as const)('libvirt state %i, reason %i is %s', (state, reason, ours) => {
    expect(runStateOf(state, reason)).toBe(ours);
  });

  it.each([
    [LifecycleEvent.started, 0, { state: 'running', reason: 'started' }],
    [LifecycleEvent.started, 4, { state: 'running', reason: 'resumed' }],
    [LifecycleEvent.suspended, 0, { state: 'paused', reason: 'paused' }],
    [LifecycleEvent.pmSuspended, 0, { state: 'suspended', reason: 'paused' }],
    [LifecycleEvent.stopped, 0, { state: 'stopped', reason: 'shutdown' }],
    [LifecycleEvent.stopped, 1, { state: 'stopped', reason: 'destroyed' }],
    [LifecycleEvent.stopped, 2, { state: 'stopped', reason: 'crashed' }],
    [LifecycleEvent.stopped, 5, { state: 'stopped', reason: 'failed' }],
    [LifecycleEvent.crashed, 0, { state: 'paused', reason: 'crashed' }],
    [LifecycleEvent.defined, 0, undefined],
    [LifecycleEvent.undefined, 0, undefined],
  ] as const)('event %i, detail %i', (event, detail, ours) => {
    expect(observationOf(event, detail)).toEqual(ours);
  });
});

describe('descriptions', () => {
  it('tell acceleration and processors in use', () => {
    const xml = `<domain type='kvm' id='3'>\n <name>a</name>\n <vcpu placement='static' current='2'>8</vcpu>\n</domain>`;
    expect(readDescription(xml)).toEqual({ accelerated: true, cpus: 2 });
    expect(readDescription(`<domain type='qemu'><vcpu>4</vcpu></domain>`)).toEqual({
      accelerated: false,
      cpus: 4,
    });
  });
});

describe('statistics', () => {
  it('add up over disks and network cards', () => {
    const values = new Map<string, number | string>(
      Object.entries({
        'cpu.time': 5_000_000_000,
        'balloon.available': 1000,
        'balloon.unused': 400,
        'balloon.rss': 700,
        'net.count': 2,
        'net.0.name': 'vnet0',
        'net.0.rx.bytes': 1,
        'net.0.tx.bytes': 2,
        'net.1.rx.bytes': 10,
        'net.1.tx.bytes': 20,
        'block.count': 2,
        'block.0.rd.bytes': 3,
        'block.0.wr.bytes': 4,
        'block.1.rd.bytes': 30,
        'block.1.wr.bytes': 40,
      }),
    );
    expect(readGuestStats(100, 2, values)).toEqual({
      vmid: 100,
      cpus: 2,
      cpuTimeNs: 5_000_000_000,
      memoryBytes: 600 * 1024,
      residentBytes: 700 * 1024,
      netInBytes: 11,
      netOutBytes: 22,
      diskReadBytes: 33,
      diskWriteBytes: 44,
    });
  });

  it('tell of a balloon while a driver in the guest does', () => {
    const now = 1_000_000_000_000;
    const told = { 'balloon.current': 900, 'balloon.maximum': 1024, 'balloon.last-update': now / 1000 - 10 };
    const balloonOf = (more: object) =>
      readGuestStats(100, 1, new Map(Object.entries({ ...told, ...more })), now).balloon;
    const driver = { 'balloon.available': 1000, 'balloon.unused': 400 };
    const sizes = { sizeBytes: 900 * 1024, maxBytes: 1024 * 1024 };
    expect(balloonOf(driver)).toEqual({ ...sizes, freeBytes: 400 * 1024 });
    expect(balloonOf({ ...driver, 'balloon.usable': 600 })).toEqual({ ...sizes, freeBytes: 600 * 1024 });
    expect(balloonOf({})).toBeUndefined();
    expect(balloonOf({ ...driver, 'balloon.last-update': now / 1000 - 61 })).toBeUndefined();
    expect(balloonOf({ ...driver, 'balloon.last-update': 0 })).toBeUndefined();
  });

  it('do not make up what a busy or silent guest did not tell', () => {
    expect(readGuestStats(100, 1, new Map())).toMatchObject({
      cpuTimeNs: 0,
      memoryBytes: undefined,
      netInBytes: 0,
    });
  });
});

describe('start of a process', () => {
  it('is read past a name with spaces and parentheses', () => {
    const fields = Array.from({ length: 30 }, (_, i) => String(i + 3));
    fields[19] = '250';
    const stat = `77 (qemu (a) b) ${fields.join(' ')}`;
    expect(readStartTime(stat, 'cpu  1 2\nbtime 1700000000\nprocesses 5\n')).toBe(1_700_000_002_500);
  });
});

describe('keys', () => {
  it('are Linux key codes', () => {
    expect(readKeys('ctrl-alt-delete')).toEqual([29, 56, 111]);
    expect(readKeys('f12')).toEqual([88]);
    expect(['q', 'a', 'z', 'ret', 'spc', 'up', 'kp_5', 'less'].flatMap(readKeys)).toEqual([
      ...[16, 30, 44, 28, 57, 103, 76, 86],
    ]);
  });

  it.each(['', 'ctrl-', 'nope', Array(17).fill('a').join('-')])('%s is refused', (keys) => {
    expect(() => readKeys(keys)).toThrow(expect.objectContaining({ code: 'invalid-input' }));
  });
});

describe('errors', () => {
  const remote = (code: number, message = 'text') => new LibvirtError('remote', message, { code });
  it.each([
    [remote(ErrorNumber.noDomain), 'not-found'],
    [remote(ErrorNumber.operationInvalid), 'wrong-state'],
    [remote(ErrorNumber.operationTimeout), 'busy'],
    [remote(ErrorNumber.agentUnresponsive), 'unavailable'],
    [remote(ErrorNumber.configUnsupported), 'unsupported'],
    [remote(ErrorNumber.internalError), 'command-failed'],
    [remote(ErrorNumber.internalError, 'write: No space left on device'), 'no-capacity'],
    [new LibvirtError('disconnected', 'x'), 'unavailable'],
    [new LibvirtError('timeout', 'x'), 'timeout'],
    [new LibvirtError('cancelled', 'x'), 'cancelled'],
    [new LibvirtError('protocol', 'x'), 'internal'],
    [new TypeError('x'), 'internal'],
  ])('%s is %s', (thrown, code) => {
    expect(asGuestError(thrown, 100, 'start VM 100').code).toBe(code);
  });

  it('show the last part of paths only', () => {
    expect(withoutPaths("Could not open '/var/lib/croft/images/100/disk.qcow2': Permission denied")).toBe(
      "Could not open 'disk.qcow2': Permission denied",
    );
  });
});
