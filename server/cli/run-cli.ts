// Runs one command line: parse, do, explain what went wrong, exit code.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { readConfig } from '../config.ts';
import type { AppError } from '../core/errors.ts';
import { nearestWord } from '../core/nearest-word.ts';
import { errorAsJson, explainError } from './explain-error.ts';
import type { Io } from './io.ts';
import { asLocalError } from './local-error.ts';
import { buildProgram, type CliParts } from './program.ts';

const settingsFile = '/etc/croft/croft.toml';

/** `0` done, `1` failed, `2` not understood. */
export type ExitCode = 0 | 1 | 2;

/** Runs `croft` with these arguments. Never rejects. */
export async function runCli(argv: readonly string[], io: Io, parts: CliParts = {}): Promise<ExitCode> {
  const program = buildProgram(io, () => socketPathOf(io.env), parts);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return 0;
  } catch (thrown) {
    // Commander has said what is wrong, or shown the help.
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
    const error = asLocalError(thrown);
    const json = program.opts<{ json?: boolean }>().json === true;
    io.stderr.write(json ? errorAsJson(error) : explainError(error, await suggestFor(error)));
    return 1;
  }
}

/** The daemon's socket: `CROFT_SOCKET`, else where the daemon's own settings put it. */
function socketPathOf(env: Io['env']): string {
  if (env['CROFT_SOCKET']) return env['CROFT_SOCKET'];
  if (existsSync(settingsFile)) return readConfig(env, settingsFile).socket;
  return join(env['CROFT_RUNTIME_DIR'] || '/run/croft', 'croft.sock');
}

/** For unknown parameters, the known one that was probably meant. The list is loaded only when there was such an error. */
async function suggestFor(error: AppError): Promise<(key: string) => string | undefined> {
  const unknown = Object.values(error.fields ?? {}).some((rule) => rule.includes('not defined in schema'));
  if (!unknown) return () => undefined;
  const { createVm } = await import('../contract/qemu-config.ts');
  const known = Object.keys(createVm.params.shape);
  return (key) => nearestWord(key, known);
}
