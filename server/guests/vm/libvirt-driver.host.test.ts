// The VM driver on a real libvirtd and QEMU (emulated, without disks): the contract, and what only VMs can do.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeGuestDriver } from '../../../test/contracts/guest-driver.ts';
import { type PrivateLibvirtd, startPrivateLibvirtd, whyNoLibvirtd } from '../../../test/host/libvirtd.ts';
import { createLogger } from '../../core/log.ts';
import { quietContext } from '../../core/work-context.ts';
import { domainName } from './domain-name.ts';
import { createLibvirtDriver } from './libvirt-driver.ts';
import { runDirectory, serialSocketPath, vncSocketPath } from './run-directory.ts';
import type { VmStart } from './vm-start.ts';

const obstacle = await whyNoLibvirtd();
if (obstacle) console.warn(`libvirt driver: skipped, ${obstacle}`);
const prefix = 'croft-driver-test-';

function vmSpec(runtimeDir: string, vmid: number, extraDevice = ''): VmStart {
  return {
    vmid,
    name: `guest ${vmid}`,
    xml: `<domain type='qemu'>
  <name>${domainName(prefix, vmid)}</name>
  <memory unit='MiB'>64</memory>
  <vcpu placement='static' current='1'>2</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <features><acpi/></features>
  <cpu mode='custom'><model>qemu64</model></cpu>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <graphics type='vnc'><listen type='socket' socket='${vncSocketPath(runtimeDir, vmid)}'/></graphics>
    <video><model type='vga'/></video>
    <serial type='unix'><source mode='bind' path='${serialSocketPath(runtimeDir, vmid)}'/></serial>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    ${extraDevice}
  </devices>
</domain>`,
  };
}

describe.skipIf(obstacle !== undefined)('on a private libvirtd', () => {
  let libvirtd: PrivateLibvirtd;
  let directory: string;
  let runtimeDir: string;
  const makeDriver = () =>
    createLibvirtDriver({
      socketPath: libvirtd.socketPath,
      guestPrefix: prefix,
      runtimeDir,
      log: createLogger('silent'),
      libvirtStateDir: libvirtd.stateDir,
    });

  beforeAll(async () => {
    libvirtd = await startPrivateLibvirtd();
    directory = await mkdtemp(join(tmpdir(), 'croft-vm-'));
    await chmod(directory, 0o711);
    runtimeDir = join(directory, 'guests');
  }, 60_000);
  afterAll(async () => {
    await libvirtd?.close();
    if (directory) await rm(directory, { recursive: true, force: true });
  }, 60_000);

  describeGuestDriver('the libvirt driver', async () => ({
    driver: makeDriver(),
    spec: (vmid) => vmSpec(runtimeDir, vmid),
    brokenSpec: (vmid) =>
      vmSpec(
        runtimeDir,
        vmid,
        `<disk type='file'><source file='${directory}/no-such-disk.raw'/><target dev='sda' bus='sata'/></disk>`,
      ),
    leftovers: async (vmid) => {
      const left: string[] = [];
      if (existsSync(runDirectory(runtimeDir, vmid))) left.push('run directory');
      const pids = await readdir(`${libvirtd.stateDir}/qemu`);
      if (pids.includes(`${domainName(prefix, vmid)}.pid`)) left.push('process');
      return left;
    },
    consoles: ['graphic', 'serial'],
    restartBackend: async () => {
      await libvirtd.kill();
      await libvirtd.restart();
    },
    close: async () => {},
  }));

  describe('virtual machines', () => {
    const context = quietContext();
    const driver = () => current;
    let current: ReturnType<typeof makeDriver>;
    const vmid = 900;

    beforeAll(async () => {
      current = makeDriver();
      await current.open();
      await current.start(context, vmSpec(runtimeDir, vmid));
    }, 60_000);
    afterAll(async () => {
      await current.stop(context, vmid);
      await current.close();
    });

    it('shows that nothing accelerates an emulated guest, and how many processors it has', async () => {
      expect(await driver().observe()).toContainEqual(expect.objectContaining({ vmid, accelerated: false }));
      expect((await driver().stats()).find((stats) => stats.vmid === vmid)).toMatchObject({
        cpus: 1,
        residentBytes: expect.any(Number),
      });
    });

    it('lets only root and QEMU reach the sockets, which a VNC server answers', async () => {
      const mode = execFileSync('stat', ['-c', '%a %U', runDirectory(runtimeDir, vmid)], {
        encoding: 'utf8',
      });
      expect(mode.trim()).toBe('750 libvirt-qemu');
      const screen = connect((await driver().console(vmid, 'graphic')).unixPath);
      expect(String((await once(screen, 'data'))[0])).toMatch(/^RFB 003\./);
      screen.destroy();
    });

    it('takes a picture of the screen', async () => {
      const { mimeType, data } = await driver().screenshot(vmid);
      expect(mimeType).toMatch(/^image\//);
      expect(data.length).toBeGreaterThan(100);
    });

    it('presses keys, and refuses those it does not know', async () => {
      await driver().sendKey(vmid, 'ctrl-alt-delete');
      await expect(driver().sendKey(vmid, 'ctrl-any')).rejects.toMatchObject({ code: 'invalid-input' });
    });

    it('says that no agent answers, and shuts down by the power button instead', async () => {
      const command = JSON.stringify({ execute: 'guest-ping' });
      await expect(driver().agentCommand(vmid, command, 2)).rejects.toMatchObject({ code: 'unavailable' });
      await driver().requestShutdown(vmid, { agent: true });
    });

    it('plugs a processor and a disk into a running guest, and tells what has to wait', async () => {
      const image = join(directory, 'plug.raw');
      await writeFile(image, Buffer.alloc(1024 * 1024));
      const disk = `<disk type='file'><driver name='qemu' type='raw'/><source file='${image}'/><target dev='vdb' bus='virtio'/><alias name='ua-virtio1'/></disk>`;
      const nvram = `<tpm model='tpm-tis'><backend type='emulator'/></tpm>`;
      const waiting = await driver().hotPlug(context, vmid, [
        { key: 'virtio1', action: 'attach', deviceXml: disk },
        { key: 'virtio1', action: 'resize-disk', target: 'vdb', sizeBytes: 2 * 1024 * 1024 },
        { key: 'tpmstate0', action: 'attach', deviceXml: nvram },
        { key: 'vcpus', action: 'vcpus', count: 2 },
      ]);
      expect(waiting).toEqual(['tpmstate0']);
      expect((await driver().stats()).find((stats) => stats.vmid === vmid)?.cpus).toBe(2);
    });

    it('takes a start back that is cancelled while it is under way', async () => {
      const abort = new AbortController();
      const start = driver().start(quietContext(abort.signal), vmSpec(runtimeDir, 901));
      await delay(50);
      abort.abort();
      await expect(start).rejects.toMatchObject({ code: 'cancelled' });
      expect((await driver().observe()).map((guest) => guest.vmid)).not.toContain(901);
      expect(existsSync(runDirectory(runtimeDir, 901))).toBe(false);
    });

    it('names what libvirt complains about, without paths of the host', async () => {
      const broken = `<disk type='file'><source file='${directory}/gone.raw'/><target dev='sda' bus='sata'/></disk>`;
      const failure = await driver()
        .start(context, vmSpec(runtimeDir, 902, broken))
        .catch((error: unknown) => error);
      expect(failure).toMatchObject({ name: 'AppError', message: expect.stringContaining('gone.raw') });
      expect(String(failure)).not.toContain(directory);
    });

    it('survives a new driver: the daemon finds its guests again', async () => {
      const [before] = (await driver().observe()).filter((guest) => guest.vmid === vmid);
      await current.close();
      current = makeDriver();
      await current.open();
      expect((await current.observe()).filter((guest) => guest.vmid === vmid)).toEqual([before]);
    });

    it('rejects calls while libvirtd is away, and tells what stopped meanwhile', async () => {
      await driver().start(context, vmSpec(runtimeDir, 903));
      const told: unknown[] = [];
      const end = driver().watch((observation) => told.push(observation));
      const pid = (await driver().observe()).find((guest) => guest.vmid === 903)?.pid as number;
      await libvirtd.kill();
      await expect(driver().observe()).rejects.toMatchObject({ code: 'unavailable' });
      process.kill(pid, 'SIGKILL');
      await libvirtd.restart();
      for (let i = 0; i < 200 && told.length < 2; i++) await delay(25);
      expect(told).toContainEqual({ vmid: 903, state: 'stopped', reason: 'reconnected' });
      expect(told).toContainEqual({ vmid, state: 'running', reason: 'reconnected' });
      end();
    });
  });
});
