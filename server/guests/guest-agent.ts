// Talks to the agent inside a VM. Whatever comes back is the guest's word: bounded by the driver, never trusted here.
import { AppError } from '../core/errors.ts';
import { activeConfig } from './config/guest-document.ts';
import { readVmConfig } from './config/read-vm-config.ts';
import { readGuest } from './guest-documents.ts';
import type { VmParts } from './vm-parts.ts';

const answerSeconds = 10;
/** Freezing flushes everything that the guest has not written yet. */
const freezeSeconds = 60;
/** What one read of a file in the guest may bring; the agent's own limit is larger. */
const chunkBytes = 256 * 1024;

/** Commands that end the agent's side of the talk: no answer is the answer. */
const silent = new Set(['guest-shutdown', 'guest-suspend-disk', 'guest-suspend-ram', 'guest-suspend-hybrid']);

export type GuestAgent = ReturnType<typeof createGuestAgent>;

export function createGuestAgent(parts: VmParts) {
  /** Sends one command, named as the agent names it; answers what it returned. */
  async function ask(
    vmid: number,
    execute: string,
    args?: Readonly<Record<string, unknown>>,
  ): Promise<unknown> {
    const document = readGuest(parts.store, vmid);
    if (parts.states.stateOf(vmid) === 'stopped')
      throw new AppError('wrong-state', `VM ${vmid} is not running`);
    if (!readVmConfig({ vmid, config: activeConfig(document) }).agent.enabled) {
      throw new AppError('unsupported', 'No QEMU guest agent configured');
    }
    const command = JSON.stringify(args === undefined ? { execute } : { execute, arguments: args });
    const seconds = execute.startsWith('guest-fsfreeze') ? freezeSeconds : answerSeconds;
    try {
      return readAnswer(await parts.driver.agentCommand(vmid, command, seconds));
    } catch (error) {
      if (silent.has(execute) && error instanceof AppError && error.code === 'timeout') return {};
      throw error;
    }
  }

  /** Starts a program; answers its process id in the guest. */
  async function exec(vmid: number, command: readonly string[], input: string | undefined): Promise<number> {
    const [path, ...arg] = command;
    if (path === undefined || path === '') throw new AppError('invalid-input', 'command: name a program');
    const answer = await ask(vmid, 'guest-exec', {
      path,
      arg,
      'capture-output': true,
      ...(input === undefined ? {} : { 'input-data': Buffer.from(input).toString('base64') }),
    });
    return numberIn(answer, 'pid');
  }

  async function execStatus(vmid: number, pid: number) {
    const answer = objectOf(await ask(vmid, 'guest-exec-status', { pid }));
    return {
      exited: answer['exited'] === true ? 1 : 0,
      ...(typeof answer['exitcode'] === 'number' ? { exitcode: answer['exitcode'] } : {}),
      ...(typeof answer['signal'] === 'number' ? { signal: answer['signal'] } : {}),
      ...textOf(answer, 'out-data'),
      ...textOf(answer, 'err-data'),
      ...(answer['out-truncated'] === true ? { 'out-truncated': 1 } : {}),
      ...(answer['err-truncated'] === true ? { 'err-truncated': 1 } : {}),
    };
  }

  /** Reads at most `count` bytes of a file from `offset`. */
  async function readFile(vmid: number, path: string, offset: number, count: number) {
    const handle = await ask(vmid, 'guest-file-open', { path, mode: 'r' });
    try {
      if (offset > 0) await ask(vmid, 'guest-file-seek', { handle, offset, whence: 'set' });
      const chunks: Buffer[] = [];
      let left = count;
      for (;;) {
        const answer = objectOf(
          await ask(vmid, 'guest-file-read', { handle, count: Math.min(left, chunkBytes) }),
        );
        const chunk = Buffer.from(String(answer['buf-b64'] ?? ''), 'base64').subarray(0, left);
        chunks.push(chunk);
        left -= chunk.length;
        if (answer['eof'] === true || chunk.length === 0)
          return { bytes: Buffer.concat(chunks), truncated: false };
        if (left <= 0) return { bytes: Buffer.concat(chunks), truncated: true };
      }
    } finally {
      await ask(vmid, 'guest-file-close', { handle });
    }
  }

  async function writeFile(vmid: number, path: string, content: Buffer): Promise<void> {
    const handle = await ask(vmid, 'guest-file-open', { path, mode: 'w' });
    try {
      await ask(vmid, 'guest-file-write', { handle, 'buf-b64': content.toString('base64') });
    } finally {
      await ask(vmid, 'guest-file-close', { handle });
    }
  }

  return { ask, exec, execStatus, readFile, writeFile };
}

function readAnswer(text: string): unknown {
  try {
    return objectOf(JSON.parse(text))['return'];
  } catch {
    throw new AppError('unavailable', 'the guest agent answered something that is not JSON');
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function numberIn(value: unknown, key: string): number {
  const found = objectOf(value)[key];
  if (typeof found !== 'number')
    throw new AppError('unavailable', `the guest agent's answer has no '${key}'`);
  return found;
}

function textOf(answer: Record<string, unknown>, key: string): Record<string, string> {
  const text = answer[key];
  return typeof text === 'string' ? { [key]: Buffer.from(text, 'base64').toString('utf8') } : {};
}
