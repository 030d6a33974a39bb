// Property strings of a container's configuration: network cards, root and mount points, features, devices.
import { brokenCtFormat, normalPath } from './lxc-formats.ts';
import {
  type Parsed,
  type PropertyCodec,
  type PropertySchema,
  type PropertyValues,
  propertyCodec,
} from './property-string.ts';

const flag = { type: 'boolean', optional: true } as const;
const flagOff = { ...flag, default: 0 } as const;

/**
 * A codec that also keeps to the formats of containers and to a rule of its own. The rule answers what is wrong, or the
 * values in their normal notation.
 */
function ctCodec<const S extends PropertySchema>(
  schema: S,
  rule?: (values: PropertyValues<S>) => string | PropertyValues<S>,
): PropertyCodec<S> {
  const codec = propertyCodec(schema);
  const parse = (text: string): Parsed<PropertyValues<S>> => {
    const parsed = codec.parse(text);
    if (!parsed.ok) return parsed;
    for (const [key, value] of Object.entries(parsed.value)) {
      const spec = schema[key];
      if (spec?.type !== 'text' || spec.format === undefined) continue;
      const broken = brokenCtFormat(spec.format, String(value));
      if (broken !== undefined) return { ok: false, error: `${key}: ${broken}` };
    }
    const ruled = rule?.(parsed.value) ?? parsed.value;
    return typeof ruled === 'string' ? { ok: false, error: ruled } : { ok: true, value: ruled };
  };
  return { ...codec, parse };
}

/**
 * `name=eth0,bridge=vmbr0,ip=dhcp`. Names of interfaces are stricter than the published pattern: they are at most 15
 * characters (IFNAMSIZ of Linux), and `lo`, `all` and `default` mean something else to the kernel.
 */
export const ctNetString = ctCodec(
  {
    bridge: {
      type: 'text',
      pattern: '[-_.\\w\\d]+',
      regex: /^[a-zA-Z][a-zA-Z0-9_.-]{0,14}$/,
      optional: true,
    },
    firewall: flag,
    gw: { type: 'text', format: 'ipv4', optional: true },
    gw6: { type: 'text', format: 'ipv6', optional: true },
    'host-managed': flag,
    hwaddr: { type: 'text', format: 'mac-addr', optional: true },
    ip: { type: 'text', format: 'pve-ipv4-config', optional: true },
    ip6: { type: 'text', format: 'pve-ipv6-config', optional: true },
    link_down: flag,
    mtu: { type: 'integer', minimum: 64, maximum: 65535, optional: true },
    name: {
      type: 'text',
      pattern: '[-_.\\w\\d]+',
      regex: /^(?!(?:lo|all|default)$)[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,14}$/,
    },
    /** Megabytes (10^6 bytes) per second. */
    rate: { type: 'number', optional: true },
    tag: { type: 'integer', minimum: 1, maximum: 4094, optional: true },
    trunks: { type: 'text', pattern: '(?^:\\d+(?:;\\d+)*)', regex: /^\d+(?:;\d+)*$/, optional: true },
    type: { type: 'choice', enum: ['veth'], optional: true },
  },
  (values) => {
    if (values.rate !== undefined && values.rate < 0) return 'rate: must not be negative';
    const wrongTrunk = values.trunks?.split(';').find((id) => Number(id) < 1 || Number(id) > 4094);
    return wrongTrunk === undefined ? values : `trunks: '${wrongTrunk}' is not a VLAN: 1 to 4094`;
  },
);
export type CtNetValues = PropertyValues<typeof ctNetString.schema>;

const mountOption = '(discard|lazytime|noatime|nodev|noexec|nosuid)';
const mountOptions = {
  type: 'text',
  pattern: `(?^:(?^:${mountOption})(;(?^:${mountOption}))*)`,
  regex: new RegExp(`^${mountOption}(;${mountOption})*$`),
  optional: true,
} as const;

/** What the root and a mount point have in common. `size` is kept by the daemon. */
const volumeKeys = {
  acl: flag,
  mountoptions: mountOptions,
  quota: flag,
  replicate: { ...flag, default: 1 },
  ro: flag,
  shared: flagOff,
  size: { type: 'size', optional: true },
  /** `storage:name`, `storage:GIBIBYTES` to allocate one, or an absolute path of the host. */
  volume: { type: 'text', format: 'pve-lxc-mp-string', defaultKey: true },
} as const;

/** `local:8` to allocate 8 GiB, `local:101/vm-101-disk-0.subvol,size=8G` from then on. */
export const ctRootfsString = ctCodec(volumeKeys, (values) => ({
  ...values,
  volume: normalPath(values.volume) ?? values.volume,
}));
export type CtRootfsValues = PropertyValues<typeof ctRootfsString.schema>;

/** `mp[n]`. Paths come out normal: without repeated or trailing slashes. */
export const ctMountString = ctCodec(
  {
    ...volumeKeys,
    backup: flag,
    keepattrs: flagOff,
    /** Where it is inside. */
    mp: { type: 'text', format: 'pve-lxc-mp-string' },
  },
  (values) => {
    const target = normalPath(values.mp);
    if (target === undefined || target === '/')
      return "mp: write an absolute path inside the container, without '.' or '..', and not / itself";
    return { ...values, mp: target, volume: normalPath(values.volume) ?? values.volume };
  },
);
export type CtMountValues = PropertyValues<typeof ctMountString.schema>;

export const ctFeaturesString = ctCodec({
  force_rw_sys: flagOff,
  fuse: flagOff,
  keyctl: flagOff,
  mknod: flagOff,
  /** File systems that may be mounted inside, `nfs;cifs`. */
  mount: { type: 'text', pattern: '(?^:[a-zA-Z0-9_; ]+)', regex: /^[a-zA-Z0-9_; ]+$/, optional: true },
  nesting: flagOff,
});
export type CtFeaturesValues = PropertyValues<typeof ctFeaturesString.schema>;

/** `dev[n]`: `/dev/ttyUSB0,mode=0660`. */
export const ctDeviceString = ctCodec(
  {
    'deny-write': flagOff,
    gid: { type: 'integer', minimum: 0, optional: true },
    mode: { type: 'text', pattern: '0[0-7]{3}', optional: true },
    path: { type: 'text', format: 'pve-lxc-dev-string', defaultKey: true, optional: true },
    uid: { type: 'integer', minimum: 0, optional: true },
  },
  (values) =>
    values.path === undefined
      ? "'path' is missing"
      : { ...values, path: normalPath(values.path) ?? values.path },
);
export type CtDeviceValues = PropertyValues<typeof ctDeviceString.schema>;

/** `unused[n]`: a volume that belongs to the container and is mounted nowhere. */
export const ctUnusedString = ctCodec({
  volume: { type: 'text', format: 'pve-volume-id', defaultKey: true },
});
