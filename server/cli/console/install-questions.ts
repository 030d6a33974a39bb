// The questions of an installation on the console, and the answer file made of what was answered. Pure.
import type { AnswerFile } from '../../contract/answer-file.ts';
import type { MachineFactsReply } from '../../contract/appliance.ts';
import { printable, renderBytes } from '../render.ts';
import { describeNetwork, type NetworkFields, networkQuestions } from './network-questions.ts';
import { type Question, readYesNo } from './questions.ts';
import {
  hostnameProblem,
  keyboardProblem,
  passwordProblem,
  pick,
  sshKeyProblem,
  timezoneProblem,
} from './values.ts';

export type Disk = MachineFactsReply['disks'][number];

/** What was answered so far. */
export interface InstallFields extends NetworkFields {
  readonly disk?: Disk;
  readonly mirror?: Disk | undefined;
  readonly keepGuests?: boolean;
  readonly hostname?: string;
  /** Secret. */
  readonly password?: string;
  readonly sshKey?: string | undefined;
  readonly timezone?: string;
  readonly keyboard?: string;
  readonly language?: (typeof languages)[number][0];
}

const languages = [
  ['en', 'English'],
  ['it', 'Italian'],
  ['el', 'Greek'],
  ['ru', 'Russian'],
  ['pt', 'Portuguese'],
] as const;

/** All questions, named as the answer file's keys. When an installation is kept, its settings are not asked for. */
export function installQuestions(facts: MachineFactsReply): Question<InstallFields>[] {
  const usable = facts.disks.filter(({ problem }) => problem === undefined);
  const cards = facts.nics.toSorted((one, other) => Number(other.link) - Number(one.link));
  const anew = (fields: InstallFields): boolean => fields.keepGuests !== true;
  return [
    ...diskQuestions(facts.disks, usable),
    ...[...networkQuestions<InstallFields>(cards), ...systemQuestions()].map((question) => ({
      ...question,
      when: (fields: InstallFields) => anew(fields) && (question.when?.(fields) ?? true),
    })),
  ];
}

function diskQuestions(all: readonly Disk[], usable: readonly Disk[]): Question<InstallFields>[] {
  const others = (fields: InstallFields): Disk[] => usable.filter((disk) => disk !== fields.disk);
  return [
    {
      key: 'disk.devices',
      intro: () => ['', 'Disks of this machine:', ...all.flatMap((disk) => describeDisk(disk, usable))],
      text: 'Number of the disk to install on',
      default: () => (usable.length === 1 ? '1' : undefined),
      take: (typed, fields) => {
        const disk = pick(typed, usable);
        if (!disk) return `A number from 1 to ${usable.length}.`;
        return { ...fields, disk, mirror: undefined, keepGuests: false };
      },
    },
    {
      key: 'disk.mirror',
      when: (fields) => others(fields).length > 0,
      text: 'Number of a second disk that mirrors the first (- for none)',
      default: () => '-',
      take: (typed, fields) => {
        if (typed === '-') return { ...fields, mirror: undefined };
        const mirror = pick(typed, usable);
        if (!mirror) return `A number from 1 to ${usable.length}, or - for none.`;
        return mirror === fields.disk ? 'That is the first disk itself.' : { ...fields, mirror };
      },
    },
    {
      key: 'disk.keep-guests',
      when: ({ disk }) => disk?.croft?.keepable === true,
      intro: ({ disk }) => [
        '',
        `Croft is on this disk already${disk?.croft?.hostname ? `: ${printable(disk.croft.hostname)}` : ''}.`,
        'Kept, its settings and guests stay, and only the system is written anew.',
      ],
      text: 'Keep its settings and guests? (yes or no)',
      default: () => 'yes',
      take: (typed, fields) => {
        const keepGuests = readYesNo(typed);
        return keepGuests === undefined ? 'Type yes or no.' : { ...fields, keepGuests };
      },
    },
  ];
}

function systemQuestions(): Question<InstallFields>[] {
  return [
    {
      key: 'system.hostname',
      intro: () => [''],
      text: 'Name of this machine',
      default: (fields) => fields.hostname ?? fields.disk?.croft?.hostname ?? 'croft',
      take: (hostname, fields) =>
        hostnameProblem(hostname) ?? { ...fields, hostname: hostname.toLowerCase() },
    },
    {
      key: 'system.password',
      text: "Password of root (it is also the web interface's)",
      secret: true,
      take: (password, fields) => passwordProblem(password) ?? { ...fields, password },
    },
    {
      key: 'system.password-again',
      text: 'The same password again',
      secret: true,
      backWhenWrong: true,
      take: (again, fields) => (again === fields.password ? fields : 'The two were not the same.'),
    },
    {
      key: 'system.ssh-keys',
      text: 'SSH public key of root (- for none)',
      default: (fields) => fields.sshKey ?? '-',
      take: (typed, fields) => {
        if (typed === '-') return { ...fields, sshKey: undefined };
        return sshKeyProblem(typed) ?? { ...fields, sshKey: typed };
      },
    },
    {
      key: 'system.timezone',
      text: 'Time zone',
      default: (fields) => fields.timezone ?? 'UTC',
      take: (timezone, fields) => timezoneProblem(timezone) ?? { ...fields, timezone },
    },
    {
      key: 'system.keyboard',
      text: 'Keyboard',
      default: (fields) => fields.keyboard ?? 'us',
      take: (keyboard, fields) => keyboardProblem(keyboard) ?? { ...fields, keyboard },
    },
    {
      key: 'system.language',
      intro: () => [languages.map(([code, name]) => `${code} ${name}`).join(', ')],
      text: 'Language',
      default: (fields) => fields.language ?? 'en',
      take: (typed, fields) => {
        const language = languages.find(([code]) => code === typed.toLowerCase())?.[0];
        return language === undefined ? 'One of the two-letter codes.' : { ...fields, language };
      },
    },
  ];
}

/** A line for the disk, with its number when it can be chosen, and one for each thing on it. */
function describeDisk(disk: Disk, usable: readonly Disk[]): string[] {
  const number = usable.indexOf(disk) + 1;
  const kind = [disk.model, disk.transport].filter((part) => part !== '').join(', ');
  const shown = disk.contents.slice(0, 6);
  return [
    `  ${number > 0 ? number : '-'}  ${disk.name}  ${renderBytes(disk.sizeBytes)}  ${printable(kind)}`,
    ...(disk.problem === undefined ? [] : [`       cannot be chosen: ${printable(disk.problem)}`]),
    ...shown.map((one) =>
      printable(
        `       ${one.device.replace('/dev/', '')}  ${renderBytes(one.sizeBytes)}  ${one.description}`,
      ),
    ),
    ...(disk.contents.length > shown.length
      ? [`       and ${disk.contents.length - shown.length} more`]
      : []),
    ...(disk.contents.length === 0 && disk.problem === undefined ? ['       empty'] : []),
  ];
}

/** The disks of the installation, as their names are typed to confirm it. */
export function chosenDisks({ disk, mirror }: InstallFields): Disk[] {
  return [disk, mirror].filter((one) => one !== undefined);
}

/** What was answered, without the password. */
export function describeFields(fields: InstallFields): string[] {
  const disks = chosenDisks(fields).map((disk) => `${disk.name} (${renderBytes(disk.sizeBytes)})`);
  const lines = [`  disk        ${disks.join(', mirrored on ')}`];
  if (fields.keepGuests) return [...lines, '  keeps       settings and guests'];
  return [
    ...lines,
    `  network     ${describeNetwork(fields)}`,
    `  name        ${fields.hostname}`,
    `  SSH key     ${fields.sshKey?.split(' ').slice(2).join(' ') || (fields.sshKey ? 'given' : 'none')}`,
    `  time zone   ${fields.timezone}`,
    `  keyboard    ${fields.keyboard}, language ${fields.language}`,
  ].map(printable);
}

/** The answer file's fields. The reboot is the dialogue's own: the medium has to be taken out first. */
export function toAnswerFile(fields: InstallFields): AnswerFile {
  const { keepGuests = false, nic, mode = 'dhcp', address, gateway, dns = [] } = fields;
  const disks = chosenDisks(fields);
  const disk = {
    devices: disks.map(({ path }) => path),
    mirror: disks.length > 1,
    erase: !keepGuests,
    'keep-guests': keepGuests,
  };
  const after = { action: 'none' } as const;
  if (keepGuests) return { disk, after };
  const { hostname, timezone, keyboard, language, password, sshKey } = fields;
  return {
    system: {
      ...{ hostname, timezone, keyboard, language, password },
      ...(sshKey === undefined ? {} : { 'ssh-keys': [sshKey] }),
    },
    network: {
      mode,
      nic: nic?.mac,
      ...(mode === 'static' ? { address, gateway } : {}),
      ...(dns.length > 0 ? { dns } : {}),
    },
    disk,
    after,
  };
}
