// From a VM's stored configuration to what the driver is given: the domain to start, and changes while it runs.
import { createHash } from 'node:crypto';
import type { Attachment } from '../../../storage-plugins/plugin.ts';
import { readCpuList } from '../../core/cpu-list.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import { mebibyte } from '../../core/units.ts';
import { splitDriveKey, type VmConfig } from '../config/config-keys.ts';
import { type HotChange, settleKeys } from '../config/pending-changes.ts';
import { readVmConfig } from '../config/read-vm-config.ts';
import type { VmModel } from '../config/vm-model.ts';
import { rawPath } from '../raw-path.ts';
import { attachmentOf, type DomainHost, debianFirmware, unifiedCgroups } from './domain-host.ts';
import { domainName } from './domain-name.ts';
import { renderDomainXml } from './domain-xml.ts';
import { renderScsiControllerXml, renderTabletXml } from './domain-xml-devices.ts';
import { drivePlacements, limitsOf, renderDiskXml, targetName } from './domain-xml-disks.ts';
import { renderInterfaceXml } from './domain-xml-nics.ts';
import { cpuQuotaUs, firmwareDeviceOf } from './domain-xml-system.ts';
import { runDirectory } from './run-directory.ts';
import { vlansOf } from './tap-vlans.ts';
import type { TpmStart, VmChange, VmStart } from './vm-start.ts';

export interface VmRendererOptions {
  readonly guestPrefix: string;
  readonly runtimeDir: string;
  readonly accelerator: () => 'kvm' | 'tcg';
  /** Is there a bridge of this name on the host? */
  readonly bridgeExists: (name: string) => boolean;
  readonly fileExists: (path: string) => boolean;
  /** Does a bridge keep VLANs apart? */
  readonly filtersVlans: (bridge: string) => boolean;
}

type AttachmentMap = ReadonlyMap<string, Attachment>;

export type VmRenderer = ReturnType<typeof createVmRenderer>;

export function createVmRenderer(options: VmRendererOptions) {
  function hostOf(model: VmModel, attachments: AttachmentMap): DomainHost {
    const { vmid } = model;
    const bridges = new Map<string, string>();
    for (const { key, bridge } of model.nics) {
      if (bridge === undefined) continue;
      if (!options.bridgeExists(bridge))
        throw invalidInput({ [key]: `bridge '${bridge}' does not exist on this node` });
      bridges.set(key, bridge);
    }
    return {
      accelerator: options.accelerator(),
      domainName: domainName(options.guestPrefix, vmid),
      uuid: uuidOf(options.guestPrefix, vmid),
      runtimeDir: runDirectory(options.runtimeDir, vmid),
      attachments,
      bridges,
      firmware: debianFirmware,
      cgroup: options.fileExists(unifiedCgroups) ? 2 : 1,
    };
  }

  /** A card that is to be on some VLANs only has its link down until the bridge knows. */
  function nicChanges(
    action: 'attach' | 'update',
    model: VmModel,
    key: string,
    host: DomainHost,
  ): readonly VmChange[] {
    const nic = model.nics.find((candidate) => candidate.key === key)!;
    const vlans = vlansOf(model.vmid, nic, options.filtersVlans);
    const plug: VmChange = { key, action, deviceXml: renderInterfaceXml(model, key, host) };
    if (!vlans) return [plug];
    const told: VmChange = { key, action: 'vlans', vlans };
    if (!vlans.confined || nic.linkDown) return [plug, told];
    const silent = {
      ...model,
      nics: model.nics.map((other) => (other === nic ? { ...nic, linkDown: true } : other)),
    };
    return [
      { key, action, deviceXml: renderInterfaceXml(silent, key, host) },
      told,
      { key, action: 'update', deviceXml: plug.deviceXml },
    ];
  }

  return {
    renderStart(vmid: number, config: VmConfig, attachments: AttachmentMap): VmStart {
      const model = readVmConfig({ vmid, config });
      const host = hostOf(model, attachments);
      return {
        vmid,
        name: model.name ?? `VM ${vmid}`,
        xml: renderDomainXml(model, host),
        tpm: tpmStart(model, attachments),
        firmware: firmwareDeviceOf(model, host),
        vlans: model.nics.flatMap((nic) => vlansOf(vmid, nic, options.filtersVlans) ?? []),
        frozen: model.frozen,
      };
    },

    renderChange(
      vmid: number,
      change: HotChange,
      running: VmConfig,
      wanted: VmConfig,
      attachments: AttachmentMap,
    ): VmChange | readonly VmChange[] | undefined {
      const { key } = change;
      const before = readVmConfig({ vmid, config: running });
      // Only this key changes: what else waits (another boot order, say) is not the running domain's yet.
      const after = readVmConfig({ vmid, config: settleKeys(running, wanted, [key]) });
      switch (change.action) {
        case 'attach-drive':
          return attachDrive(before, after, key, attachments);
        case 'detach-drive':
          return { key, action: 'detach', deviceXml: detachedDrive(before, key) };
        case 'change-media':
          return { key, action: 'update', deviceXml: renderDiskXml(after, key, { attachments }) };
        case 'limit-drive': {
          const drive = after.drives.find((candidate) => candidate.key === key)!;
          return { key, action: 'disk-limits', target: targetName(drive), limits: limitsOf(drive) };
        }
        case 'attach-nic':
          return nicChanges('attach', after, key, hostOf(after, attachments));
        case 'detach-nic':
          return {
            key,
            action: 'detach',
            deviceXml: renderInterfaceXml(before, key, hostOf(before, attachments)),
          };
        case 'update-nic':
          return nicChanges('update', after, key, hostOf(after, attachments));
        case 'set-balloon':
          return { key, action: 'memory', memoryBytes: (after.balloonMib ?? after.memoryMib) * mebibyte };
        case 'set-memory':
          return { key, action: 'memory-size', totalMib: after.memoryMib };
        case 'set-vcpus':
          return vcpuChanges(key, after, running);
        case 'set-cpu-limit':
          return { key, action: 'cpu-time', quotaUs: cpuQuotaUs(after) };
        case 'set-cpu-units':
          return { key, action: 'cpu-time', units: after.cpu.units };
        case 'set-affinity':
          return { key, action: 'pin', cpus: cpusOf(wanted) };
        case 'attach-tablet':
        case 'detach-tablet':
          return {
            key,
            action: change.action === 'attach-tablet' ? 'attach' : 'detach',
            deviceXml: renderTabletXml(),
          };
      }
    },

    diskTarget(key: string): string {
      const drive = splitDriveKey(key);
      if (!drive) throw invalidInput({ disk: `'${key}' is no drive` });
      return targetName(drive);
    },

    firmwareVariables(type: '2m' | '4m', preEnrolledKeys: boolean): string | undefined {
      const { vars2m, vars4m, vars4mEnrolled } = debianFirmware;
      const path = type === '2m' ? vars2m : preEnrolledKeys ? vars4mEnrolled : vars4m;
      return options.fileExists(path) ? path : undefined;
    },
  };
}

/** swtpm opens files and block devices itself; it knows no other form than raw. */
function tpmStart({ tpmState }: VmModel, attachments: AttachmentMap): TpmStart | undefined {
  if (!tpmState) return undefined;
  const attachment = attachmentOf({ attachments }, 'tpmstate0');
  const path = rawPath(attachment);
  if (path !== undefined) return { path, version: tpmState.version };
  throw new AppError('unsupported', 'tpmstate0: the state of a TPM must be a raw file or a block device', {
    fields: { tpmstate0: 'must be a raw file or a block device' },
  });
}

/** A processor that comes later runs where the others do. */
function vcpuChanges(key: string, { cpu }: VmModel, running: VmConfig): readonly VmChange[] {
  const most = cpu.sockets * cpu.cores;
  const count = cpu.vcpus ?? most;
  if (count > most) throw new AppError('unsupported', `it was started with room for ${most} processors`);
  const cpus = cpusOf(running);
  return [{ key, action: 'vcpus', count }, ...(cpus ? [{ key, action: 'pin', cpus } as const] : [])];
}

function cpusOf({ affinity }: VmConfig): readonly number[] | undefined {
  return affinity === undefined ? undefined : readCpuList(String(affinity));
}

/** With a controller for each drive, a plugged one brings its own. The domain has no I/O thread to spare for it. */
function attachDrive(
  before: VmModel,
  after: VmModel,
  key: string,
  attachments: AttachmentMap,
): readonly VmChange[] {
  const single = after.scsiController === 'virtio-scsi-single' && key.startsWith('scsi');
  const taken = [...drivePlacements(before)].flatMap(([name, { controller = 0 }]) =>
    name.startsWith('scsi') ? [controller] : [],
  );
  const controller = single ? Math.max(-1, ...taken) + 1 : drivePlacements(after).get(key)?.controller;
  const deviceXml = renderDiskXml(after, key, { attachments }, { controller, iothread: undefined });
  const drive: VmChange = { key, action: 'attach', deviceXml };
  return single && controller !== undefined
    ? [{ key, action: 'attach', deviceXml: renderScsiControllerXml(after, controller) }, drive]
    : [drive];
}

/** libvirt finds the drive by its target; what it opened does not matter any more. */
function detachedDrive(before: VmModel, key: string): string {
  const nothing: Attachment = { kind: 'file', path: '/dev/null', format: 'raw' };
  return renderDiskXml(before, key, { attachments: new Map([[key, nothing]]) });
}

/** The same guest of the same daemon has the same identity, also when its configuration names none. */
function uuidOf(guestPrefix: string, vmid: number): string {
  const hex = createHash('sha256').update(`${guestPrefix}${vmid}`).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
