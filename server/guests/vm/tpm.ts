// The emulated TPM of a running VM: swtpm on a volume of the VM's own, with a socket for QEMU in the VM's run directory.
// Sources: swtpm(8), swtpm_setup(8). QEMU's part is the backend `external` of libvirt's element <tpm>.
import { chown, type FileHandle, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../core/errors.ts';
import type { Exec } from '../../core/exec.ts';
import type { QemuUser } from './qemu-user.ts';
import { isSocket, tpmSocketPath } from './run-directory.ts';
import type { TpmStart } from './vm-start.ts';

export interface TpmPlace {
  readonly exec: Exec;
  readonly runtimeDir: string;
  readonly qemuUser: QemuUser;
}

/** Making the keys of a new TPM takes a second, and a machine under load far longer. */
const makingTimeoutMs = 180_000;
const startTimeoutMs = 10_000;
const pollMs = 5;
/** Milliseconds to end by itself, and then for the kernel to end it: one whose storage hangs cannot be ended. */
const graceMs = 2000;
const endTimeoutMs = 10_000;
/** How a state begins that swtpm keeps in a file ("linear" form): this number, in the byte order of x86. */
const magic = Buffer.from('nilmptws', 'latin1');
const headBytes = 4096;

/**
 * Starts it and waits for its socket; it ends by itself when QEMU lets go of it. What it has to say goes to a file: with `--log fd=`
 * swtpm 0.7.1 closes its own socket on its way into the background, and spins. A blank volume becomes the state of a new TPM, with
 * keys and certificates, first. It runs as QEMU's user, who must reach the volume as with every disk. Not to be called while it runs.
 */
export async function startTpm(place: TpmPlace, vmid: number, { path, version }: TpmStart): Promise<void> {
  const { exec, runtimeDir, qemuUser } = place;
  if (/[,\n]/.test(path))
    throw new AppError('unsupported', 'tpmstate0: the path of its volume must have no comma', {
      detail: path,
    });
  const kind = await contentOf(path);
  if (kind === 'other')
    throw new AppError(
      'wrong-state',
      'tpmstate0: its volume holds something else than what a TPM keeps: use another, or a new one',
    );
  if (kind === 'blank') await makeState(place, vmid, path, version);
  await chown(path, qemuUser.uid, qemuUser.gid);
  const socket = tpmSocketPath(runtimeDir, vmid);
  const user = await userName(qemuUser.uid);
  const log = await ownFile(place, logPath(runtimeDir, vmid));
  try {
    await (await ownFile(place, pidPath(runtimeDir, vmid))).close();
    const args = [
      ...['socket', ...versionArgs(version), '--tpmstate', `backend-uri=file://${path},mode=0600`],
      ...['--ctrl', controlOf(socket), '--pid', `file=${pidPath(runtimeDir, vmid)}`],
      ...['--log', `file=${logPath(runtimeDir, vmid)}`, '--terminate', '--daemon'],
      ...(user === undefined ? [] : ['--runas', user]),
    ];
    try {
      // What it leaves behind would hold its output open.
      await exec('swtpm', args, { intention: 'start the TPM', timeoutMs: startTimeoutMs, noOutput: true });
      await appearance(socket);
    } catch (error) {
      const said = await readLog(log);
      throw new AppError('unavailable', 'tpmstate0: the TPM does not start', { detail: said, cause: error });
    }
  } finally {
    await log.close();
    await rm(logPath(runtimeDir, vmid), { force: true });
  }
}

/**
 * Ends one that no QEMU is connected to, as after a start that failed, and takes away what it, or a start that was cut off, left.
 * None is no error; repeatable.
 */
export async function endTpm(runtimeDir: string, vmid: number): Promise<void> {
  const socket = tpmSocketPath(runtimeDir, vmid);
  const pid = Number(await readFile(pidPath(runtimeDir, vmid), 'utf8').catch(() => 'none'));
  const signals = ['SIGTERM', 'SIGKILL'] as const;
  for (let waited = 0; Number.isInteger(pid) && pid > 1 && (await serves(pid, socket)); waited += pollMs) {
    if (waited > endTimeoutMs)
      throw new AppError('timeout', `the TPM of VM ${vmid} does not end: is its storage reachable?`);
    if (waited % graceMs === 0) signal(pid, signals[Math.min(waited / graceMs, 1)]!);
    await delay(pollMs);
  }
  for (const path of [
    socket,
    pidPath(runtimeDir, vmid),
    logPath(runtimeDir, vmid),
    newPath(runtimeDir, vmid),
  ])
    await rm(path, { force: true });
}

/** One that has ended since it was looked at is no error. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** QEMU's user may write to the file with the number: so the process is looked at. */
async function serves(pid: number, socket: string): Promise<boolean> {
  const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
  return words[0] === 'swtpm' && words.includes(controlOf(socket));
}

function controlOf(socket: string): string {
  return `type=unixio,path=${socket},mode=0600`;
}

function logPath(runtimeDir: string, vmid: number): string {
  return join(runtimeDir, `tpm-${vmid}.log`);
}

function pidPath(runtimeDir: string, vmid: number): string {
  return join(runtimeDir, `tpm-${vmid}.pid`);
}

/** Keys in the making: of no use to anybody once that was cut off. */
function newPath(runtimeDir: string, vmid: number): string {
  return join(runtimeDir, `tpm-${vmid}.new`);
}

/** A new file for it to write to, in a folder where only root makes files. */
async function ownFile({ qemuUser }: TpmPlace, path: string): Promise<FileHandle> {
  await rm(path, { force: true });
  const file = await open(path, 'wx+', 0o600);
  await file.chown(qemuUser.uid, qemuUser.gid);
  return file;
}

async function contentOf(path: string): Promise<'blank' | 'state' | 'other'> {
  const file = await open(path, 'r');
  try {
    const head = Buffer.alloc(headBytes);
    await file.read(head, 0, headBytes, 0);
    if (head.subarray(0, magic.length).equals(magic)) return 'state';
    return head.every((byte) => byte === 0) ? 'blank' : 'other';
  } finally {
    await file.close();
  }
}

/**
 * Made in a file of ours, then written to the volume, its head last: until then the volume is blank, so what was cut off is begun
 * again. As root, as nothing of a guest's is read: the certificates are signed with a key that only root has.
 */
async function makeState(
  { exec, runtimeDir }: TpmPlace,
  vmid: number,
  path: string,
  version: TpmStart['version'],
): Promise<void> {
  const made = newPath(runtimeDir, vmid);
  try {
    await rm(made, { force: true });
    const args = [
      ...['--tpmstate', `file://${made}`, ...versionArgs(version), '--createek', '--create-ek-cert'],
      ...['--create-platform-cert', '--lock-nvram', '--config', '/etc/swtpm_setup.conf', '--runas', '0'],
    ];
    await exec('swtpm_setup', args, { timeoutMs: makingTimeoutMs, intention: 'tpmstate0: make a new TPM' });
    const state = await readFile(made);
    const room = (await sizeOf(path)) ?? state.length;
    if (state.length > room)
      throw new AppError(
        'no-capacity',
        `tpmstate0: its volume is too small: ${state.length} bytes are needed`,
      );
    const volume = await open(path, 'r+');
    try {
      await volume.write(state, headBytes, state.length - headBytes, headBytes);
      await volume.sync();
      await volume.write(state, 0, headBytes, 0);
      await volume.sync();
    } finally {
      await volume.close();
    }
  } finally {
    await rm(made, { force: true });
  }
}

/** Of a file; undefined for a block device, which has at least 4 MiB. */
async function sizeOf(path: string): Promise<number | undefined> {
  const facts = await stat(path);
  return facts.isFile() ? facts.size : undefined;
}

function versionArgs(version: TpmStart['version']): string[] {
  return version === 'v2.0' ? ['--tpm2'] : [];
}

/** The name, as a number alone would leave it in root's groups. Undefined: it is root. */
async function userName(uid: number): Promise<string | undefined> {
  if (uid === 0) return undefined;
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const found = lines.find((fields) => fields[2] === String(uid))?.[0];
  if (found === undefined) throw new AppError('internal', 'internal error', { detail: `no user ${uid}` });
  return found;
}

async function appearance(socket: string): Promise<void> {
  for (let waited = 0; !(await isSocket(socket)); waited += pollMs) {
    if (waited > startTimeoutMs) throw new AppError('timeout', 'the TPM: no answer in time');
    await delay(pollMs);
  }
}

async function readLog(log: FileHandle): Promise<string> {
  const text = Buffer.alloc(8000);
  const { bytesRead } = await log.read(text, 0, text.length, 0);
  return text.toString('utf8', 0, bytesRead);
}
