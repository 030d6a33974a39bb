// How the devices of a `blockdevice` storage are named: links that udev keeps from start to start, and addresses of ATA over Ethernet. Pure.
import { invalidInput } from '../../server/core/errors.ts';

/** Links that carry the device's own id, not its place: WWN, serial, multipath; see udev's 60-persistent-storage.rules. */
const linkPattern =
  /^(?:wwn-0x[0-9a-f]{16}(?:[0-9a-f]{16})?|(?:scsi|ata|nvme|virtio|dm-uuid-mpath)-[A-Za-z0-9][A-Za-z0-9_.:+@#-]{0,199})$/;
/** `e<shelf>.<slot>` below `/dev/etherd`: the address is the name (aoe in the kernel's documentation). */
const etherPattern = /^e\d{1,5}\.\d{1,3}$/;
const mostDevices = 256;

/** Is it one harmless path component of either form? Partitions are none: only whole devices are given to guests. */
export function isDeviceName(name: string): boolean {
  return (linkPattern.test(name) && !/-part\d+$/.test(name)) || etherPattern.test(name);
}

export function devicePath(name: string): string {
  return etherPattern.test(name) ? `/dev/etherd/${name}` : `/dev/disk/by-id/${name}`;
}

/** The option's names, each once, with or without their folder; `invalid-input` about `devices`. */
export function readDeviceList(text: unknown): string[] {
  const words = String(text ?? '')
    .split(/[,;\s]+/)
    .filter((word) => word !== '')
    .map((word) => word.replace(/^\/dev\/(?:disk\/by-id|etherd)\//, ''));
  const names = [...new Set(words)];
  if (names.length === 0) throw invalidInput({ devices: 'name at least one device' });
  if (names.length > mostDevices) throw invalidInput({ devices: `name at most ${mostDevices} devices` });
  const bad = names.find((name) => !isDeviceName(name));
  if (bad !== undefined)
    throw invalidInput({
      devices: `${JSON.stringify(bad.slice(0, 120))} is not the name of a whole device below /dev/disk/by-id or /dev/etherd`,
    });
  return names;
}
