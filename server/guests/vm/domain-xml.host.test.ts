// A real libvirt and QEMU accept every golden configuration: schema, device options, addresses, boot order.
import { chmod, chown, mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Attachment } from '../../../storage-plugins/plugin.ts';
import { type PrivateLibvirtd, startPrivateLibvirtd, whyNoLibvirtd } from '../../../test/host/libvirtd.ts';
import { missingTrafficLimit } from '../../../test/host/traffic-limits.ts';
import { exec } from '../../core/exec.ts';
import type { VmConfig } from '../config/config-keys.ts';
import { readVmConfig } from '../config/read-vm-config.ts';
import { debianFirmware } from './domain-host.ts';
import { renderDomainXml } from './domain-xml.ts';
import { goldens, usual } from './domain-xml-cases.ts';
import { renderScsiControllerXml } from './domain-xml-devices.ts';
import { renderDiskXml } from './domain-xml-disks.ts';
import { renderInterfaceXml } from './domain-xml-nics.ts';
import { firmwareFor } from './domain-xml-system.ts';
import { firmwareLink, letFirmwareDeviceGo, openFirmwareDevice } from './firmware-device.ts';
import { readQemuUser } from './qemu-user.ts';
import { runDirectory } from './run-directory.ts';
import { endTpm, startTpm } from './tpm.ts';

const why = await whyNoLibvirtd();
const vmid = 999_990_000 + (process.pid % 9000);
const bridge = `crx${process.pid}`;
const name = `croft-xml-${process.pid}`;

describe.skipIf(why !== undefined)(`libvirt starts it${why ? ` (skipped: ${why})` : ''}`, () => {
  let libvirtd: PrivateLibvirtd;
  let folder = '';
  let limited = false;
  const virsh = (...args: string[]) =>
    exec('virsh', ['-q', '-c', `qemu:///system?socket=${libvirtd.socketPath}`, ...args], {
      timeoutMs: 60_000,
    });

  beforeAll(async () => {
    libvirtd = await startPrivateLibvirtd();
    // Not below /run, which the private libvirtd has to itself; short, for the sockets' names.
    folder = await mkdtemp('/tmp/crx-');
    await chmod(folder, 0o755);
    await exec('ip', ['link', 'add', bridge, 'type', 'bridge']);
    const missing = await missingTrafficLimit(bridge);
    limited = missing === undefined;
    if (!limited)
      process.stderr.write(
        `limits of network speed are not tried: this kernel lacks '${missing}', which libvirt needs\n`,
      );
  });

  afterAll(async () => {
    await libvirtd?.close();
    await exec('ip', ['link', 'delete', bridge], { okExitCodes: [0, 1] });
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  /** Files for every volume, and what the host gives. */
  async function prepare(config: VmConfig, attached: ReadonlyMap<string, Attachment> = new Map()) {
    const read = readVmConfig({ vmid, config });
    const nics = limited ? read.nics : read.nics.map((nic) => ({ ...nic, rate: undefined }));
    const model = { ...read, nics };
    const runtimeDir = runDirectory(folder, vmid);
    await mkdir(runtimeDir, { recursive: true });
    const { uid, gid } = await readQemuUser();
    await chown(runtimeDir, uid, gid);
    const attachments = new Map<string, Attachment>(attached);
    for (const drive of model.drives) {
      if (drive.volume === undefined || attached.has(drive.key)) continue;
      const format = drive.volume.endsWith('.qcow2') ? 'qcow2' : 'raw';
      const path = join(folder, `${drive.key}.${format}`);
      if (format === 'qcow2') await exec('qemu-img', ['create', '-q', '-f', 'qcow2', path, '64M']);
      else {
        await writeFile(path, '');
        await truncate(path, 1024 * 1024);
      }
      attachments.set(drive.key, { kind: 'file', path, format });
    }
    if (model.efiDisk && !attached.has('efidisk0')) {
      const path = join(folder, 'efivars.raw');
      await exec('cp', [firmwareFor(model, debianFirmware).variables, path]);
      attachments.set('efidisk0', { kind: 'file', path, format: 'raw' });
    }
    if (model.tpmState) {
      const path = join(folder, 'tpm.raw');
      await writeFile(path, '');
      await truncate(path, 4 * 1024 * 1024);
      // An empty state has its form already: no time is taken for keys and certificates that nobody asks for.
      const { version } = model.tpmState;
      const form = ['socket', ...(version === 'v2.0' ? ['--tpm2'] : []), '--print-states'];
      await exec('swtpm', [...form, '--tpmstate', `backend-uri=file://${path}`]);
      const place = { exec, runtimeDir: folder, qemuUser: { uid, gid } };
      await endTpm(folder, vmid);
      await startTpm(place, vmid, { path, version });
    }
    const host = {
      accelerator: 'tcg' as const,
      domainName: name,
      uuid: 'c40f0000-0000-4000-8000-000000000064',
      runtimeDir,
      attachments,
      bridges: new Map(model.nics.flatMap((nic) => (nic.bridge ? [[nic.key, bridge] as const] : []))),
      firmware: debianFirmware,
    };
    return { model, host };
  }

  async function create(config: VmConfig, attached?: ReadonlyMap<string, Attachment>) {
    const { model, host } = await prepare(config, attached);
    const file = join(folder, 'domain.xml');
    await writeFile(file, renderDomainXml(model, host));
    await virsh('create', '--paused', '--validate', file);
    return { model, host };
  }

  test.each(Object.entries(goldens))('%s', async (_name, [config]) => {
    await create(config);
    expect((await virsh('domstate', name)).stdout.trim()).toBe('paused');
    expect((await virsh('dumpxml', name)).stdout).toContain('urn:croft:guest:1');
    await virsh('destroy', name);
  });

  test('images on devices, and firmware variables on one that is larger than they are', async () => {
    const devices: string[] = [];
    const device = async (file: string, bytes: number) => {
      const path = join(folder, file);
      await writeFile(path, '');
      await truncate(path, bytes);
      const { stdout } = await exec('losetup', ['--find', '--show', path]);
      devices.push(stdout.trim());
      return stdout.trim();
    };
    try {
      const variables = await device('vars.dev', 4 * 1024 ** 2);
      const below = await device('below.dev', 16 * 1024 ** 2);
      const top = await device('top.dev', 16 * 1024 ** 2);
      const config = {
        ...usual,
        bios: 'ovmf',
        efidisk0: 'lvm:vm-1-disk-0,efitype=4m',
        scsi0: 'lvm:vm-1-disk-1.qcow2',
      };
      await exec('dd', [`if=${debianFirmware.vars4m}`, `of=${variables}`, 'conv=notrunc']);
      await exec('qemu-img', ['create', '-q', '-f', 'qcow2', below, '8M']);
      await exec('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', below, '-F', 'qcow2', top]);
      const backing = [{ path: below, format: 'qcow2', device: true }] as const;
      const link = firmwareLink(name);
      await openFirmwareDevice(exec, { path: variables, sizeBytes: 528 * 1024, link });
      await openFirmwareDevice(exec, { path: variables, sizeBytes: 528 * 1024, link });
      await create(
        config,
        new Map<string, Attachment>([
          ['efidisk0', { kind: 'block', path: variables }],
          ['scsi0', { kind: 'block', path: top, format: 'qcow2', backing }],
        ]),
      );
      await letFirmwareDeviceGo(exec, variables);
      const loops = async () =>
        (await exec('losetup', ['--noheadings', '--raw', '--output', 'NAME', '--associated', variables]))
          .stdout;
      expect((await loops()).trim().split('\n')).toHaveLength(1);
      const { stdout } = await virsh('qemu-monitor-command', name, '--hmp', 'info mtree');
      // 528 KiB, right below the code.
      expect(stdout).toMatch(/0*ffc00000-0*ffc83fff .*system\.flash1/);
      const nodes = await virsh('qemu-monitor-command', name, '{"execute":"query-named-block-nodes"}');
      expect(nodes.stdout).toContain(`"filename":"${below}"`);
      await virsh('destroy', name);
      await expect.poll(loops).toBe('');
    } finally {
      await rm(firmwareLink(name), { force: true });
      for (const path of devices) await exec('losetup', ['--detach', path]);
    }
  });

  test('drives and cards are plugged and changed while it runs', async () => {
    const { host } = await create({ ...usual, machine: 'q35' });
    const more = await prepare(
      {
        ...usual,
        machine: 'q35',
        ide2: 'none,media=cdrom',
        net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0,link_down=1,rate=5',
        net1: 'virtio=BC:24:11:00:00:02,bridge=vmbr0',
        scsi4: 'local:100/new.qcow2,discard=on',
        virtio1: 'local:100/new.raw',
      },
      host.attachments,
    );
    const apply = async (verb: string, xml: string) => {
      const file = join(folder, 'device.xml');
      await writeFile(file, xml);
      await virsh(verb, name, file, '--live');
    };
    await apply('attach-device', renderScsiControllerXml(more.model, 1));
    await apply(
      'attach-device',
      renderDiskXml(more.model, 'scsi4', more.host, { controller: 1, iothread: undefined }),
    );
    await apply('attach-device', renderDiskXml(more.model, 'virtio1', more.host));
    await apply('attach-device', renderInterfaceXml(more.model, 'net1', more.host));
    await apply('update-device', renderInterfaceXml(more.model, 'net0', more.host));
    await apply('update-device', renderDiskXml(more.model, 'ide2', more.host));
    const xml = (await virsh('dumpxml', name)).stdout;
    for (const alias of ['ua-scsi4', 'ua-virtio1', 'ua-net1'])
      expect(xml).toContain(`<alias name='${alias}'/>`);
    expect(xml).toContain("<link state='down'/>");
    expect(xml).not.toContain('ide2.raw');
    await virsh('destroy', name);
  });
});
