// The table [system] of the answer file: name, time zone, keyboard, language, who may log in.
import { rootPassword } from '../../server/contract/answer-file.ts';
import { readSshKeyLine } from '../../server/contract/ssh-public-key.ts';
import { meant, quoted, type Section } from './answers-section.ts';
import type { Answers } from './types.ts';

export const systemKeys = [
  'hostname',
  'timezone',
  'keyboard',
  'language',
  'password',
  'password-hash',
  'ssh-keys',
  'ssh-password-login',
] as const;

const languages = ['en', 'it', 'el', 'ru', 'pt'] as const;

/** Hashes of crypt(5) that hold today: yescrypt, gost-yescrypt, bcrypt, SHA-512, SHA-256. */
const passwordHash =
  /^(\$g?y\$[./A-Za-z0-9]+\$[./A-Za-z0-9]{0,86}\$[./A-Za-z0-9]{43}|\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}|\$6\$(rounds=\d{4,9}\$)?[^$:\s]{1,16}\$[./A-Za-z0-9]{86}|\$5\$(rounds=\d{4,9}\$)?[^$:\s]{1,16}\$[./A-Za-z0-9]{43})$/;

export interface SystemOptions {
  /** Names of the console keymaps that are there; without them only the shape of the name is checked. */
  readonly keymaps: readonly string[] | undefined;
  /** Names of the time zones that are there; without them, those that Node knows. */
  readonly timezones: readonly string[] | undefined;
  /** An installation is kept, with its name and its passwords: neither has to be given. */
  readonly kept: boolean;
}

/** Reads the table. With `kept`, a host name that is not given is the empty text: it stays as it is. */
export function readSystem(section: Section, options: SystemOptions): Answers['system'] {
  const language = section.choice('language', languages, 'en');
  return {
    ...readHostname(section, options.kept),
    timezone: readTimezone(section, options.timezones),
    keyboard: readKeyboard(section, options.keymaps),
    language,
    ...readLogin(section, options.kept),
  };
}

function readHostname(section: Section, kept: boolean): { hostname: string; domain: string | undefined } {
  const text = section.text('hostname');
  if (text === undefined) {
    if (!kept && !section.has('hostname')) section.problem('hostname', 'is needed: hostname = "server1"');
    return { hostname: '', domain: undefined };
  }
  const wrong = hostnameProblem(text);
  if (wrong !== undefined) section.problem('hostname', wrong);
  const [hostname = '', ...domain] = text.toLowerCase().split('.');
  return { hostname, domain: domain.length > 0 ? domain.join('.') : undefined };
}

/** RFC 1123, section 2.1: labels of letters, digits and inner hyphens, at most 63 characters; 253 in all. */
function hostnameProblem(text: string): string | undefined {
  if (text.length > 253) return 'must be at most 253 characters long';
  for (const label of text.split('.')) {
    if (label === '') return 'must not have empty parts between, before or after dots';
    if (label.length > 63) return 'each part must be at most 63 characters long';
    if (!/^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$/.test(label))
      return `${quoted(label)}: only letters, digits and hyphens, and no hyphen at either end`;
  }
  // A name of digits only would be read as a number or an address by many programs.
  if (/^\d+$/.test(text.split('.')[0] ?? '')) return 'must not consist of digits only';
  return text.toLowerCase().split('.')[0] === 'localhost' ? "must not be 'localhost'" : undefined;
}

function readTimezone(section: Section, timezones: readonly string[] | undefined): string {
  const zone = section.text('timezone');
  if (zone === undefined) return 'UTC';
  const known = timezones ?? ['UTC', ...Intl.supportedValuesOf('timeZone')];
  if (known.includes(zone)) return zone;
  // Names that are aliases today, such as Asia/Kolkata in some tables, are not listed but known.
  const listed = known.find((one) => one.toLowerCase() === zone.toLowerCase());
  const shaped = /^[A-Z][A-Za-z0-9_+-]*(\/[A-Z][A-Za-z0-9_+-]*){0,2}$/.test(zone);
  if (timezones !== undefined || listed !== undefined || !shaped || !isKnownZone(zone))
    section.problem('timezone', `${quoted(zone)} is no time zone such as Europe/Rome${meant(zone, known)}`);
  return zone;
}

function isKnownZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

function readKeyboard(section: Section, keymaps: readonly string[] | undefined): string {
  const name = section.text('keyboard');
  if (name === undefined) return 'us';
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$/.test(name))
    section.problem('keyboard', 'must be the name of a console keymap such as us, it or de-latin1');
  else if (keymaps !== undefined && !keymaps.includes(name))
    section.problem('keyboard', `there is no console keymap ${quoted(name)}${meant(name, keymaps)}`);
  return name;
}

type Login = Pick<Answers['system'], 'password' | 'passwordHash' | 'sshKeys' | 'sshPasswordLogin'>;

function readLogin(section: Section, kept: boolean): Login {
  const password = section.text('password');
  const hash = section.text('password-hash');
  const keys = section.texts('ssh-keys') ?? [];
  const login = section.flag('ssh-password-login');
  if (password !== undefined) {
    const wrong = passwordProblem(password);
    if (wrong !== undefined) section.problem('password', wrong);
  }
  if (hash !== undefined && !passwordHash.test(hash))
    section.problem(
      'password-hash',
      'must be a hash as in /etc/shadow, $y$... or $6$... (mkpasswd makes one)',
    );
  const hasPassword = section.has('password') || section.has('password-hash');
  if (section.has('password') && section.has('password-hash'))
    section.problem('password-hash', 'give either password or password-hash, not both');
  if (!hasPassword && !section.has('ssh-keys') && !kept)
    section.problem('password', 'is needed (or password-hash, or ssh-keys): nobody could log in');
  else if (!hasPassword && section.has('ssh-keys') && keys.length === 0 && !kept)
    section.problem('ssh-keys', 'holds no key, and there is no password: nobody could log in');
  keys.forEach((line, index) => {
    const read = readSshKeyLine(line.trim());
    if (typeof read === 'string') section.problem('ssh-keys', `key ${index + 1}: ${read}`, index);
    else if (keys.indexOf(line) < index)
      section.problem('ssh-keys', `key ${index + 1}: is there twice`, index);
  });
  if (login === true && !hasPassword && !kept)
    section.problem('ssh-password-login', 'needs a password: only SSH keys are given');
  return {
    password,
    passwordHash: hash,
    sshKeys: keys.map((line) => line.trim()),
    sshPasswordLogin: login ?? keys.length === 0,
  };
}

/** Never repeats the password. */
function passwordProblem(password: string): string | undefined {
  const { shortestCharacters, longestBytes } = rootPassword;
  if ([...password].length < shortestCharacters)
    return `must be at least ${shortestCharacters} characters long`;
  if (Buffer.byteLength(password) > longestBytes)
    return `must be at most ${longestBytes} bytes long: what is longer would be cut off`;
  return /[\x00-\x1f\x7f]/.test(password) ? 'must not have line ends or control characters' : undefined;
}
