// What a new VM from an image is told by cloud-init: a part of the create dialog's state, as parameters of its request. Pure.
import { encodeSshKeys, ipConfigString } from './cloud-init.ts';
import { readIp } from './ip-address.ts';
import { checkIpSettings, type IpProblem, type IpSettings } from './ip-settings.ts';
import { isHostName, words } from './plain-rules.ts';
import { readSshKeys, type SshKeyProblem, sshKeyProblem } from './ssh-keys.ts';

export interface CloudInitForm extends IpSettings {
  /** Whether it gets a drive at all. */
  readonly cloudInit: boolean;
  /** Empty: the image's own. */
  readonly ciUser: string;
  readonly ciPassword: string;
  readonly ciPasswordAgain: string;
  readonly sshKeys: string;
  /** Empty: the node's. */
  readonly nameserver: string;
  readonly searchdomain: string;
  readonly ciUpgrade: boolean;
}

export const newCloudInit: CloudInitForm = {
  ...{ cloudInit: true, ciUser: '', ciPassword: '', ciPasswordAgain: '', sshKeys: '' },
  ...{ ip4: 'dhcp', address4: '', gateway4: '', ip6: 'auto', address6: '', gateway6: '' },
  ...{ nameserver: '', searchdomain: '', ciUpgrade: true },
};

export type CloudInitProblem =
  | IpProblem
  | SshKeyProblem
  | 'ciUser'
  | 'passwordDiffers'
  | 'nameserver'
  | 'searchdomain';

/** What would certainly be refused. `hasCard`: without a network card its addresses count for nothing. `kept`: keys that are there already. */
export function checkCloudInit(
  form: CloudInitForm,
  hasCard: boolean,
  kept: readonly string[] = [],
): Partial<Record<keyof CloudInitForm, CloudInitProblem>> {
  if (!form.cloudInit) return {};
  const wrong: Partial<Record<keyof CloudInitForm, CloudInitProblem>> = hasCard ? checkIpSettings(form) : {};
  // What would end the name where it is written down.
  if (/[\s\p{Cc}:,/\\"']|^-/u.test(form.ciUser.trim()) || form.ciUser.trim().length > 64)
    wrong.ciUser = 'ciUser';
  if (form.ciPassword !== form.ciPasswordAgain) wrong.ciPasswordAgain = 'passwordDiffers';
  const keys = sshKeyProblem(form.sshKeys, kept);
  if (keys !== undefined) wrong.sshKeys = keys;
  if (!words(form.nameserver).every((one) => readIp(one) !== undefined)) wrong.nameserver = 'nameserver';
  if (!words(form.searchdomain).every((one) => isHostName(one.replace(/\.$/, ''))))
    wrong.searchdomain = 'searchdomain';
  return wrong;
}

/** Can nobody log in, for all that is said here? */
export function letsNobodyIn(form: CloudInitForm): boolean {
  return form.ciPassword === '' && readSshKeys(form.sshKeys).length === 0;
}

/** The parameters of the request, without what is left at its default. `drive`: the key and the storage of the drive. */
export function cloudInitParams(
  form: CloudInitForm,
  drive: { readonly key: string; readonly storage: string },
  hasCard: boolean,
): Record<string, string | boolean> {
  if (!form.cloudInit) return {};
  return { [drive.key]: `${drive.storage}:cloudinit`, ...cloudInitSettings(form, hasCard) };
}

/** Those of them that are settings: what the drive tells. */
export function cloudInitSettings(form: CloudInitForm, hasCard: boolean): Record<string, string | boolean> {
  const params: Record<string, string | boolean | undefined> = {
    ciuser: form.ciUser.trim() || undefined,
    cipassword: form.ciPassword || undefined,
    sshkeys: encodeSshKeys(readSshKeys(form.sshKeys)),
    ipconfig0: hasCard ? ipConfigString(form) : undefined,
    nameserver: words(form.nameserver).join(' ') || undefined,
    searchdomain: words(form.searchdomain).join(' ') || undefined,
    ciupgrade: form.ciUpgrade ? undefined : false,
  };
  const given = Object.entries(params).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Record<string, string | boolean>;
}

/** The parameter whose refusal is shown at a field. */
export const cloudInitParamOf: Readonly<Partial<Record<keyof CloudInitForm, string>>> = {
  ...{ ciUser: 'ciuser', ciPassword: 'cipassword', sshKeys: 'sshkeys', ip4: 'ipconfig0' },
  ...{ nameserver: 'nameserver', searchdomain: 'searchdomain', cloudInit: 'ide2' },
};
