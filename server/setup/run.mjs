// Programs run by the set-up, which must work before any package is installed: Node's own modules only.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { SetupError } from './say.mjs';

/**
 * Runs a program to its end. Rejects with a SetupError that shows its last lines.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: Record<string, string>, onStatus?: (line: string) => void, okExitCodes?: number[], what?: string }} [options]
 * @returns {Promise<{ exitCode: number, output: string }>}
 */
export function run(file, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, [...args], {
      cwd: options.cwd,
      env: { ...process.env, LC_ALL: 'C', ...options.env },
      // The fourth is for programs that report their progress beside their output.
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    let output = '';
    const take = (/** @type {Buffer} */ chunk) => {
      output = (output + chunk).slice(-200_000);
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    const status = /** @type {import('node:stream').Readable | null} */ (child.stdio[3]);
    if (status) createInterface(status).on('line', (line) => options.onStatus?.(line));
    child.on('error', (error) => reject(new SetupError(`${options.what ?? file}: ${error.message}`)));
    child.on('close', (code) => {
      const exitCode = code ?? 1;
      if ((options.okExitCodes ?? [0]).includes(exitCode)) return resolve({ exitCode, output });
      const tail = output.trim().split('\n').slice(-12).join('\n    ');
      reject(new SetupError(`${options.what ?? file} failed (exit code ${exitCode}):\n    ${tail}`));
    });
  });
}

/**
 * Starts a program that outlives us, in a session of its own, its output into a file.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {number | 'ignore'} output a file descriptor, or nothing
 */
export function startDetached(file, args, output) {
  const child = spawn(file, [...args], { detached: true, stdio: ['ignore', output, output] });
  child.unref();
  return child;
}
