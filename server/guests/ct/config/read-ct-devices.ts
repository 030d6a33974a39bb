// Reads the device keys of a container's configuration, and writes them: mount points, network cards, devices, features.
import {
  ctDeviceString,
  ctFeaturesString,
  ctMountString,
  ctNetString,
  ctRootfsString,
  ctUnusedString,
} from '../../../contract/lxc-strings.ts';
import { parseProperty } from '../../config/config-keys.ts';
import type { CtDevice, CtFeatures, CtMount, CtNic } from '../ct-model.ts';
import { renderCtProperty } from './ct-keys.ts';

/** What the source of a mount is: a path of the host below /dev is a device, another one a folder. */
function ctMountKind(source: string): CtMount['kind'] {
  if (source.startsWith('/dev/')) return 'device';
  return source.startsWith('/') ? 'bind' : 'volume';
}

/** `rootfs` or `mp[n]` of its text. */
export function readCtMount(key: string, text: string): CtMount {
  const mount: { mp?: string; backup?: boolean | undefined; keepattrs?: boolean | undefined } =
    key === 'rootfs' ? {} : parseProperty(key, ctMountString, text);
  const values =
    key === 'rootfs' ? parseProperty(key, ctRootfsString, text) : parseProperty(key, ctMountString, text);
  return {
    key,
    kind: ctMountKind(values.volume),
    source: values.volume,
    target: mount.mp ?? '/',
    sizeBytes: values.size,
    readOnly: values.ro ?? false,
    options: [...new Set(values.mountoptions?.split(';') ?? [])].sort(),
    acl: values.acl,
    quota: values.quota ?? false,
    backup: mount.backup ?? key === 'rootfs',
    shared: values.shared ?? false,
    replicate: values.replicate ?? true,
    keepOwners: mount.keepattrs ?? false,
  };
}

/** The text of a mount; what equals the default is left out. */
export function renderCtMount(mount: CtMount): string {
  const common = {
    volume: mount.source,
    acl: mount.acl,
    mountoptions: mount.options.length > 0 ? mount.options.join(';') : undefined,
    quota: mount.quota || undefined,
    replicate: mount.replicate ? undefined : false,
    ro: mount.readOnly || undefined,
    shared: mount.shared || undefined,
    size: mount.sizeBytes,
  };
  if (mount.key === 'rootfs') return renderCtProperty(ctRootfsString, common);
  return renderCtProperty(ctMountString, {
    ...common,
    mp: mount.target,
    backup: mount.backup || undefined,
    keepattrs: mount.keepOwners || undefined,
  });
}

export function readCtNic(key: string, text: string): CtNic {
  const values = parseProperty(key, ctNetString, text);
  return {
    key,
    index: Number(key.slice('net'.length)),
    name: values.name,
    bridge: values.bridge,
    mac: values.hwaddr?.toUpperCase(),
    ip: values.ip,
    gw: values.gw,
    ip6: values.ip6,
    gw6: values.gw6,
    firewall: values.firewall ?? false,
    linkDown: values.link_down ?? false,
    mtu: values.mtu,
    rate: values.rate,
    tag: values.tag,
    trunks: values.trunks === undefined ? [] : [...new Set(values.trunks.split(';').map(Number))],
    hostManaged: values['host-managed'] ?? false,
  };
}

export function renderCtNic(nic: CtNic): string {
  return renderCtProperty(ctNetString, {
    name: nic.name,
    bridge: nic.bridge,
    hwaddr: nic.mac,
    ip: nic.ip,
    gw: nic.gw,
    ip6: nic.ip6,
    gw6: nic.gw6,
    firewall: nic.firewall || undefined,
    link_down: nic.linkDown || undefined,
    mtu: nic.mtu,
    rate: nic.rate,
    tag: nic.tag,
    trunks: nic.trunks.length > 0 ? nic.trunks.join(';') : undefined,
    'host-managed': nic.hostManaged || undefined,
    type: 'veth',
  });
}

/** Without bridge and with a fixed address: the host routes to it. */
export function isRouted(nic: Pick<CtNic, 'bridge' | 'ip' | 'ip6'>): boolean {
  return nic.bridge === undefined && (isFixedAddress(nic.ip) || isFixedAddress(nic.ip6));
}

/** An address with its prefix length, not one of the words. */
export function isFixedAddress(value: string | undefined): value is string {
  return value?.includes('/') ?? false;
}

export function readCtDevice(key: string, text: string): CtDevice {
  const values = parseProperty(key, ctDeviceString, text);
  return {
    key,
    path: values.path ?? '',
    uid: values.uid ?? 0,
    gid: values.gid ?? 0,
    mode: values.mode ?? '0660',
    denyWrite: values['deny-write'] ?? false,
  };
}

export function readCtFeatures(text: string): CtFeatures {
  const values = parseProperty('features', ctFeaturesString, text);
  return {
    nesting: values.nesting ?? false,
    keyctl: values.keyctl ?? false,
    fuse: values.fuse ?? false,
    mknod: values.mknod ?? false,
    forceRwSys: values.force_rw_sys ?? false,
    mount: [...new Set((values.mount ?? '').split(/[; ]+/).filter((word) => word !== ''))].sort(),
  };
}

export function readCtUnused(key: string, text: string): { key: string; volume: string } {
  return { key, volume: parseProperty(key, ctUnusedString, text).volume };
}
