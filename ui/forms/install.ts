// The install page's state, what is wrong with it before the daemon is asked, and the answers it stands for. Pure.
import { type AnswerFile, rootPassword } from '../../server/contract/answer-file.ts';
import type { MachineFactsReply } from '../../server/contract/appliance.ts';
import {
  type IpAddress,
  isInside,
  isNetworkOrBroadcast,
  isUnusable,
  readCidr,
  readIp,
} from './ip-address.ts';
import { words } from './plain-rules.ts';
import { readSshKeys, sshKeyProblem } from './ssh-keys.ts';

export type DiskItem = MachineFactsReply['disks'][number];
export type NicItem = MachineFactsReply['nics'][number];

export interface InstallForm {
  /** Names of the chosen disks (`sda`), in the order in which they were chosen. */
  readonly disks: readonly string[];
  readonly keepGuests: boolean;
  /** MAC address; empty: the first card with a link. */
  readonly nic: string;
  readonly mode: 'dhcp' | 'static';
  readonly address: string;
  readonly gateway: string;
  /** Separated by commas or spaces. */
  readonly dns: string;
  /** A name, or a name with its domain. */
  readonly hostname: string;
  readonly timezone: string;
  readonly keyboard: string;
  readonly language: string;
  readonly password: string;
  readonly passwordAgain: string;
  /** One a line. */
  readonly sshKeys: string;
  readonly sshPasswordLogin: boolean;
}

export const installSections = ['disk', 'network', 'access'] as const;
export type InstallSection = (typeof installSections)[number];

/** Which field belongs to which section; the order is that of the page. */
export const sectionOf: Readonly<Record<keyof InstallForm, InstallSection>> = {
  disks: 'disk',
  keepGuests: 'disk',
  nic: 'network',
  mode: 'network',
  address: 'network',
  gateway: 'network',
  dns: 'network',
  hostname: 'access',
  timezone: 'access',
  keyboard: 'access',
  language: 'access',
  password: 'access',
  passwordAgain: 'access',
  sshKeys: 'access',
  sshPasswordLogin: 'access',
};

export type InstallProblem =
  | 'disk'
  | 'diskProblem'
  | 'keep'
  | 'address'
  | 'addressReserved'
  | 'gateway'
  | 'gatewayOutside'
  | 'gatewaySame'
  | 'dns'
  | 'hostname'
  | 'timezone'
  | 'passwordShort'
  | 'passwordLong'
  | 'passwordsDiffer'
  | 'sshKey'
  | 'privateKey';
export type InstallProblems = Partial<Record<keyof InstallForm, InstallProblem>>;

/** A mirror has two. */
export const mostDisks = 2;

/** The chosen disks that are there, in the order of the choice. */
export function chosenDisks(form: Pick<InstallForm, 'disks'>, facts: MachineFactsReply): DiskItem[] {
  return form.disks.flatMap((name) => facts.disks.find((disk) => disk.name === name) ?? []);
}

/** Can what is on the chosen disks be kept? Only when all of them hold an installation that can. */
export function canKeep(disks: readonly DiskItem[]): boolean {
  return disks.length > 0 && disks.every((disk) => disk.croft?.keepable === true);
}

/** What would certainly be refused; the daemon has the last word. */
export function checkForm(form: InstallForm, facts: MachineFactsReply): InstallProblems {
  const disks = checkDisks(form, facts);
  // What is kept keeps its network, its name and its place; only root's access can be given anew.
  if (form.keepGuests) return { ...disks, ...checkLogin(form) };
  return { ...disks, ...checkNetwork(form), ...checkName(form), ...checkLogin(form) };
}

function checkDisks(form: InstallForm, facts: MachineFactsReply): InstallProblems {
  const disks = chosenDisks(form, facts);
  if (disks.length === 0 || disks.length !== form.disks.length) return { disks: 'disk' };
  if (disks.some((disk) => disk.problem !== undefined)) return { disks: 'diskProblem' };
  return form.keepGuests && !canKeep(disks) ? { keepGuests: 'keep' } : {};
}

function checkNetwork(form: InstallForm): InstallProblems {
  if (form.mode === 'dhcp') return {};
  const problems: { -readonly [K in keyof InstallProblems]: InstallProblem } = {};
  const net = readCidr(form.address.trim());
  const linkLocal = (ip: IpAddress) => ip.version === 6 && ip.value >> 118n === 0x3fan;
  if (!net || net.prefix === 0) problems.address = 'address';
  else if (isUnusable(net) || linkLocal(net) || isNetworkOrBroadcast(net))
    problems.address = 'addressReserved';
  const gateway = form.gateway.trim();
  if (gateway !== '') {
    const ip = readIp(gateway);
    if (!ip || isUnusable(ip)) problems.gateway = 'gateway';
    else if (net && net.version === ip.version && ip.value === net.value) problems.gateway = 'gatewaySame';
    // Routers of IPv6 are mostly named by their link-local address, which is in no subnet.
    else if (net && (linkLocal(ip) ? net.version !== 6 : !isInside(ip, net)))
      problems.gateway = 'gatewayOutside';
  }
  if (!words(form.dns).every((one) => readIp(one) !== undefined)) problems.dns = 'dns';
  return problems;
}

/** A host name with or without its domain, RFC 1123. */
const hostnamePattern =
  /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i;

function checkName(form: InstallForm): InstallProblems {
  const problems: { -readonly [K in keyof InstallProblems]: InstallProblem } = {};
  const hostname = form.hostname.trim();
  // A name of digits only is read as an address by many programs.
  const odd = /^(\d+|localhost)(\.|$)/i.test(hostname);
  if (odd || !hostnamePattern.test(hostname)) problems.hostname = 'hostname';
  if (form.timezone === '') problems.timezone = 'timezone';
  return problems;
}

function checkLogin(form: InstallForm): InstallProblems {
  const problems: { -readonly [K in keyof InstallProblems]: InstallProblem } = {};
  const { password } = form;
  if ([...password].length < rootPassword.shortestCharacters && !(form.keepGuests && password === ''))
    problems.password = 'passwordShort';
  else if (new TextEncoder().encode(password).length > rootPassword.longestBytes)
    problems.password = 'passwordLong';
  if (form.password !== form.passwordAgain) problems.passwordAgain = 'passwordsDiffer';
  const keys = sshKeyProblem(form.sshKeys);
  if (keys) problems.sshKeys = keys;
  return problems;
}

/** The answers that the form stands for. Call it with a form that has no problems. */
export function answersOf(form: InstallForm, facts: MachineFactsReply): AnswerFile {
  const disks = chosenDisks(form, facts);
  const keys = readSshKeys(form.sshKeys);
  const login = {
    password: form.password === '' ? undefined : form.password,
    'ssh-keys': keys.length > 0 ? keys : undefined,
  };
  const disk = {
    devices: disks.map((one) => one.path),
    mirror: disks.length > 1,
    erase: !form.keepGuests,
    'keep-guests': form.keepGuests,
  };
  const after = { action: 'reboot' as const };
  if (form.keepGuests) return { system: login, disk, after };
  const system = {
    hostname: orNone(form.hostname),
    timezone: form.timezone,
    keyboard: form.keyboard,
    language: form.language,
    ...login,
    'ssh-password-login': form.sshPasswordLogin,
  };
  return { system, network: networkOf(form), disk, after };
}

function networkOf(form: InstallForm): NonNullable<AnswerFile['network']> {
  const nic = orNone(form.nic);
  if (form.mode === 'dhcp') return { mode: 'dhcp', nic };
  const dns = [...new Set(words(form.dns))];
  return {
    mode: 'static',
    nic,
    address: orNone(form.address),
    gateway: orNone(form.gateway),
    dns: dns.length > 0 ? dns : undefined,
  };
}

function orNone(text: string): string | undefined {
  return text.trim() === '' ? undefined : text.trim();
}

/** What is typed to confirm, as the API wants it: names without spaces. */
export function confirmText(text: string): string {
  return words(text).join(',');
}
