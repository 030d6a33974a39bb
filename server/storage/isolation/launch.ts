// Starts the process of an isolated storage, and ends it. Options, secrets among them, go through its channel only.
import { type ChildProcess, fork } from 'node:child_process';
import type { ToChild, ToParent } from './messages.ts';

/** Milliseconds that a process may take to end by itself. */
const endMs = 5000;

export interface RunningProcess {
  /** Loses what a process that is gone would have got. */
  send(message: ToChild): void;
  onMessage(listener: (message: ToParent) => void): void;
  /** Resolves, with the reason in words, when the process is really gone. */
  readonly ended: Promise<string>;
  /** At once, with the programs that it runs. */
  kill(): void;
  /** Tells it to end, and kills it when it does not. */
  end(): void;
}

/** In the daemon's own mount namespace: what it mounts is seen by all, and stays when it ends. */
export function launch(entry: string): RunningProcess {
  // A notice to systemd or its watchdog is the daemon's own matter.
  const { NOTIFY_SOCKET: _socket, WATCHDOG_USEC: _watchdog, WATCHDOG_PID: _pid, ...env } = process.env;
  const child = fork(entry, [], {
    env,
    execArgv: process.execArgv.filter((flag) => flag.startsWith('--max-semi-space-size')),
    serialization: 'advanced',
    // A group of its own, so that it can be killed together with the programs that it waits for.
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      // One that was killed ends its programs no more, and nobody would hear of them: they are asked to.
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGTERM');
      resolve(signal ?? `exit code ${code}`);
    });
    child.once('error', (error) => {
      if (child.pid === undefined) resolve(`it cannot be started: ${error.message}`);
    });
  });
  const kill = () => killGroup(child);
  return {
    ended,
    kill,
    send: (message) => {
      if (child.connected) child.send(message, () => {});
    },
    onMessage: (listener) => {
      child.on('message', (message) => listener(message as ToParent));
    },
    end: () => {
      if (child.connected) child.disconnect();
      const timer = setTimeout(kill, endMs);
      void ended.then(() => clearTimeout(timer));
    },
  };
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  signalGroup(child.pid, 'SIGKILL');
}

function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal);
  } catch {
    // It has ended already.
  }
}
