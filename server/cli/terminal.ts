// Joins this terminal with a guest's: a VM's serial line, a container's log-in or shell.
import { once } from 'node:events';
import type { RawData, WebSocket } from 'ws';
import { AppError } from '../core/errors.ts';
import type { Session } from './session.ts';

interface Terminal {
  readonly port: number;
  readonly ticket: string;
  readonly user: string;
}

/** Ctrl-]: leaves, as in telnet and virsh. */
const leaveKey = 0x1d;
const aliveEveryMs = 30_000;

/**
 * Opens the terminal that `POST <path>/<method>` prepares, and stays until the user leaves (Ctrl-]) or the other side ends.
 * `word`: what the guest is called, `VM 100`.
 */
export async function openTerminal(
  session: Session,
  path: string,
  method: 'termproxy' | 'shell',
  params: Readonly<Record<string, string | readonly string[]>>,
  word: string,
): Promise<void> {
  const terminal = await session.client.call<Terminal>('POST', `${path}/${method}`, params);
  const socket = session.client.webSocket(`${path}/vncwebsocket`, {
    port: terminal.port,
    vncticket: terminal.ticket,
  });
  const output = await logIn(socket, terminal);
  session.io.stderr.write(`Connected to ${word}. Ctrl-] leaves; Enter may wake it.\r\n`);
  const end = await join(session, socket, output, word.replace(/ .*/, ''));
  session.io.stderr.write(`\r\n${end}\n`);
}

/** What the guest says; kept until somebody listens, as it may begin in the same moment in which the log-in is answered. */
class SerialOutput {
  #kept: Buffer[] = [];
  #listener: ((data: Buffer) => void) | undefined;

  push(data: Buffer): void {
    if (this.#listener) this.#listener(data);
    else this.#kept.push(data);
  }

  listen(listener: (data: Buffer) => void): void {
    this.#listener = listener;
    for (const data of this.#kept.splice(0)) listener(data);
  }
}

/** The line `user:ticket` must be answered by `OK`; what follows is output. Rejects with `unavailable`. */
async function logIn(socket: WebSocket, terminal: Terminal): Promise<SerialOutput> {
  const output = new SerialOutput();
  try {
    await new Promise<void>((resolve, reject) => {
      let admitted = false;
      socket.on('error', reject);
      socket.on('close', (code) => reject(new Error(`closed with ${code}`)));
      socket.on('open', () => socket.send(`${terminal.user}:${terminal.ticket}\n`));
      socket.on('message', (raw) => {
        const data = bytesOf(raw);
        if (admitted) return output.push(data);
        if (data.subarray(0, 2).toString() !== 'OK') return reject(new Error('not admitted'));
        admitted = true;
        if (data.length > 2) output.push(data.subarray(2));
        resolve();
      });
    });
    return output;
  } catch (cause) {
    socket.terminate();
    throw new AppError('unavailable', 'the console does not open', { cause });
  }
}

/** Copies both ways until the user leaves or the guest's side ends; answers why it ended. */
async function join(
  session: Session,
  socket: WebSocket,
  output: SerialOutput,
  kind: string,
): Promise<string> {
  const { stdin, stdout } = session.io;
  let end = 'The console was closed by the other side.';
  const leave = (why: string): void => {
    end = why;
    socket.close(1000);
  };
  const onInput = (data: Buffer | string): void => {
    const bytes = Buffer.from(data);
    const at = stdin.isTTY ? bytes.indexOf(leaveKey) : -1;
    const typed = at < 0 ? bytes : bytes.subarray(0, at);
    if (typed.length > 0 && socket.readyState === socket.OPEN) socket.send(renderInput(typed));
    if (at >= 0) leave(`Left the console; the ${kind} goes on.`);
  };
  const onEnd = (): void => leave('Input ended.');
  const onResize = (): void => {
    if (stdout.columns && stdout.rows && socket.readyState === socket.OPEN)
      socket.send(`1:${stdout.columns}:${stdout.rows}:`);
  };
  output.listen((data) => stdout.write(data));
  const alive = setInterval(() => socket.send('2'), aliveEveryMs);
  stdin.setRawMode?.(true);
  stdin.on('data', onInput);
  stdin.once('end', onEnd);
  stdout.on('resize', onResize);
  onResize();
  try {
    if (socket.readyState !== socket.CLOSED) await once(socket, 'close');
  } finally {
    clearInterval(alive);
    stdin.off('data', onInput);
    stdin.off('end', onEnd);
    stdout.off('resize', onResize);
    stdin.setRawMode?.(false);
    // Otherwise the open input keeps the program from ending.
    stdin.pause();
  }
  return end;
}

/** Input in the terminal protocol: `0:<bytes>:<data>`. */
export function renderInput(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`0:${bytes.length}:`), bytes]);
}

function bytesOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
