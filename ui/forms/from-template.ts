// A new VM made of a template: a clone of it, and the settings in which it is to differ. Pure.

import { type CloneForm, checkClone, cloneNameParam, cloneParamOf } from './clone-guest.ts';
import { cloudInitDrive, decodeSshKeys, isAskedByDefault, readIpConfig, upgrades } from './cloud-init.ts';
import {
  type CloudInitForm,
  type CloudInitProblem,
  checkCloudInit,
  cloudInitParamOf,
  cloudInitSettings,
} from './create-cloud-init.ts';
import { type PendingLine, settingOf } from './guest-config.ts';
import { isAtLeast, wholeNumber } from './plain-rules.ts';
import { readSshKeys } from './ssh-keys.ts';
import { readMemory } from './vm-memory.ts';

export interface FromTemplateForm extends CloneForm, CloudInitForm {
  /** Its number; empty: not chosen yet. */
  readonly template: string;
  /** Of each socket. */
  readonly cores: string;
  readonly memoryMiB: string;
  /** Right after it is made. */
  readonly start: boolean;
}

export interface Brought {
  readonly password: boolean;
  readonly keys: readonly string[];
}

export type Change = Readonly<Record<string, string | number | boolean | undefined>>;
export type FromTemplateErrors = Partial<
  Record<
    keyof FromTemplateForm,
    CloudInitProblem | 'required' | 'vmid' | 'taken' | 'name' | 'number' | 'memory' | undefined
  >
>;

/** Is there a card that its cloud-init sets up? */
export function hasCard(lines: readonly PendingLine[]): boolean {
  return settingOf(lines, 'net0').wanted !== undefined;
}

/** What the fields hold when a template is chosen: what its clone has if nothing is changed. */
export function startOf(
  lines: readonly PendingLine[],
): CloudInitForm & Pick<FromTemplateForm, 'cores' | 'memoryMiB'> {
  const text = (key: string) => settingOf(lines, key).wanted ?? '';
  const byDefault = isAskedByDefault(lines, 'wanted', 0) ? 'ip=dhcp' : '';
  return {
    cores: text('cores') || '1',
    memoryMiB: readMemory(lines).memory,
    cloudInit: cloudInitDrive(lines) !== undefined,
    ciUser: text('ciuser'),
    ...{ ciPassword: '', ciPasswordAgain: '' },
    sshKeys: decodeSshKeys(text('sshkeys')),
    ...readIpConfig(text('ipconfig0') || byDefault),
    ...{ nameserver: text('nameserver'), searchdomain: text('searchdomain') },
    ciUpgrade: upgrades(text('ciupgrade')),
  };
}

/** What its cloud-init brings along that lets somebody in. */
export function broughtBy(lines: readonly PendingLine[]): Brought {
  return {
    password: settingOf(lines, 'cipassword').wanted !== undefined,
    keys: readSshKeys(decodeSshKeys(settingOf(lines, 'sshkeys').wanted ?? '')),
  };
}

/** What would certainly be refused. `lines`: of the template, as far as they are read. */
export function checkFromTemplate(
  form: FromTemplateForm,
  lines: readonly PendingLine[] | undefined,
  isTaken: (vmid: number) => boolean,
): FromTemplateErrors {
  const clone = checkClone(form, isTaken);
  return {
    ...(clone.vmid === undefined ? {} : { vmid: clone.vmid as 'vmid' | 'taken' }),
    ...(clone.name === undefined ? {} : { name: clone.name }),
    ...(form.template === '' ? { template: 'required' as const } : {}),
    ...(isAtLeast(form.cores, 1) ? {} : { cores: 'number' as const }),
    ...(isAtLeast(form.memoryMiB, 16) ? {} : { memoryMiB: 'memory' as const }),
    ...(lines && form.cloudInit ? checkCloudInit(form, hasCard(lines), broughtBy(lines).keys) : {}),
  };
}

/** What its configuration is to have other than the template's; undefined is removed. */
export function templateChange(form: FromTemplateForm, lines: readonly PendingLine[]): Change {
  const start = startOf(lines);
  const change: Record<string, string | number | boolean | undefined> = {};
  if (wholeNumber(form.cores) !== wholeNumber(start.cores)) change['cores'] = Number(form.cores);
  if (wholeNumber(form.memoryMiB) !== wholeNumber(start.memoryMiB)) change['memory'] = Number(form.memoryMiB);
  if (!form.cloudInit) return change;
  const card = hasCard(lines);
  const before = cloudInitSettings(start, card);
  const after = cloudInitSettings(form, card);
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
    if (before[key] !== after[key]) change[key] = after[key];
  return change;
}

/** What the code of it must say again where it says anything of that part: keys of the template. */
const partsOfOne = [
  ...['cpu', 'sockets', 'numa', 'vcpus', 'cpulimit', 'cpuunits', 'cores'],
  ...['memory', 'balloon', 'onboot'],
];

export function templateSettings(lines: readonly PendingLine[]): Record<string, string> {
  const drive = cloudInitDrive(lines);
  const storage = drive?.wanted?.lead.split(':')[0];
  return {
    ...Object.fromEntries(
      partsOfOne.flatMap((key) => {
        const { wanted } = settingOf(lines, key);
        return wanted === undefined ? [] : [[key, wanted]];
      }),
    ),
    ...(drive && storage ? { [drive.key]: `${storage}:cloudinit` } : {}),
  };
}

/** The parameter whose refusal is shown at a field. */
export const fromTemplateParamOf: Readonly<Partial<Record<keyof FromTemplateForm, string>>> = {
  ...cloudInitParamOf,
  ...cloneParamOf,
  ...{ name: cloneNameParam.qemu, cores: 'cores', memoryMiB: 'memory' },
};
