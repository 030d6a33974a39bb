// Reads a stored configuration of a container into the typed model, with the API's defaults filled in.
import { readEnvironment } from '../../../contract/lxc-options.ts';
import { readList } from '../../../contract/params.ts';
import { invalidInput } from '../../../core/errors.ts';
import type { CtConfig } from '../../ct-parts.ts';
import type { CtModel, CtOsType } from '../ct-model.ts';
import { canonicalCtValue, ctKeysOf } from './ct-keys.ts';
import { readCtDevice, readCtFeatures, readCtMount, readCtNic, readCtUnused } from './read-ct-devices.ts';

/** What a key means when it is not set. */
const ctDefaults = {
  memoryMib: 512,
  swapMib: 512,
  cpuUnits: 100,
  tty: 2,
  consoleMode: 'tty',
  osType: 'unmanaged',
  arch: 'amd64',
} as const;

/** The name of a container that was given none. */
export function defaultHostname(vmid: number): string {
  return `CT${vmid}`;
}

/**
 * The model of a configuration. Throws `invalid-input` naming the key; rules between keys: check-ct-model.ts. A container
 * without a type of system or architecture (its template is not unpacked yet) reads as `unmanaged` and `amd64`.
 */
export function readCtConfig(document: { readonly vmid: number; readonly config: CtConfig }): CtModel {
  const { vmid } = document;
  const config: CtConfig = Object.fromEntries(
    Object.entries(document.config).map(([key, value]) => [key, canonicalCtValue(key, value)]),
  );
  const text = (key: string) => (config[key] === undefined ? undefined : String(config[key]));
  const whole = (key: string) => (config[key] === undefined ? undefined : Number(config[key]));
  const flag = (key: string) => config[key] === 1;
  const all = <T>(base: 'mp' | 'net' | 'dev' | 'unused', read: (key: string, value: string) => T) =>
    ctKeysOf(config, base).map((key) => read(key, String(config[key])));

  const root = text('rootfs');
  if (root === undefined) throw invalidInput({ rootfs: 'is missing: a container needs a root' });
  return {
    vmid,
    hostname: text('hostname') ?? defaultHostname(vmid),
    osType: (text('ostype') ?? ctDefaults.osType) as CtOsType,
    arch: text('arch') ?? ctDefaults.arch,
    unprivileged: flag('unprivileged'),
    cores: whole('cores'),
    cpuLimit: whole('cpulimit') ?? 0,
    // The API takes the numbers of cgroup v1 too; the peers cut them to what cgroup v2 has, and so do we.
    cpuUnits: Math.min(Math.max(whole('cpuunits') ?? ctDefaults.cpuUnits, 1), 10_000),
    memoryMib: whole('memory') ?? ctDefaults.memoryMib,
    swapMib: whole('swap') ?? ctDefaults.swapMib,
    root: readCtMount('rootfs', root),
    mounts: all('mp', readCtMount).sort((a, b) => (a.target < b.target ? -1 : a.target > b.target ? 1 : 0)),
    unused: all('unused', readCtUnused),
    nics: all('net', readCtNic),
    devices: all('dev', readCtDevice),
    features: readCtFeatures(text('features') ?? ''),
    nameservers: readList(text('nameserver')),
    searchDomain: text('searchdomain'),
    timezone: text('timezone'),
    tty: whole('tty') ?? ctDefaults.tty,
    console: config['console'] !== 0,
    consoleMode: (text('cmode') ?? ctDefaults.consoleMode) as CtModel['consoleMode'],
    onBoot: flag('onboot'),
    startup: text('startup'),
    hookScript: text('hookscript'),
    protection: flag('protection'),
    template: flag('template'),
    lock: text('lock'),
    tags: readList(text('tags')),
    description: text('description'),
    debug: flag('debug'),
    entrypoint: text('entrypoint'),
    env: readEnvironment(text('env')),
  };
}
