// The create dialog of containers: its state as the API's request. Pure.
import type { ApiMap } from '../../server/contract/index.ts';
import { checkName, checkNewGuest, type NewGuest, type NewGuestProblem } from './create-guest.ts';
import { checkNic, type NicForm, type NicProblems, nicString } from './ct-net.ts';
import { readIp } from './ip-address.ts';
import { isAtLeast, isHostName, words } from './plain-rules.ts';
import { readSshKeys, sshKeyProblem } from './ssh-keys.ts';

type CreateParams = ApiMap['POST /nodes/{node}/lxc']['params'];

export interface CreateCtForm extends NewGuest {
  readonly hostname: string;
  /** A volume id; `catalogue:` and a name for one that must be made first; empty: none chosen. */
  readonly template: string;
  readonly password: string;
  readonly passwordAgain: string;
  readonly sshKeys: string;
  readonly unprivileged: boolean;
  readonly nesting: boolean;
  readonly storage: string;
  readonly rootGiB: string;
  /** Empty: all of the node's. */
  readonly cores: string;
  readonly swapMiB: string;
  readonly network: 'bridge' | 'routed' | 'none';
  readonly nic: NicForm;
  /** Empty: the node's. */
  readonly nameserver: string;
  readonly searchdomain: string;
}

/** The prefix of a template of the catalogue that is not here yet. */
export const catalogueMark = 'catalogue:';

export type CreateCtProblem =
  | NewGuestProblem
  | 'name'
  | 'number'
  | 'whole'
  | 'template'
  | 'templateNotHere'
  | 'passwordShort'
  | 'passwordDiffers'
  | 'noWayIn'
  | 'sshKey'
  | 'privateKey'
  | 'nameserver'
  | 'searchdomain';

export interface CreateCtErrors {
  readonly fields: Partial<Record<Exclude<keyof CreateCtForm, 'nic'>, CreateCtProblem>>;
  readonly nic: NicProblems;
}

/**
 * What would certainly be refused, or would leave a container that nobody can log into. `isTaken`: has a guest this
 * number?
 */
export function checkCreateCt(
  form: CreateCtForm,
  isTaken: (vmid: number) => boolean = () => false,
): CreateCtErrors {
  const fields: CreateCtErrors['fields'] = checkNewGuest(form, isTaken);
  const name = checkName(form.hostname);
  if (name !== undefined) fields.hostname = name;
  if (form.template === '') fields.template = 'template';
  else if (form.template.startsWith(catalogueMark)) fields.template = 'templateNotHere';
  const keys = readSshKeys(form.sshKeys);
  const key = sshKeyProblem(form.sshKeys);
  if (key !== undefined) fields.sshKeys = key;
  if (form.password === '' && keys.length === 0) fields.password = 'noWayIn';
  else if (form.password !== '' && form.password.length < 5) fields.password = 'passwordShort';
  if (form.password !== form.passwordAgain) fields.passwordAgain = 'passwordDiffers';
  if (form.storage === '') fields.storage = 'required';
  if (!isAtLeast(form.rootGiB, 1)) fields.rootGiB = 'number';
  if (form.cores.trim() !== '' && !isAtLeast(form.cores, 1)) fields.cores = 'number';
  if (!isAtLeast(form.swapMiB, 0)) fields.swapMiB = 'whole';
  if (!words(form.nameserver).every((one) => readIp(one.split('%')[0] ?? '') !== undefined))
    fields.nameserver = 'nameserver';
  if (!words(form.searchdomain).every((one) => isHostName(one.replace(/\.$/, ''))))
    fields.searchdomain = 'searchdomain';
  return { fields, nic: form.network === 'none' ? {} : checkNic(cardOf(form)) };
}

/** The parameters of the request, without what is left at its default. */
export function createCtParams(form: CreateCtForm): CreateParams {
  const keys = readSshKeys(form.sshKeys);
  const params: Record<string, string | number | boolean> = {
    node: form.node,
    vmid: Number(form.vmid),
    ostemplate: form.template,
    ...(form.hostname === '' ? {} : { hostname: form.hostname }),
    unprivileged: form.unprivileged,
    ...(form.nesting ? { features: 'nesting=1' } : {}),
    rootfs: `${form.storage}:${Number(form.rootGiB)}`,
    ...(form.cores.trim() === '' ? {} : { cores: Number(form.cores) }),
    memory: Number(form.memoryMiB),
    swap: Number(form.swapMiB),
    ...(form.network === 'none' ? {} : { net0: nicString(cardOf(form)) }),
    ...(words(form.nameserver).length > 0 ? { nameserver: words(form.nameserver).join(' ') } : {}),
    ...(words(form.searchdomain).length > 0 ? { searchdomain: words(form.searchdomain).join(' ') } : {}),
    ...(form.password === '' ? {} : { password: form.password }),
    ...(keys.length > 0 ? { 'ssh-public-keys': keys.join('\n') } : {}),
    ...(form.start ? { start: true } : {}),
  };
  return params as CreateParams;
}

/** The parameter whose refusal is shown at a field. */
export const createCtParamOf: Readonly<Partial<Record<keyof CreateCtForm, string>>> = {
  ...{ hostname: 'hostname', vmid: 'vmid', template: 'ostemplate', password: 'password' },
  ...{ sshKeys: 'ssh-public-keys', storage: 'rootfs', cores: 'cores', memoryMiB: 'memory', swapMiB: 'swap' },
  ...{ nic: 'net0', nameserver: 'nameserver', searchdomain: 'searchdomain' },
};

/** What of the parameters is never shown. */
export const createCtSecrets: readonly string[] = ['password'];

function cardOf(form: CreateCtForm): NicForm {
  return { ...form.nic, connection: form.network === 'routed' ? 'routed' : 'bridge' };
}
