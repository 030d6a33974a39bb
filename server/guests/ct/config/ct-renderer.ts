// From a container's stored configuration to what the driver is given: the start, and changes while it runs.
import type { Attachment } from '../../../../storage-plugins/plugin.ts';
import { AppError, invalidInput } from '../../../core/errors.ts';
import { mebibyte } from '../../../core/units.ts';
import type { CtParts } from '../../ct-parts.ts';
import type { CtChange, CtMountPlan } from '../ct-driver.ts';
import type { CtModel, CtMount, CtNic } from '../ct-model.ts';
import { ctPaths } from '../ct-paths.ts';
import { type BindMountRules, refuseBindMounts } from './bind-mounts.ts';
import type { CtHostFacts, HostDevice } from './ct-host-facts.ts';
import { isCtMountKey, splitCtKey } from './ct-keys.ts';
import { deviceNodes } from './lxc-mounts.ts';
import { checkBridge, nicPlan } from './lxc-nics.ts';
import { ctMountVerdict, ctNicVerdict } from './pending-ct-changes.ts';
import { readCtConfig } from './read-ct-config.ts';
import { isFixedAddress } from './read-ct-devices.ts';
import { renderLxcConfig } from './render-lxc-config.ts';

/** What the renderer asks of the host, each time anew. */
export interface CtRendererHost
  extends Pick<
    CtHostFacts,
    'prefix' | 'hooksFolder' | 'filesFolder' | 'cgroupVersion' | 'swapAccounting' | 'seccomp' | 'appArmor'
  > {
  /** `<runtimeDir>/lxc`. */
  readonly base: string;
  lxcfs(): boolean;
  onlineCpus(): readonly number[];
  /** Undefined: there is no bridge of this name. */
  bridge(name: string): { readonly vlanFiltering: boolean } | undefined;
  /** Undefined: there is no device at this path. */
  device(path: string): HostDevice | undefined;
  /** Folders that may be bound: asked at each start, too, since the list may have become shorter. */
  bindMounts(): BindMountRules;
}

type Attachments = ReadonlyMap<string, Attachment>;

export function createCtRenderer(host: CtRendererHost): Pick<CtParts, 'renderStart' | 'renderChange'> {
  function factsFor(model: CtModel): CtHostFacts {
    const { prefix, hooksFolder, filesFolder, cgroupVersion, swapAccounting, seccomp, appArmor } = host;
    return {
      ...{ prefix, hooksFolder, filesFolder, cgroupVersion, swapAccounting, seccomp, appArmor },
      paths: ctPaths(host.base, model.vmid),
      lxcfs: host.lxcfs(),
      onlineCpus: host.onlineCpus(),
      bridges: bridgesOf(model.nics),
      devices: new Map(
        model.devices.flatMap(({ path }) => {
          const device = host.device(path);
          return device ? [[path, device]] : [];
        }),
      ),
    };
  }

  function bridgesOf(nics: readonly CtNic[]): CtHostFacts['bridges'] {
    return new Map(
      nics.flatMap(({ bridge: name }) => {
        const bridge = name === undefined ? undefined : host.bridge(name);
        return bridge ? [[name!, bridge]] : [];
      }),
    );
  }

  function mountPlan(model: CtModel, mount: CtMount, attachments: Attachments): CtMountPlan {
    if (mount.kind === 'bind')
      refuseBindMounts([{ key: mount.key, kind: 'bind', path: mount.source }], host.bindMounts());
    return {
      key: mount.key,
      attachment: attachmentOf(mount, attachments),
      target: mount.target,
      // The set-up writes into the root before a start; LXC makes it read-only (lxc.rootfs.options).
      readOnly: mount.key !== 'rootfs' && mount.readOnly,
      options: [...mount.options, ...(mount.acl === undefined ? [] : [mount.acl ? 'acl' : 'noacl'])],
      idmapped: mount.keepOwners && model.unprivileged,
    };
  }

  return {
    renderStart(vmid, config, attachments) {
      const model = readCtConfig({ vmid, config });
      if (model.template)
        throw new AppError('wrong-state', `CT ${vmid} is a template: clone it to start a container`);
      const facts = factsFor(model);
      return {
        vmid,
        name: model.hostname,
        lxcConfig: renderLxcConfig(model, facts),
        unprivileged: model.unprivileged,
        mounts: [model.root, ...model.mounts].map((mount) => mountPlan(model, mount, attachments)),
        nics: model.nics.map((nic) => nicPlan(vmid, nic)),
        debug: model.debug,
        devices: deviceNodes(model, facts).map(({ path: _inside, ...node }) => node),
      };
    },

    renderChange(vmid, key, running, wanted, attachments) {
      const limit = limitChange(key, wanted);
      if (limit) return [limit];
      if (isCtMountKey(key)) {
        const [from, to] = [mountAt(running, key), mountAt(wanted, key)];
        const verdict = ctMountVerdict(from, to);
        if (verdict !== 'hot' || !to) return verdict === 'noted' ? [] : undefined;
        return [{ key, action: 'attach-mount', mount: mountPlan(wanted, to, attachments) }];
      }
      if (splitCtKey(key)?.base === 'net') {
        const [from, to] = [nicAt(running, key), nicAt(wanted, key)];
        if (to) checkBridge(to, bridgesOf([to]));
        return nicChanges(vmid, key, from, to);
      }
      return waitingKeys.has(splitCtKey(key)?.base ?? key) ? undefined : [];
    },
  };
}

/** In force with the next start only; what is neither here nor a change for the driver concerns the daemon or the set-up. */
const waitingKeys = new Set([
  ...['arch', 'console', 'debug', 'dev', 'entrypoint', 'env', 'features', 'tty', 'unprivileged'],
]);

const mountAt = (model: CtModel, key: string) =>
  [model.root, ...model.mounts].find((mount) => mount.key === key);
const nicAt = (model: CtModel, key: string) => model.nics.find((nic) => nic.key === key);

function limitChange(key: string, wanted: CtModel): CtChange | undefined {
  if (key === 'cpulimit') return { key, action: 'cpu-limit', cores: wanted.cpuLimit };
  if (key === 'cpuunits') return { key, action: 'cpu-weight', weight: wanted.cpuUnits };
  if (key === 'cores') return { key, action: 'cpu-cores', cores: wanted.cores };
  if (key === 'hostname') return { key, action: 'hostname', hostname: wanted.hostname };
  if (key !== 'memory' && key !== 'swap') return undefined;
  return {
    key,
    action: 'memory',
    memoryBytes: wanted.memoryMib * mebibyte,
    swapBytes: wanted.swapMib * mebibyte,
  };
}

function nicChanges(
  vmid: number,
  key: string,
  from: CtNic | undefined,
  to: CtNic | undefined,
): readonly CtChange[] | undefined {
  const detach = (nic: CtNic): CtChange => ({ key, action: 'detach-nic', nic: nicPlan(vmid, nic) });
  const attach = (nic: CtNic): CtChange[] => [
    { key, action: 'attach-nic', nic: nicPlan(vmid, nic) },
    ...(isFixedAddress(nic.ip) || isFixedAddress(nic.ip6) ? [addresses(key, nic)] : []),
  ];
  if (!from || !to) return [...(from ? [detach(from)] : []), ...(to ? attach(to) : [])];
  const verdict = ctNicVerdict(from, to);
  if (verdict === 'restart') return undefined;
  if (verdict === 'replace') return [detach(from), ...attach(to)];
  const readdressed = (['ip', 'gw', 'ip6', 'gw6'] as const).some((name) => from[name] !== to[name]);
  return [
    { key, action: 'update-nic', nic: nicPlan(vmid, to) },
    ...(readdressed ? [addresses(key, to, from)] : []),
  ];
}

/** `manual` has the driver leave a family alone: one that stays as it was, or that a client inside looks after. */
function addresses(key: string, to: CtNic, from?: CtNic): CtChange {
  const family = (word: 'ip' | 'ip6', gateway: 'gw' | 'gw6') => {
    const stays = from?.[word] === to[word] && from?.[gateway] === to[gateway];
    if (stays) return 'manual';
    if (isFixedAddress(to[word])) return to[word];
    return isFixedAddress(from?.[word]) && to[word] === undefined ? undefined : 'manual';
  };
  return {
    ...{ key, action: 'set-addresses', name: to.name },
    ip: family('ip', 'gw'),
    gw: to.gw,
    ip6: family('ip6', 'gw6'),
    gw6: to.gw6,
  };
}

function attachmentOf({ key, kind, source }: CtMount, attachments: Attachments): Attachment {
  if (kind === 'bind') return { kind: 'directory', path: source };
  if (kind === 'device') return { kind: 'block', path: source };
  const attachment = attachments.get(key);
  if (!attachment) throw invalidInput({ [key]: `${source} is not attached` });
  return attachment;
}
