// File systems held still around the moment of a backup, by the guest's agent.
import { AppError, asAppError } from '../../core/errors.ts';
import type { WorkContext } from '../../core/work-context.ts';

/** Freezing flushes everything that the guest has not written yet. */
const freezeSeconds = 60;
const thawSeconds = 20;
const thawTries = 3;
const longestRefusal = 200;

/** Sends a command to the agent; answers what it says. */
export type AskAgent = (command: string, timeoutSeconds: number) => Promise<string>;

/**
 * Asks for it. False: it did not happen, as the log says; with an agent that did not answer in time it may happen yet, so it is
 * to be thawed all the same.
 */
export async function freeze(context: WorkContext, ask: AskAgent): Promise<boolean> {
  try {
    await tell(ask, 'guest-fsfreeze-freeze', freezeSeconds);
    return true;
  } catch (error) {
    const { code, message } = asAppError(error);
    context.log(`its file systems are not frozen: ${message}`);
    return code === 'timeout';
  }
}

/** Tries several times, as a guest that stays frozen stands still before long. False when the agent never agreed. */
export async function thaw(ask: AskAgent): Promise<boolean> {
  for (let tries = 0; tries < thawTries; tries += 1) {
    try {
      await tell(ask, 'guest-fsfreeze-thaw', thawSeconds);
      return true;
    } catch (error) {
      if (asAppError(error).code === 'not-found') return true;
    }
  }
  return false;
}

/** The answer is the guest's word, and bounded here. */
async function tell(ask: AskAgent, execute: string, seconds: number): Promise<void> {
  const text = await ask(JSON.stringify({ execute }), seconds);
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new AppError('unavailable', 'the guest agent answered something that is not JSON');
  }
  const { error } = (answer ?? {}) as { error?: { desc?: unknown } };
  if (error === undefined || error === null) return;
  const said = typeof error.desc === 'string' ? error.desc.slice(0, longestRefusal) : 'no reason given';
  throw new AppError('unavailable', `the guest agent refused: ${said}`);
}
