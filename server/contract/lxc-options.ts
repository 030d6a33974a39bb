// The parameters that describe a container: shared by creating one and changing its configuration.
import { z } from 'zod';
import { brokenCtFormat } from './lxc-formats.ts';
import * as strings from './lxc-strings.ts';
import { boolean, choice, indexed, integer, number, readPattern, string, volumeId } from './params.ts';
import { propertyString } from './property-string.ts';
import { startupString } from './qemu-strings.ts';

/** Text in a named format. */
export const ctFormatted = (format: string, maxLength?: number) =>
  string({ format, ...(maxLength === undefined ? {} : { maxLength }) }, (text) =>
    brokenCtFormat(format, text),
  );

/** How many of each numbered device a container can have: `mp0` to `mp255`. */
export const ctDeviceCounts = { mp: 256, net: 32, dev: 256, unused: 256 } as const;

/** Families of systems. `unmanaged`: nothing is written into the root. */
const ctOsTypes = [
  'debian',
  'devuan',
  'ubuntu',
  'centos',
  'fedora',
  'opensuse',
  'archlinux',
  'alpine',
  'gentoo',
  'nixos',
  'unmanaged',
] as const;
export type CtOsType = (typeof ctOsTypes)[number];

const ctArchitectures = ['amd64', 'i386', 'arm64', 'armhf', 'riscv32', 'riscv64'] as const;
export type CtArchitecture = (typeof ctArchitectures)[number];

const ctConsoleModes = ['shell', 'console', 'tty'] as const;

const ctLocks = [
  'backup',
  'create',
  'destroyed',
  'disk',
  'fstrim',
  'migrate',
  'mounted',
  'rollback',
  'snapshot',
  'snapshot-delete',
] as const;

/** The published patterns let line ends through; a line of LXC's configuration cannot hold one. */
const lineEnd = (text: string) => (/[\n\r]/.test(text) ? 'must not hold line ends' : undefined);

const environmentFacts = {
  type: 'string',
  pattern: '(?^:(?:\\w+=[^\\x00-\\x08\\x10-\\x1F\\x7F]*)(?:\\0\\w+=[^\\x00-\\x08\\x10-\\x1F\\x7F]*)*)',
} as const;
const environmentPattern = readPattern(environmentFacts.pattern);

/** `NAME=value` several times, NUL between them: what `string` takes for a slip elsewhere. */
const environment = z
  .string()
  .check((context) => {
    const text = context.value;
    const broken = environmentPattern.test(text)
      ? lineEnd(text)
      : 'write NAME=value, a NUL character between several';
    if (broken !== undefined) context.issues.push({ code: 'custom', message: broken, input: text });
  })
  .meta({ facts: environmentFacts });

/** The variables of `env`, in their order. */
export function readEnvironment(
  text: string | undefined,
): { readonly name: string; readonly value: string }[] {
  return (text ?? '')
    .split('\0')
    .filter((entry) => entry !== '')
    .map((entry) => ({
      name: entry.slice(0, entry.indexOf('=')),
      value: entry.slice(entry.indexOf('=') + 1),
    }));
}

/** The shape of all configuration parameters. */
export const ctOptions = {
  arch: choice(ctArchitectures, { default: 'amd64' }).optional(),
  cmode: choice(ctConsoleModes, { default: 'tty' }).optional(),
  console: boolean({ default: 1 }).optional(),
  cores: integer({ minimum: 1, maximum: 8192 }).optional(),
  cpulimit: number({ minimum: 0, maximum: 8192, default: 0 }).optional(),
  cpuunits: integer({
    minimum: 0,
    maximum: 500000,
    default: 'cgroup v1: 1024, cgroup v2: 100',
  }).optional(),
  debug: boolean({ default: 0 }).optional(),
  description: string({ maxLength: 8192 }).optional(),
  ...indexed('dev', ctDeviceCounts.dev, propertyString(strings.ctDeviceString)),
  entrypoint: string(
    { pattern: '(?^:[^\\x00-\\x08\\x10-\\x1F\\x7F]+)', default: '/sbin/init' },
    lineEnd,
  ).optional(),
  env: environment.optional(),
  features: propertyString(strings.ctFeaturesString).optional(),
  hookscript: volumeId({ format: 'pve-volume-id' }).optional(),
  hostname: ctFormatted('dns-name', 255).optional(),
  lock: choice(ctLocks).optional(),
  memory: integer({ minimum: 16, default: 512 }).optional(),
  ...indexed('mp', ctDeviceCounts.mp, propertyString(strings.ctMountString)),
  nameserver: ctFormatted('lxc-ip-with-ll-iface-list').optional(),
  ...indexed('net', ctDeviceCounts.net, propertyString(strings.ctNetString)),
  onboot: boolean({ default: 0 }).optional(),
  ostype: choice(ctOsTypes).optional(),
  protection: boolean({ default: 0 }).optional(),
  rootfs: propertyString(strings.ctRootfsString).optional(),
  searchdomain: ctFormatted('dns-name-list').optional(),
  startup: propertyString(startupString, { format: 'pve-startup-order' }).optional(),
  swap: integer({ minimum: 0, default: 512 }).optional(),
  tags: ctFormatted('pve-tag-list').optional(),
  template: boolean({ default: 0 }).optional(),
  timezone: ctFormatted('pve-ct-timezone').optional(),
  tty: integer({ minimum: 0, maximum: 6, default: 2 }).optional(),
  unprivileged: boolean({ default: 0 }).optional(),
  ...indexed('unused', ctDeviceCounts.unused, propertyString(strings.ctUnusedString)),
};
