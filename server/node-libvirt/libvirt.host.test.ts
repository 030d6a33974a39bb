// The client against a real libvirtd with QEMU: the wire formats as libvirt itself has them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PrivateLibvirtd, startPrivateLibvirtd, whyNoLibvirtd } from '../../test/host/libvirtd.ts';
import {
  BlockResizeFlag,
  CreateFlag,
  type DomainRef,
  DomainState,
  ErrorNumber,
  Libvirt,
  LifecycleEvent,
  ModifyFlag,
  ReconnectingLibvirt,
  StatsFlag,
  StatsGroup,
  XmlFlag,
} from './index.ts';

const obstacle = await whyNoLibvirtd();
if (obstacle) console.warn(`node-libvirt on libvirtd: skipped, ${obstacle}`);

const domainXml = (name: string) => `<domain type='qemu'><name>${name}</name><memory unit='MiB'>64</memory>
  <vcpu>1</vcpu><os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features>
  <devices><emulator>/usr/bin/qemu-system-x86_64</emulator><video><model type='vga'/></video>
  <serial type='pty'/><console type='pty'/><memballoon model='virtio'/>
  <graphics type='vnc'><listen type='none'/></graphics></devices></domain>`;

describe.skipIf(obstacle !== undefined)('a real libvirtd', () => {
  let libvirtd: PrivateLibvirtd;
  let client: Libvirt;
  let domain: DomainRef;
  const events: string[] = [];

  beforeAll(async () => {
    libvirtd = await startPrivateLibvirtd();
    client = await Libvirt.connect({ socketPath: libvirtd.socketPath });
    await client.onDomainEvent('lifecycle', (e) => events.push(`${e.domain.name} ${e.event}`));
    await client.onDomainEvent('reboot', (e) => events.push(`${e.domain.name} reboot`));
    domain = await client.domains.createXml(domainXml('node-libvirt-test'));
  }, 60_000);
  afterAll(async () => {
    await client?.close();
    await libvirtd?.close();
  }, 60_000);

  it('tells its versions and the host', async () => {
    expect(await client.host.libvirtVersion()).toMatch(/^\d+\.\d+\.\d+$/);
    expect(await client.host.hypervisorVersion()).toMatch(/^\d+\.\d+\.\d+$/);
    expect(await client.host.hostname()).not.toBe('');
    expect(await client.host.nodeInfo()).toMatchObject({ cpuModel: 'x86_64', cpus: expect.any(Number) });
    expect(await client.host.capabilities()).toMatch(/^<capabilities>/);
    expect(await client.host.domainCapabilities({ virtType: 'qemu' })).toContain('<domain>qemu</domain>');
  });

  it('finds the domain by every way', async () => {
    expect(await client.domains.list()).toEqual([domain]);
    expect(await client.domains.lookupByName(domain.name)).toEqual(domain);
    expect(await client.domains.lookupByUuid(domain.uuid)).toEqual(domain);
    expect(await client.domains.xml(domain, XmlFlag.secure)).toContain(domain.uuid);
    await expect(client.domains.lookupByName('nobody')).rejects.toMatchObject({ code: ErrorNumber.noDomain });
  });

  it('rules its life and tells of it', async () => {
    await client.domains.suspend(domain);
    expect((await client.domains.state(domain)).state).toBe(DomainState.paused);
    await client.domains.resume(domain);
    await client.domains.reset(domain);
    await client.domains.sendKey(domain, 0, 10, [29, 56, 111]);
    await client.domains.injectNmi(domain);
    await client.domains.shutdown(domain);
    expect(await client.domains.info(domain)).toMatchObject({
      state: DomainState.running,
      cpus: 1,
      maxMemoryKib: 65536,
    });
    await expect.poll(() => events).toContain(`${domain.name} reboot`);
    expect(events).toContain(`${domain.name} ${LifecycleEvent.started}`);
    expect(events).toContain(`${domain.name} ${LifecycleEvent.suspended}`);
  });

  it('reads statistics', async () => {
    const groups = StatsGroup.state | StatsGroup.cpuTotal | StatsGroup.balloon | StatsGroup.vcpu;
    const [stats] = await client.stats.all(groups, StatsFlag.active | StatsFlag.noWait);
    expect(stats?.values.get('state.state')).toBe(DomainState.running);
    expect(stats?.values.get('balloon.maximum')).toBe(65536);
    expect(stats?.values.get('cpu.time')).toBeGreaterThan(0);
    expect(await client.stats.all(groups, 0, [domain])).toHaveLength(1);
  });

  it('plugs, resizes and unplugs', async () => {
    const { mkdtemp, rm, writeFile, chmod } = await import('node:fs/promises');
    const directory = await mkdtemp('/tmp/node-libvirt-');
    await chmod(directory, 0o711);
    await writeFile(`${directory}/d.raw`, Buffer.alloc(1024 * 1024));
    const disk = `<disk type='file'><driver name='qemu' type='raw'/><source file='${directory}/d.raw'/><target dev='vdb' bus='virtio'/></disk>`;
    await client.devices.attach(domain, disk, ModifyFlag.live);
    await client.devices.blockResize(domain, 'vdb', 2 * 1024 * 1024, BlockResizeFlag.bytes);
    expect((await client.devices.blockInfo(domain, 'vdb')).capacityBytes).toBe(2 * 1024 * 1024);
    await client.devices.setBlockThreshold(domain, 'vdb', 1024 * 1024);
    await client.devices.setMemory(domain, 32768, ModifyFlag.live);
    expect(await client.devices.vcpus(domain, ModifyFlag.live)).toBe(1);
    await client.devices.detach(domain, disk, ModifyFlag.live);
    await rm(directory, { recursive: true });
  }, 20_000);

  it('speaks to the monitor, and hears that there is no agent', async () => {
    const answer = await client.qemu.monitorCommand(domain, JSON.stringify({ execute: 'query-status' }));
    expect(JSON.parse(answer)).toMatchObject({ return: { running: true } });
    expect(await client.qemu.monitorCommand(domain, 'info version', true)).toMatch(/\d+\.\d+/);
    await expect(client.qemu.agentCommand(domain, '{"execute":"guest-ping"}', 1)).rejects.toMatchObject({
      code: ErrorNumber.argumentUnsupported,
    });
  });

  it('streams a picture of the screen', async () => {
    const { mimeType, stream } = await client.domains.screenshot(domain);
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    const picture = Buffer.concat(chunks);
    expect(mimeType).toMatch(/^image\//);
    expect(picture.length).toBeGreaterThan(100);
    // The connection is as good as before.
    expect(await client.domains.list()).toHaveLength(1);
  });

  it('streams a console both ways', async () => {
    const stream = await client.domains.openConsole(domain);
    stream.on('error', () => {});
    await new Promise((resolve, reject) =>
      stream.write('x', (error) => (error ? reject(error) : resolve(undefined))),
    );
    stream.destroy();
    expect(await client.domains.list()).toHaveLength(1);
  });

  it('defines, starts paused, ends and undefines', async () => {
    const defined = await client.domains.defineXml(domainXml('node-libvirt-test-2'));
    expect(defined.id).toBe(-1);
    const running = await client.domains.create(defined, CreateFlag.paused);
    expect((await client.domains.state(running)).state).toBe(DomainState.paused);
    await client.domains.destroy(running);
    await client.domains.undefine(defined);
    await expect(client.domains.lookupByName(defined.name)).rejects.toMatchObject({
      code: ErrorNumber.noDomain,
    });
  });

  it('keeps a silent connection, both sides pinging', async () => {
    const quiet = await Libvirt.connect({
      socketPath: libvirtd.socketPath,
      keepAlive: { intervalMs: 50, maxMissed: 2 },
    });
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(await quiet.host.hostname()).not.toBe('');
    await quiet.close();
  });

  it('reconnects when libvirtd is killed, and the domain lives on', async () => {
    const lasting = new ReconnectingLibvirt({ socketPath: libvirtd.socketPath, firstRetryMs: 20 });
    const told: number[] = [];
    lasting.onDomainEvent('lifecycle', (e) => told.push(e.event));
    await lasting.open();
    await libvirtd.kill();
    await expect(lasting.domains.list()).rejects.toMatchObject({ kind: 'disconnected' });
    await libvirtd.restart();
    await expect.poll(() => lasting.connected, { timeout: 5000 }).toBe(true);
    expect(await lasting.domains.list()).toEqual([domain]);
    // libvirtd accepts connections before it has found its guests' monitors again, and a guest that is ended in between
    // is gone before the call that ends it can answer. A command to the monitor waits for its turn.
    const answer = await lasting.qemu.monitorCommand(domain, JSON.stringify({ execute: 'query-status' }));
    expect(JSON.parse(answer)).toMatchObject({ return: { running: true } });
    await lasting.domains.destroy(domain);
    await expect.poll(() => told).toContain(LifecycleEvent.stopped);
    await lasting.close();
  }, 30_000);
});
