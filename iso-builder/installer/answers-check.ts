// Checks an answer file offline and says what it would do, for people. Holds no secret.
import { type AnswerProblem, type ReadAnswersOptions, readAnswers } from './answers.ts';
import type { Answers } from './types.ts';

export interface AnswersCheck {
  /** Empty when the file is in order, as far as that can be told without the machine. */
  readonly problems: readonly AnswerProblem[];
  /** What the file says, as pairs of name and value; empty when there are problems. */
  readonly summary: readonly (readonly [string, string])[];
  /** Paths of the disks, as written; empty when there are problems. */
  readonly devices: readonly string[];
}

/** Reads the text. Never throws. */
export function checkAnswers(text: string, options: ReadAnswersOptions = {}): AnswersCheck {
  const result = readAnswers(text, options);
  if ('problems' in result) return { problems: result.problems, summary: [], devices: [] };
  return { problems: [], summary: summaryOf(result.answers), devices: result.answers.disk.devices };
}

function summaryOf({ system, network, disk, after }: Answers): [string, string][] {
  const fqdn = [system.hostname, system.domain].filter(Boolean).join('.');
  return [
    ['host name', fqdn || 'as it is'],
    ['time zone', system.timezone],
    ['keyboard', system.keyboard],
    ['language', system.language],
    ['log in with', loginOf(system)],
    ['network', networkOf(network)],
    ['disks', `${disk.devices.join(' and ')}${disk.mirror ? ' as a mirror' : ''}`],
    ['what is there', fateOf(disk)],
    ['afterwards', after === 'none' ? 'nothing' : after],
  ];
}

function loginOf(system: Answers['system']): string {
  const hasPassword = system.password !== undefined || system.passwordHash !== undefined;
  const count = system.sshKeys.length;
  const means = [
    ...(hasPassword ? [`a password${system.sshPasswordLogin ? ' (also over SSH)' : ' (not over SSH)'}`] : []),
    ...(count > 0 ? [count === 1 ? 'one SSH key' : `${count} SSH keys`] : []),
  ];
  return means.join(', ') || 'as it is';
}

function networkOf({ mode, nic, address, gateway, dns }: Answers['network']): string {
  return [
    mode === 'dhcp' ? 'DHCP' : (address ?? ''),
    ...(gateway === undefined ? [] : [`gateway ${gateway}`]),
    ...(dns.length === 0 ? [] : [`DNS ${dns.join(' ')}`]),
    nic === undefined ? 'first card with a link' : `card ${nic}`,
  ].join(', ');
}

function fateOf(disk: Answers['disk']): string {
  if (disk.keepGuests) return 'settings and guests are kept';
  return disk.erase ? 'is destroyed' : 'must be nothing';
}
