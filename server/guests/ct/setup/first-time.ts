// What makes a container of a template or a copy one of its own: machine id, SSH host keys, password and keys of root.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../../core/errors.ts';
import type { Exec } from '../../../core/exec.ts';
import { hashPassword } from '../../../core/hash-password.ts';
import { type RootFiles, withRoot } from '../../../core/root-files.ts';
import type { WorkContext } from '../../../core/work-context.ts';
import { ctIdMap } from '../ct-driver.ts';
import type { CtModel } from '../ct-model.ts';
import type { CtSetup, FirstSecrets } from '../ct-setup.ts';
import { shortName } from './identity.ts';
import { readIfThere } from './read-text.ts';
import { withPassword } from './shadow.ts';

const hostKey = /^ssh_host_[\w-]+_key(\.pub)?$/;
/** Known to every client of the last ten years; an RSA key would take as long as all the rest of a new container. */
const keyTypes = ['ecdsa', 'ed25519'] as const;

/** `CtSetup.firstTime`. Unlike `apply` it fails when something cannot be written: an unset password is no small thing. */
export function createFirstTime(exec: Exec): CtSetup['firstTime'] {
  return (context, root, model, secrets) =>
    withRoot(root, async (files) => {
      if (model.osType === 'unmanaged') return;
      const owner = model.unprivileged ? ctIdMap.first : 0;
      await newMachineId(files);
      await newHostKeys(context, exec, files, model, owner);
      await setSecrets(exec, files, secrets, owner);
    });
}

/**
 * An empty file: systemd fills it at the next start (machine-id(5)). Without any it would take the start for the system's first
 * and ask questions on the console (systemd-firstboot(1)).
 */
async function newMachineId(files: RootFiles): Promise<void> {
  const entry = await files.stat('/etc/machine-id', { follow: false });
  const filled = entry?.kind === 'file' && entry.sizeBytes > 0;
  if (
    filled ||
    (!entry && ((await files.exists('/usr/lib/systemd')) || (await files.exists('/lib/systemd'))))
  )
    await files.write('/etc/machine-id', '', { mode: 0o444 });
  // D-Bus' own, where it is no link to the other: it is made anew when it is missing.
  const dbus = await files.stat('/var/lib/dbus/machine-id', { follow: false });
  if (dbus?.kind === 'file') await files.remove('/var/lib/dbus/machine-id');
}

/** Made here, where there is entropy and a program for it, for the systems that would not make them at their start. */
async function newHostKeys(
  context: WorkContext,
  exec: Exec,
  files: RootFiles,
  model: CtModel,
  owner: number,
): Promise<void> {
  const names = (await folderNames(files, '/etc/ssh')).filter((name) => hostKey.test(name));
  for (const name of names) await files.remove(`/etc/ssh/${name}`);
  if (!((await files.exists('/usr/sbin/sshd')) || (await files.exists('/usr/bin/sshd')))) return;
  const folder = await mkdtemp(join(tmpdir(), 'croft-keys-'));
  try {
    await Promise.all(
      keyTypes.map((type) =>
        exec(
          'ssh-keygen',
          ['-q', '-t', type, '-N', '', '-C', `root@${shortName(model)}`, '-f', join(folder, type)],
          { signal: context.signal, intention: 'make SSH host keys' },
        ),
      ),
    );
    for (const type of keyTypes) {
      const path = `/etc/ssh/ssh_host_${type}_key`;
      const settings = { uid: owner, gid: owner };
      await files.write(path, await readFile(join(folder, type)), { mode: 0o600, ...settings });
      await files.write(`${path}.pub`, await readFile(join(folder, `${type}.pub`)), {
        mode: 0o644,
        ...settings,
      });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function setSecrets(
  exec: Exec,
  files: RootFiles,
  { password, sshKeys }: FirstSecrets,
  owner: number,
): Promise<void> {
  if (password !== undefined) {
    const hash = await hashPassword(exec, password);
    const days = Math.floor(Date.now() / 86_400_000);
    const old = await readIfThere(files, '/etc/shadow');
    const text = withPassword(old ?? '', 'root', hash, days);
    // A file that is there keeps its owner and group (root:shadow on Debian) and mode.
    await files.write('/etc/shadow', text, old === undefined ? { mode: 0o600, uid: owner, gid: owner } : {});
    await unshadow(files);
  }
  const keys = keyLines(sshKeys ?? '');
  if (keys.length === 0) return;
  const settings = { uid: owner, gid: owner };
  await files.makeFolders('/root/.ssh', { mode: 0o700, ...settings });
  const path = '/root/.ssh/authorized_keys';
  const there = ((await readIfThere(files, path)) ?? '').split('\n').filter((line) => line !== '');
  const all = [...there, ...keys.filter((key) => !there.includes(key))];
  await files.write(path, `${all.join('\n')}\n`, { mode: 0o600, ...settings });
}

/** passwd(5): only `x` sends log-in to the shadow file. */
async function unshadow(files: RootFiles): Promise<void> {
  const text = await readIfThere(files, '/etc/passwd');
  const changed = text?.replace(/^root:[^:\n]*:/m, 'root:x:');
  if (changed !== undefined && changed !== text) await files.write('/etc/passwd', changed);
}

/** One a line; comments and empty lines are left out. */
function keyLines(text: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const keys = lines.filter((line) => line !== '' && !line.startsWith('#'));
  if (keys.some((key) => /[\x00-\x08\x0b-\x1f\x7f]/.test(key)))
    throw new AppError('invalid-input', 'ssh-public-keys: control characters are not allowed');
  return [...new Set(keys)];
}

async function folderNames(files: RootFiles, path: string): Promise<readonly string[]> {
  return (await files.exists(path)) ? files.list(path) : [];
}
