// Why a change of a running VM waits for its next start, in words for the task's log.
import { splitDeviceKey, splitDriveKey, type VmConfig } from './config-keys.ts';
import { pick } from './pending-changes.ts';
import { readVmConfig } from './read-vm-config.ts';
import type { HotPlugFeature } from './vm-model.ts';

/** The part of a sentence after "the key waits for the next start"; undefined where nothing more can be said than that. */
export function whyWaiting(key: string, wanted: VmConfig, running: VmConfig): string | undefined {
  const { hotplug } = readVmConfig({ vmid: 0, config: pick(wanted, 'hotplug') });
  const off = (feature: HotPlugFeature) =>
    hotplug.includes(feature) ? undefined : `hotplug does not name ${feature}`;
  const drive = splitDriveKey(key);
  if (drive) {
    if (drive.bus === 'ide' || drive.bus === 'sata')
      return `${drive.bus} devices cannot be plugged while it runs: only discs are changed`;
    return off('disk') ?? 'a running disk keeps its settings, except its limits of speed';
  }
  switch (splitDeviceKey(key)?.base ?? key) {
    case 'net':
      return off('network');
    case 'tablet':
      return off('usb') ?? 'it has no screen';
    case 'vcpus':
      return off('cpu');
    case 'cores':
    case 'sockets':
      return 'how many there can be is fixed while it runs; vcpus says how many are on';
    case 'memory':
      return (
        off('memory') ?? (running['numa'] === 1 ? undefined : 'memory hot-plug needs numa=1 from the start')
      );
    case 'balloon':
      return 'the balloon device comes and goes with a start only';
    default:
      return undefined;
  }
}
