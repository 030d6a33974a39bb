// The first files of an installed system's state, as texts: its name, clock, keyboard, accounts and network. Pure.
import type { InstallJob } from './job.ts';
import type { InstallSecrets } from './run-folder.ts';
import { placeInState, type StatePaths } from './state-paths.ts';

export interface StateFile {
  /** Relative to the state. */
  readonly path: string;
  readonly mode: number;
  readonly content: { readonly text: string } | { readonly linkTo: string };
}

export interface StateFacts {
  readonly job: InstallJob;
  readonly secrets: InstallSecrets;
  readonly paths: StatePaths;
  /** What is in the state already; undefined when there is none. Texts, as they are. */
  readonly kept: { readonly shadow: string; readonly installJson: string } | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const dayMs = 86_400_000;

/** All files; of a kept installation only what it is now, and root's login when the answers give a new one. */
export function renderStateFiles(facts: StateFacts): StateFile[] {
  const { job, secrets, paths, kept, now } = facts;
  const { system } = job.answers;
  const file = (path: string, text: string, mode = 0o644): StateFile => ({
    path: placeInState(paths, path),
    mode,
    content: { text },
  });
  const plain = (path: string, text: string, mode = 0o644): StateFile => ({ path, mode, content: { text } });
  const always = [plain('install.json', installJson(job, kept?.installJson, now))];
  if (!kept || secrets.passwordHash !== undefined)
    always.push(plain('accounts/shadow', shadow(secrets, kept?.shadow ?? '', now), 0o600));
  if (system.sshKeys.length > 0)
    always.push(file('/root/.ssh/authorized_keys', `${system.sshKeys.join('\n')}\n`, 0o600));
  if (kept) return always;
  return [
    ...always,
    file('/etc/hostname', `${job.hostname}\n`),
    file('/etc/hosts', hosts(job)),
    file('/etc/timezone', `${system.timezone}\n`),
    {
      path: placeInState(paths, '/etc/localtime'),
      mode: 0o777,
      content: { linkTo: `/usr/share/zoneinfo/${system.timezone}` },
    },
    file('/etc/default/keyboard', keyboardFile(system.keyboard)),
    file('/etc/vconsole.conf', `KEYMAP=${system.keyboard}\n`),
    // The image has no translations but its own, which go by the person's choice.
    file('/etc/locale.conf', 'LANG=C.UTF-8\n'),
    file('/etc/ssh/sshd_config.d/50-croft-answers.conf', sshdFile(system.sshPasswordLogin)),
    file('/etc/croft/croft.toml', daemonSettings),
    ...job.networkFiles.map(({ path, text }) => file(path, text)),
    // Last: with it the folder is a state.
    plain('schema', `${job.plan.image.stateSchema}\n`),
  ];
}

/** `vmbr0` is the bridge to the network outside, so the private one has the next name. */
const daemonSettings = `# Settings of the Croft daemon; read at its start.
privateBridge = "vmbr1"
`;

/** Of a kept installation only what the new system brings is new: the answers about all else are not used, nor noted. */
function installJson(job: InstallJob, kept: string | undefined, now: number): string {
  const before = readObject(kept);
  const facts = {
    ...(job.hostname === '' ? {} : { hostname: job.hostname }),
    ...(kept === undefined ? { language: job.answers.system.language } : {}),
    ...before,
    version: job.plan.image.version,
    installedAt: new Date(now).toISOString(),
    installId: typeof before['installId'] === 'string' ? before['installId'] : job.id,
  };
  return `${JSON.stringify(facts, undefined, 2)}\n`;
}

function readObject(text: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** hosts(5). Without a fixed address the name is at 127.0.1.1, as Debian's installer has it. */
function hosts({ answers: { network, system }, hostname }: InstallJob): string {
  const name = system.domain === undefined ? hostname : `${hostname}.${system.domain} ${hostname}`;
  return `127.0.0.1 localhost
${network.address?.split('/')[0] ?? '127.0.1.1'} ${name}

::1 localhost ip6-localhost ip6-loopback
ff02::1 ip6-allnodes
ff02::2 ip6-allrouters
`;
}

/** Layouts of X that are named otherwise than the console's keymaps; keyboard(5), loadkeys(1). */
const layouts: Readonly<Record<string, string>> = {
  uk: 'gb',
  gr: 'gr',
  el: 'gr',
  sv: 'se',
  da: 'dk',
  cz: 'cz',
};

function keyboardFile(keymap: string): string {
  const base = /^[a-z]+/.exec(keymap)?.[0] ?? 'us';
  return `XKBMODEL="pc105"
XKBLAYOUT="${layouts[base] ?? base}"
XKBVARIANT=""
XKBOPTIONS=""
BACKSPACE="guess"
`;
}

/** shadow(5): root's line first, all others as they were. `*`: nobody logs in with a password. */
function shadow({ passwordHash }: InstallSecrets, kept: string, now: number): string {
  const others = kept.split('\n').filter((line) => line !== '' && !line.startsWith('root:'));
  const root = `root:${passwordHash ?? '*'}:${Math.floor(now / dayMs)}:0:99999:7:::`;
  return `${[root, ...others].join('\n')}\n`;
}

/** sshd_config(5). */
function sshdFile(passwordLogin: boolean): string {
  return `# As answered at the installation.
PasswordAuthentication ${passwordLogin ? 'yes' : 'no'}
PermitRootLogin ${passwordLogin ? 'yes' : 'prohibit-password'}
`;
}
