// `croft vm console`: joins this terminal with a VM's serial line.
import { once } from 'node:events';
import type { Command } from 'commander';
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

/** Adds the command to the group `vm`. */
export function addVmConsole(group: Command, session: () => Session): void {
  group
    .command('console')
    .description('the serial terminal of a running VM, in this terminal (Ctrl-] leaves)')
    .argument('<vm>', 'number or name')
    .option('--serial <port>', 'serial0 to serial3; the first when left out')
    .action((vm: string, options: { serial?: string }) => openConsole(session(), vm, options.serial));
}

async function openConsole(session: Session, reference: string, serial: string | undefined): Promise<void> {
  const { path, vmid } = await session.guest(reference);
  const params = serial === undefined ? {} : { serial };
  const terminal = await session.client.call<Terminal>('POST', `${path}/termproxy`, params);
  const socket = session.client.webSocket(`${path}/vncwebsocket`, {
    port: terminal.port,
    vncticket: terminal.ticket,
  });
  await logIn(socket, terminal);
  session.io.stderr.write(`Connected to VM ${vmid}. Ctrl-] leaves; Enter may wake it.\r\n`);
  const end = await join(session, socket);
  session.io.stderr.write(`\r\n${end}\n`);
}

/** The line `user:ticket` must be answered by `OK`. */
async function logIn(socket: WebSocket, terminal: Terminal): Promise<void> {
  const refused = (detail: string): AppError =>
    new AppError('unavailable', 'the console does not open', { detail });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', (error) => reject(refused(error.message)));
    socket.once('close', (code) => reject(refused(`closed with ${code}`)));
    socket.once('open', () => socket.send(`${terminal.user}:${terminal.ticket}\n`));
    socket.once('message', (data) => {
      const first = bytesOf(data);
      if (first.subarray(0, 2).toString() !== 'OK') return reject(refused('not admitted'));
      // Output may follow in the same message: it is put back for whoever listens next.
      if (first.length > 2) setImmediate(() => socket.emit('message', first.subarray(2), true));
      resolve();
    });
  }).catch((error: unknown) => {
    socket.on('error', () => {});
    socket.terminate();
    throw error;
  });
  socket.removeAllListeners('error');
  socket.removeAllListeners('close');
}

/** Copies both ways until the user leaves or the VM's side ends; answers why it ended. */
async function join(session: Session, socket: WebSocket): Promise<string> {
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
    if (at >= 0) leave('Left the console; the VM goes on.');
  };
  const onEnd = (): void => leave('Input ended.');
  const onResize = (): void => {
    if (stdout.columns && stdout.rows && socket.readyState === socket.OPEN)
      socket.send(`1:${stdout.columns}:${stdout.rows}:`);
  };
  socket.on('error', () => socket.terminate());
  socket.on('message', (data) => stdout.write(bytesOf(data)));
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
