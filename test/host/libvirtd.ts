// A real libvirtd for host tests: the machine's own, or a private one that a test may kill and restart.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, chown, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export const systemSocketPath = '/run/libvirt/libvirt-sock';

/** Does something accept connections on this unix socket? */
export function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/**
 * The machine's libvirtd, started when nothing answers on its socket; it is left running, for it may hold guests of
 * others. `tini -s` adopts what the daemons leave behind, so that libvirt sees its processes go at once.
 */
export async function findOrStartLibvirtd(): Promise<{ socketPath: string; started: boolean }> {
  if (await answers(systemSocketPath)) return { socketPath: systemSocketPath, started: false };
  await giveKvmItsGroup();
  await mkdir('/run/libvirt', { recursive: true, mode: 0o755 });
  for (const daemon of ['virtlogd', 'libvirtd']) {
    spawn('tini', ['-s', '--', daemon], { detached: true, stdio: 'ignore' }).unref();
  }
  await waitUntilAnswering(systemSocketPath);
  return { socketPath: systemSocketPath, started: true };
}

/**
 * Gives /dev/kvm the owner and mode that udev's rules give it. Without udev it stays root's alone, and libvirt, whose
 * probe can open it but whose guests cannot, takes its cached QEMU abilities for stale and probes anew before every
 * single start: five to eleven seconds instead of half a second.
 */
async function giveKvmItsGroup(): Promise<void> {
  const found = await stat('/dev/kvm').catch(() => undefined);
  const group = /^kvm:[^:]*:(\d+):/m.exec(await readFile('/etc/group', 'utf8'))?.[1];
  if (!found || group === undefined) return;
  if (found.gid === Number(group) && (found.mode & 0o060) === 0o060) return;
  await chown('/dev/kvm', 0, Number(group));
  await chmod('/dev/kvm', 0o660);
}

export interface PrivateLibvirtd {
  readonly socketPath: string;
  /** libvirt's state directory as seen from outside, with pid files `qemu/<domain>.pid`. */
  readonly stateDir: string;
  /** Ends libvirtd with SIGKILL; its guests stay. */
  kill(): Promise<void>;
  /** Starts libvirtd again after `kill`. */
  restart(): Promise<void>;
  /** Ends libvirtd, its guests and everything else of it. */
  close(): Promise<void>;
}

/** What the private daemons write is under these, replaced by empty file systems of their own. */
const privateDirs = ['/run', '/var/lib/libvirt', '/var/log/libvirt'];

/**
 * A libvirtd in a mount namespace of its own, so that neither the machine's libvirtd nor another test sees it. The rest
 * of the file system is shared, so what guests and test both use (sockets, images) must not lie under /run. The cache
 * of QEMU's abilities is shared too: filling it anew takes ten seconds.
 */
export async function startPrivateLibvirtd(): Promise<PrivateLibvirtd> {
  await giveKvmItsGroup();
  const script = [
    'set -e',
    ...privateDirs.map((dir) => `mkdir -p ${dir}; mount -t tmpfs -o mode=0755 croft-test ${dir}`),
    'mkdir -p /run/libvirt /run/lock /var/lib/libvirt/qemu',
    'chown libvirt-qemu:libvirt-qemu /var/lib/libvirt/qemu',
    'echo ready',
    'exec sleep infinity',
  ].join('\n');
  const holder = spawn(
    'unshare',
    ['-m', '--propagation', 'private', 'tini', '-s', '--', 'sh', '-c', script],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  await once(holder.stdout, 'data');
  const holderPid = holder.pid as number;
  const root = `/proc/${holderPid}/root`;
  const socketPath = `${root}/run/libvirt/libvirt-sock`;
  const inside = (program: string) =>
    spawn('nsenter', ['-m', '-t', String(holderPid), 'tini', '-s', '--', program], { stdio: 'ignore' });
  const virtlogd = inside('virtlogd');
  let libvirtd = inside('libvirtd');
  await waitUntilAnswering(socketPath);

  return {
    socketPath,
    stateDir: `${root}/run/libvirt`,
    kill: async () => {
      await endChildren(libvirtd, 'libvirtd', 'SIGKILL');
    },
    restart: async () => {
      libvirtd = inside('libvirtd');
      await waitUntilAnswering(socketPath);
    },
    close: async () => {
      for (const pid of await guestPids(`${root}/run/libvirt`)) signalProcess(pid, 'SIGKILL');
      await endChildren(libvirtd, 'libvirtd', 'SIGKILL');
      await endChildren(virtlogd, 'virtlogd', 'SIGKILL');
      if (holder.exitCode === null) {
        const gone = once(holder, 'exit');
        await endChildren(holder, 'sleep', 'SIGKILL');
        await gone;
      }
    },
  };
}

async function waitUntilAnswering(socketPath: string): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (await answers(socketPath)) return;
    await delay(100);
  }
  throw new Error(`nothing answers on ${socketPath}: are libvirt-daemon and tini installed?`);
}

/** Ends the program that tini runs, and waits for tini to follow. */
async function endChildren(tini: ChildProcess, name: string, signal: NodeJS.Signals): Promise<void> {
  if (tini.exitCode !== null || tini.signalCode !== null) return;
  const gone = once(tini, 'exit');
  for (const pid of await childPids(tini.pid as number)) {
    const comm = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
    if (comm.trim() === name) signalProcess(pid, signal);
  }
  await gone;
}

async function childPids(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.split(' ').filter(Boolean).map(Number);
}

/** QEMU processes of this libvirtd, by the pid files it keeps. */
async function guestPids(stateDir: string): Promise<number[]> {
  const names = await readdir(`${stateDir}/qemu`).catch(() => []);
  const texts = await Promise.all(
    names.filter((name) => name.endsWith('.pid')).map((name) => readFile(`${stateDir}/qemu/${name}`, 'utf8')),
  );
  return texts.map(Number).filter((pid) => pid > 1);
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has gone by itself.
  }
}

/** Why host tests cannot run here; undefined when they can. */
export async function whyNoLibvirtd(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'needs root';
  for (const program of ['/usr/sbin/libvirtd', '/usr/sbin/virtlogd', '/usr/bin/tini']) {
    try {
      await access(program);
    } catch {
      return `needs ${program}`;
    }
  }
  return undefined;
}
