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
/** A guest may answer a few bytes at a time; nobody waits longer than this for a whole file. */
const mostReadMs = 60_000;
/** Characters of the guest's own words that are passed on in an error. */
const longestRefusal = 200;

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
    const handle = await openFile(vmid, path, 'r');
    const until = parts.clock.now() + mostReadMs;
    try {
      if (offset > 0) await ask(vmid, 'guest-file-seek', { handle, offset, whence: 'set' });
      const chunks: Buffer[] = [];
      let left = count;
      for (;;) {
        const answer = objectOf(
          await ask(vmid, 'guest-file-read', { handle, count: Math.min(left, chunkBytes) }),
        );
        const chunk = Buffer.from(stringIn(answer, 'buf-b64'), 'base64').subarray(0, left);
        chunks.push(chunk);
        left -= chunk.length;
        if (answer['eof'] === true || chunk.length === 0)
          return { bytes: Buffer.concat(chunks), truncated: false };
        if (left <= 0) return { bytes: Buffer.concat(chunks), truncated: true };
        if (parts.clock.now() > until)
          throw new AppError('timeout', 'the guest agent takes too long to hand out the file');
      }
    } finally {
      // What was read stands; a handle that stays open is the guest's own trouble.
      await ask(vmid, 'guest-file-close', { handle }).catch(() => {});
    }
  }

  async function writeFile(vmid: number, path: string, content: Buffer): Promise<void> {
    const handle = await openFile(vmid, path, 'w');
    const close = () => ask(vmid, 'guest-file-close', { handle });
    try {
      const answer = await ask(vmid, 'guest-file-write', { handle, 'buf-b64': content.toString('base64') });
      if (numberIn(answer, 'count') !== content.length)
        throw new AppError('unavailable', 'the guest agent wrote only a part of the file');
    } catch (error) {
      await close().catch(() => {});
      throw error;
    }
    await close();
  }

  async function openFile(vmid: number, path: string, mode: 'r' | 'w'): Promise<number> {
    return numberIn({ handle: await ask(vmid, 'guest-file-open', { path, mode }) }, 'handle');
  }

  return { ask, exec, execStatus, readFile, writeFile };
}

function readAnswer(text: string): unknown {
  const answer = objectOf(parseAnswer(text));
  if (Object.hasOwn(answer, 'return')) return answer['return'];
  const said = objectOf(answer['error'])['desc'];
  if (typeof said === 'string')
    throw new AppError('unavailable', `the guest agent refused: ${said.slice(0, longestRefusal)}`);
  throw new AppError('unavailable', 'the guest agent did not answer the question');
}

function parseAnswer(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AppError('unavailable', 'the guest agent answered something that is not JSON');
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function stringIn(answer: Record<string, unknown>, key: string): string {
  const found = answer[key] ?? '';
  if (typeof found !== 'string')
    throw new AppError('unavailable', `the guest agent's answer has no '${key}'`);
  return found;
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
