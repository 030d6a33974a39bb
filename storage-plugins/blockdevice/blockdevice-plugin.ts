// The storage type `blockdevice`: devices that the kernel shows by itself, such as LUNs of Fibre Channel and ATA over Ethernet, chosen by id.
import { AppError } from '../../server/core/errors.ts';
import { createDeviceVolumes, type ListedDevice } from '../block-devices/device-volumes.ts';
import { openSysfs, type Sysfs } from '../block-devices/sysfs.ts';
import { commonOptions } from '../common-options.ts';
import { contractVersion, type PluginDeclaration, type StoragePlugin } from '../plugin.ts';
import { devicePath, isDeviceName, readDeviceList } from './device-names.ts';

const declaration: PluginDeclaration = {
  type: 'blockdevice',
  contractVersion,
  options: [
    {
      name: 'devices',
      type: 'string',
      required: true,
      fixed: false,
      description:
        'Names below /dev/disk/by-id (wwn-0x..., scsi-...) or /dev/etherd (e0.0), separated by commas.',
    },
    ...commonOptions,
    {
      name: 'shared',
      type: 'boolean',
      required: false,
      fixed: false,
      description: 'Every node sees the same devices.',
    },
  ],
  place: ['devices'],
  contents: ['images'],
  imageFormats: [],
  shared: false,
  capabilities: [],
  rootFormats: [],
  isolated: true,
  programs: [],
};

/** `root` stands for `/`, for tests. */
export function createBlockdevicePlugin(root = '/'): StoragePlugin {
  const sysfs = openSysfs(root);
  return {
    declaration,
    open(_id, options) {
      const names = readDeviceList(options['devices']);
      const requireSome = async () => {
        const found = await readDevices(sysfs, names);
        if (found.length === 0)
          throw new AppError('unavailable', 'this node sees none of the devices of the storage');
        return found;
      };
      return {
        ...createDeviceVolumes({
          sysfs,
          devices: requireSome,
          isName: isDeviceName,
          words: { device: 'device', maker: 'the storage' },
        }),
        check: async () => void (await requireSome()),
        activate: async () => void (await requireSome()),
        deactivate: async () => {},
        async usage() {
          const found = new Set((await requireSome()).map(({ name }) => name));
          const missing = names.filter((name) => !found.has(name));
          const warnings = missing.map((name) => `this node does not see the device ${name}`);
          // Taken as they are: there is no space here to give out or to run out of.
          const none = { totalBytes: 0, usedBytes: 0, availableBytes: 0 };
          return warnings.length > 0 ? { ...none, warnings } : none;
        },
      };
    },
  };
}

/** Those that are there now. AoE's state is `up` or `down`, that of SCSI `running`, of NVMe `live`. */
async function readDevices(sysfs: Sysfs, names: readonly string[]): Promise<ListedDevice[]> {
  const found = await Promise.all(
    names.map(async (name) => {
      const path = devicePath(name);
      const kernelName = await sysfs.kernelNameOf(path);
      const device = kernelName === undefined ? undefined : await sysfs.device(kernelName);
      if (device === undefined || (await isPartition(sysfs, device.kernelName))) return [];
      const state = await sysfs.text(`/sys/class/block/${device.kernelName}/device/state`);
      const problem = ['', 'running', 'live', 'up'].includes(state)
        ? undefined
        : `it cannot be used now (${state})`;
      return [{ name, path, kernelName: device.kernelName, sizeBytes: device.sizeBytes, problem }];
    }),
  );
  return found.flat().sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

async function isPartition(sysfs: Sysfs, kernelName: string): Promise<boolean> {
  return (await sysfs.text(`/sys/class/block/${kernelName}/partition`)) !== '';
}
