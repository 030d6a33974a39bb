// The daemon's problems with an answer file, brought to the fields and sections of the install page. Pure.
import type { AnswerProblem } from '../../server/contract/appliance.ts';
import { type InstallForm, type InstallSection, sectionOf } from './install.ts';

/** Fields by the last word of the answer file's key, whatever joins its words. */
const fieldOf: Readonly<Record<string, keyof InstallForm>> = {
  'disk.devices': 'disks',
  'disk.mirror': 'disks',
  'disk.erase': 'disks',
  'disk.keepguests': 'keepGuests',
  'network.nic': 'nic',
  'network.mode': 'mode',
  'network.address': 'address',
  'network.gateway': 'gateway',
  'network.dns': 'dns',
  'system.hostname': 'hostname',
  'system.timezone': 'timezone',
  'system.keyboard': 'keyboard',
  'system.language': 'language',
  'system.password': 'password',
  'system.sshkeys': 'sshKeys',
  'system.sshpasswordlogin': 'sshPasswordLogin',
};

/** The field that a key speaks of: `system.ssh-keys[1]` is `sshKeys`. Undefined for what has no field. */
export function fieldOfKey(key: string): keyof InstallForm | undefined {
  const plain = key
    .toLowerCase()
    .replace(/\[\d+\]|\.\d+$/g, '')
    .replace(/[-_]/g, '');
  return fieldOf[plain];
}

/** The section of a problem; what fits none is told at the review. */
export function sectionOfKey(key: string): InstallSection | 'review' {
  const field = fieldOfKey(key);
  if (field) return sectionOf[field];
  if (key.startsWith('disk')) return 'disk';
  if (key.startsWith('network')) return 'network';
  return key.startsWith('system') ? 'access' : 'review';
}

/** The problems that still stand: those of fields that were changed since the check are forgotten. */
export function standing(
  problems: readonly AnswerProblem[],
  checked: InstallForm,
  now: InstallForm,
): AnswerProblem[] {
  return problems.filter((problem) => {
    const field = fieldOfKey(problem.key);
    if (field === undefined) return sameForm(checked, now);
    return JSON.stringify(checked[field]) === JSON.stringify(now[field]);
  });
}

/** Is it still the form that was checked? */
export function sameForm(a: InstallForm, b: InstallForm): boolean {
  const keys = Object.keys(sectionOf) as (keyof InstallForm)[];
  return keys.every((key) => JSON.stringify(a[key]) === JSON.stringify(b[key]));
}
