// The calls and events against hand-built replies, and the client that reconnects.
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  BlockAbortFlag,
  BlockCopyFlag,
  LifecycleEvent,
  ModifyFlag,
  StatsFlag,
  StatsGroup,
} from './constants.ts';
import { type DomainRef, uuidBytes, writeDomain } from './domain-codec.ts';
import { domainEventKinds } from './domain-events.ts';
import { LibvirtError } from './errors.ts';
import { FakeLibvirtd } from './fake-libvirtd.ts';
import { Libvirt } from './libvirt.ts';
import { remoteProgram } from './procedures.ts';
import { ReconnectingLibvirt } from './reconnecting-libvirt.ts';
import type { XdrDecoder } from './xdr-decoder.ts';
import { XdrEncoder } from './xdr-encoder.ts';

const domain: DomainRef = { name: 'vm', uuid: '351e3286-0faf-4da4-8d49-cb09015de1e8', id: 7 };
let server: FakeLibvirtd;

beforeEach(async () => {
  server = await FakeLibvirtd.start();
  server.on('connectDomainEventCallbackRegisterAny', (args) => new XdrEncoder().i32(args.i32() + 1));
  server.on('connectDomainEventCallbackDeregisterAny', () => new XdrEncoder());
});
afterEach(() => server.close());

const lifecycle = (event: number) => {
  const payload = new XdrEncoder().i32(1);
  server.sendMessage(
    remoteProgram,
    domainEventKinds.lifecycle.procedure,
    writeDomain(payload, domain).i32(event).i32(0),
  );
};

describe('Libvirt', () => {
  let client: Libvirt;
  beforeEach(async () => {
    client = await Libvirt.connect({ socketPath: server.socketPath });
  });
  afterEach(() => client.close());

  it('opens the hypervisor', () => {
    const open = server.received.find((packet) => packet.procedure === 1);
    expect(open?.payload.toString('latin1')).toContain('qemu:///system');
  });

  it('reads the host as one word per character of its model', async () => {
    const reply = new XdrEncoder();
    for (const byte of Buffer.from('x86_64'.padEnd(32, '\0'))) reply.i32(byte);
    server.on('nodeGetInfo', () => reply.u64(1024).i32(8).i32(2600).i32(1).i32(2).i32(4).i32(1));
    server.on('connectGetLibVersion', () => new XdrEncoder().u64(9_000_011));
    expect(await client.host.nodeInfo()).toEqual({
      cpuModel: 'x86_64',
      memoryKib: 1024,
      cpus: 8,
      mhz: 2600,
      numaNodes: 1,
      socketsPerNode: 2,
      coresPerSocket: 4,
      threadsPerCore: 1,
    });
    expect(await client.host.libvirtVersion()).toBe('9.0.11');
  });

  it('names domains by name, UUID and number', async () => {
    server.on('domainReset', (args) => {
      expect([args.string(), args.fixedOpaque(16), args.i32(), args.u32()]).toEqual([
        ...['vm', uuidBytes(domain.uuid), 7, 0],
      ]);
      return new XdrEncoder();
    });
    server.on('connectListAllDomains', () => new XdrEncoder().array([domain], writeDomain).u32(1));
    await client.domains.reset(domain);
    expect(await client.domains.list()).toEqual([domain]);
  });

  it('reads a domain and its state', async () => {
    server.on('domainGetInfo', () =>
      new XdrEncoder().u32(1).u64(4096).u64(2048).u32(2).u64(123_456_789_012n),
    );
    server.on('domainGetState', () => new XdrEncoder().i32(3).i32(1));
    expect(await client.domains.info(domain)).toEqual({
      state: 1,
      maxMemoryKib: 4096,
      memoryKib: 2048,
      cpus: 2,
      cpuTimeNs: 123_456_789_012,
    });
    expect(await client.domains.state(domain)).toEqual({ state: 3, reason: 1 });
  });

  it('reads statistics of every type', async () => {
    server.on('connectGetAllDomainStats', (args) => {
      expect([args.array(() => 0), args.u32(), args.u32()]).toEqual([[], StatsGroup.state, StatsFlag.noWait]);
      const reply = writeDomain(new XdrEncoder().u32(1), domain).u32(7);
      reply.string('int').i32(1).i32(-1).string('uint').i32(2).u32(1).string('long').i32(3).i64(-5n);
      reply.string('ulong').i32(4).u64(6n).string('double').i32(5).f64(0.5);
      return reply.string('bool').i32(6).i32(1).string('text').i32(7).string('t');
    });
    const [stats] = await client.stats.all(StatsGroup.state, StatsFlag.noWait);
    expect(stats?.domain).toEqual(domain);
    expect(Object.fromEntries(stats?.values ?? [])).toEqual({
      int: -1,
      uint: 1,
      long: -5,
      ulong: 6,
      double: 0.5,
      bool: true,
      text: 't',
    });
  });

  it('speaks to the agent', async () => {
    server.on('qemuAgentCommand', (args) => {
      args.string();
      args.fixedOpaque(16);
      args.i32();
      expect([args.string(), args.i32(), args.u32()]).toEqual(['{}', 5, 0]);
      return new XdrEncoder().optionalString('{"return":{}}');
    });
    expect(await client.qemu.agentCommand(domain, '{}', 5)).toBe('{"return":{}}');
  });

  it('says what a domain gets of the host', async () => {
    const seen: unknown[] = [];
    const readDomainArgs = (args: XdrDecoder) => [args.string(), args.fixedOpaque(16), args.i32()];
    server.on('domainSetSchedulerParametersFlags', (args) => {
      readDomainArgs(args);
      seen.push(
        args.array((d) => [d.string(), d.i32(), d.i64()]),
        args.u32(),
      );
      return new XdrEncoder();
    });
    server.on('domainSetBlockIoTune', (args) => {
      readDomainArgs(args);
      seen.push(
        args.string(),
        args.array((d) => [d.string(), d.i32(), d.u64()]),
        args.u32(),
      );
      return new XdrEncoder();
    });
    server.on('domainPinVcpuFlags', (args) => {
      readDomainArgs(args);
      seen.push(args.u32(), [...args.opaque()], args.u32());
      return new XdrEncoder();
    });
    const quota = { field: 'global_quota', type: 'i64', value: -1 } as const;
    await client.tuning.setScheduler(domain, [quota], ModifyFlag.live);
    const limit = { field: 'total_bytes_sec', type: 'u64', value: 2 ** 40 } as const;
    await client.tuning.setBlockIoTune(domain, 'sda', [limit], ModifyFlag.live);
    await client.tuning.pinVcpu(domain, 3, [0, 9], ModifyFlag.live);
    expect(seen).toEqual([
      ...[[['global_quota', 3, -1n]], 1],
      ...['sda', [['total_bytes_sec', 4, 2n ** 40n]], 1],
      ...[3, [0b1, 0b10], 1],
    ]);
  });

  it('copies a disk, tells how far that is, and ends it', async () => {
    const seen: unknown[] = [];
    const readDomainArgs = (args: XdrDecoder) => [args.string(), args.fixedOpaque(16), args.i32()];
    server.on('domainBlockCopy', (args) => {
      readDomainArgs(args);
      seen.push(
        args.string(),
        args.string(),
        args.array((d) => [d.string(), d.i32(), d.u64()]),
        args.u32(),
      );
      return new XdrEncoder();
    });
    server.on('domainBlockJobAbort', (args) => {
      readDomainArgs(args);
      seen.push(args.string(), args.u32());
      return new XdrEncoder();
    });
    server.on('domainGetBlockJobInfo', (args) => {
      readDomainArgs(args);
      const found = args.string() === 'sda';
      return new XdrEncoder()
        .i32(found ? 1 : 0)
        .i32(2)
        .u64(1024)
        .u64(2 ** 40)
        .u64(2 ** 41);
    });
    await client.blocks.copy(domain, 'sda', '<disk/>', { bytesPerSecond: 1024 }, BlockCopyFlag.reuse);
    await client.blocks.copy(domain, 'sdb', '<disk/>');
    await client.blocks.abort(domain, 'sda', BlockAbortFlag.pivot);
    expect(seen).toEqual([
      ...['sda', '<disk/>', [['bandwidth', 4, 1024n]], 2],
      ...['sdb', '<disk/>', [], 0],
      ...['sda', 2],
    ]);
    const job = { bandwidth: 1024, current: 2 ** 40, end: 2 ** 41 };
    expect(await client.blocks.job(domain, 'sda')).toEqual(job);
    expect(await client.blocks.job(domain, 'sdb')).toBeUndefined();
  });

  it('refuses a UUID that is none before anything is sent', async () => {
    await expect(client.domains.lookupByUuid('x')).rejects.toBeInstanceOf(LibvirtError);
    expect(server.calls('domainLookupByUuid')).toBe(0);
  });

  it('registers a kind of event once for all listeners, and ends it with the last', async () => {
    const told: number[] = [];
    const ends = [
      await client.onDomainEvent('lifecycle', (e) => told.push(e.event)),
      await client.onDomainEvent('lifecycle', (e) => told.push(e.event + 100)),
    ];
    expect(server.calls('connectDomainEventCallbackRegisterAny')).toBe(1);
    lifecycle(LifecycleEvent.started);
    await expect.poll(() => told).toEqual([2, 102]);
    await ends[0]?.();
    expect(server.calls('connectDomainEventCallbackDeregisterAny')).toBe(0);
    await ends[1]?.();
    expect(server.calls('connectDomainEventCallbackDeregisterAny')).toBe(1);
  });
});

describe('events', () => {
  const head = () => writeDomain(new XdrEncoder().i32(1), domain);
  const cases = [
    ['reboot', head(), {}],
    ['watchdog', head().i32(2), { action: 2 }],
    [
      'io-error',
      head().string('/d').string('a').i32(1).string('enospc'),
      { path: '/d', alias: 'a', action: 1, reason: 'enospc' },
    ],
    ['pm-suspend', writeDomain(new XdrEncoder().i32(1).i32(0), domain), {}],
    ['pm-wakeup', writeDomain(new XdrEncoder().i32(1).i32(0), domain), {}],
    ['balloon-change', head().u64(4096), { actualKib: 4096 }],
    ['device-removed', head().string('ua-1'), { alias: 'ua-1' }],
    ['device-added', head().string('ua-1'), { alias: 'ua-1' }],
    ['device-removal-failed', head().string('ua-1'), { alias: 'ua-1' }],
    ['agent-lifecycle', head().i32(1).i32(2), { state: 1, reason: 2 }],
    ['block-job', head().string('vda').i32(1).i32(0), { disk: 'vda', type: 1, status: 0 }],
    [
      'block-threshold',
      head().string('vda').optionalString(undefined).u64(10).u64(3),
      { device: 'vda', path: undefined, thresholdBytes: 10, excessBytes: 3 },
    ],
  ] as const;

  it.each(cases)('%s is read', async (name, payload, fields) => {
    const client = await Libvirt.connect({ socketPath: server.socketPath });
    const told: unknown[] = [];
    await client.onDomainEvent(name, (event) => told.push(event));
    server.sendMessage(remoteProgram, domainEventKinds[name].procedure, payload);
    await expect.poll(() => told).toEqual([{ domain, ...fields }]);
    await client.close();
  });
});

describe('a server that wants a password', () => {
  it('is not spoken to', async () => {
    server.on('authList', () => new XdrEncoder().array([1], (e, kind) => e.i32(kind)));
    await expect(Libvirt.connect({ socketPath: server.socketPath })).rejects.toMatchObject({
      kind: 'protocol',
    });
  });
});

describe('ReconnectingLibvirt', () => {
  let client: ReconnectingLibvirt;
  const changes: string[] = [];
  beforeEach(() => {
    changes.length = 0;
    server.on('connectGetHostname', () => new XdrEncoder().string('here'));
    client = new ReconnectingLibvirt({ socketPath: server.socketPath, firstRetryMs: 5, maxRetryMs: 20 });
    client.onConnection((c) =>
      changes.push(c.state === 'connected' ? `connected ${c.first}` : 'disconnected'),
    );
  });
  afterEach(() => client.close());

  it('waits for a server that is not there yet', async () => {
    await server.drop();
    const opened = client.open();
    await expect(client.host.hostname()).rejects.toMatchObject({ kind: 'disconnected' });
    await delay(20);
    await server.listen();
    await opened;
    expect(await client.host.hostname()).toBe('here');
  });

  it('comes back after a loss, with its events, each delivered once', async () => {
    const told: number[] = [];
    const end = client.onDomainEvent('lifecycle', (e) => told.push(e.event));
    await client.open();
    client.onDomainEvent('lifecycle', () => {});
    client.onDomainEvent('reboot', () => {});
    await expect.poll(() => server.calls('connectDomainEventCallbackRegisterAny')).toBe(2);
    await server.drop();
    await expect(client.host.hostname()).rejects.toMatchObject({ kind: 'disconnected' });
    await server.listen();
    await expect.poll(() => changes).toEqual(['connected true', 'disconnected', 'connected false']);
    expect(server.calls('connectDomainEventCallbackRegisterAny')).toBe(4);
    expect(await client.host.hostname()).toBe('here');
    lifecycle(LifecycleEvent.stopped);
    await expect.poll(() => told).toEqual([5]);
    end();
    lifecycle(LifecycleEvent.started);
    await client.host.hostname();
    expect(told).toEqual([5]);
  });

  it('stops trying when it is closed', async () => {
    await server.drop();
    const opened = client.open();
    const failure = expect(opened).rejects.toMatchObject({ kind: 'disconnected' });
    await client.close();
    await failure;
    await server.listen();
    await delay(60);
    expect(client.connected).toBe(false);
    expect(changes).toEqual([]);
  });
});
