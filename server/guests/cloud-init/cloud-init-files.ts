// The files of a cloud-init image: where each kind of image has them, and the user's own in place of ours.
import { createHash } from 'node:crypto';
import { invalidInput } from '../../core/errors.ts';
import { mebibyte } from '../../core/units.ts';
import { hiddenPassword, isWindows } from '../config/cloud-init-keys.ts';
import type { VmModel } from '../config/vm-model.ts';
import { type HostDns, renderInterfaces, renderNetworkConfig } from './network-config.ts';
import { renderYaml } from './render-yaml.ts';
import { hostNames, renderUserData } from './user-data.ts';

export interface CloudInitFiles {
  /** Of the file system: by it the guest finds the image. */
  readonly label: 'cidata' | 'config-2';
  /** Contents by path, without a leading slash. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
}

/** Contents of the files that `cicustom` names. */
export type CustomFiles = Readonly<Partial<Record<'meta' | 'network' | 'user' | 'vendor', Uint8Array>>>;

type ImageKind = 'nocloud' | 'configdrive2';

/** All that goes into an image of 4 MiB, with room for the file system's own. */
const mostBytes = 3 * mebibyte;

/** Windows reads config drives only (cloudbase-init); of Linux, NoCloud finds cards by their MAC address. */
function imageKind({ cloudInit, osType }: VmModel): ImageKind {
  if (cloudInit.type === 'configdrive2' || cloudInit.type === 'nocloud') return cloudInit.type;
  return isWindows(osType) ? 'configdrive2' : 'nocloud';
}

/** `invalid-input` about `cicustom` when the user's own files are too large. */
export function cloudInitFiles(model: VmModel, dns: HostDns, custom: CustomFiles = {}): CloudInitFiles {
  const kind = imageKind(model);
  const user = custom.user ?? renderUserData(model);
  const network = custom.network ?? renderNetwork(kind, model, dns);
  const meta = custom.meta ?? renderMeta(kind, model, user, network);
  const { vendor } = custom;
  const bytes = [user, network, meta, vendor ?? ''].reduce((sum, file) => sum + Buffer.byteLength(file), 0);
  if (bytes > mostBytes) throw invalidInput({ cicustom: 'the files are larger than 3 MiB together' });
  if (kind === 'nocloud') {
    return {
      label: 'cidata',
      // Without the file for vendors, cloud-init of some versions looks for it in vain and warns.
      files: { 'user-data': user, 'network-config': network, 'meta-data': meta, 'vendor-data': vendor ?? '' },
    };
  }
  return {
    label: 'config-2',
    files: {
      'openstack/latest/user_data': user,
      'openstack/content/0000': network,
      'openstack/latest/meta_data.json': meta,
      ...(vendor === undefined ? {} : { 'openstack/latest/vendor_data.json': vendor }),
    },
  };
}

/** What is generated, as it may be shown: the password hidden. */
export function dumpCloudInit(model: VmModel, dns: HostDns, type: 'user' | 'network' | 'meta'): string {
  const kind = imageKind(model);
  if (type === 'network') return renderNetwork(kind, model, dns);
  if (type === 'meta') return renderMeta(kind, model, renderUserData(model), renderNetwork(kind, model, dns));
  const { cloudInit } = model;
  const shown = cloudInit.passwordHash === undefined ? undefined : hiddenPassword;
  return renderUserData({ ...model, cloudInit: { ...cloudInit, passwordHash: shown } });
}

function renderNetwork(kind: ImageKind, model: VmModel, dns: HostDns): string {
  return kind === 'nocloud' ? renderNetworkConfig(model, dns) : renderInterfaces(model, dns);
}

/** A new identity makes cloud-init do everything again: so it follows what the guest is told. */
function renderMeta(
  kind: ImageKind,
  model: VmModel,
  user: string | Uint8Array,
  network: string | Uint8Array,
): string {
  const id = createHash('sha1').update(user).update(network).digest('hex');
  if (kind === 'nocloud') return renderYaml({ 'instance-id': id });
  const { sshKeys } = model.cloudInit;
  const keys = Object.fromEntries(sshKeys.map((key, index) => [`key-${index}`, key]));
  const meta = {
    uuid: id,
    hostname: hostNames(model).fqdn,
    network_config: { content_path: '/content/0000' },
    ...(sshKeys.length > 0 ? { public_keys: keys } : {}),
  };
  return `${JSON.stringify(meta, null, 2)}\n`;
}
