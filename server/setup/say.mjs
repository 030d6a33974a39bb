// What the set-up tells the person in front of it: one line a step, with progress, and plain sentences when it cannot go on.

const live = process.stdout.isTTY === true && process.env.CI === undefined;
let openLine = '';

/** Ends the set-up with a sentence a person can act on. */
export class SetupError extends Error {}

/**
 * Runs one step and says so: its name at once, progress while it goes on, how long it took at the end.
 * @template T
 * @param {string} name
 * @param {(progress: (text: string) => void) => Promise<T>} work returns what to say at the end, if it is a string
 * @returns {Promise<T>}
 */
export async function step(name, work) {
  const began = Date.now();
  show(`  … ${name}`);
  try {
    const result = await work((text) => {
      if (live) show(`  … ${name}: ${text}`);
    });
    const seconds = (Date.now() - began) / 1000;
    const note = typeof result === 'string' ? result : seconds >= 1 ? `${seconds.toFixed(1)} s` : '';
    finish(`  ✓ ${name}${note === '' ? '' : ` (${note})`}`);
    return result;
  } catch (error) {
    finish(`  ✗ ${name}`);
    throw error;
  }
}

/** @param {string} text */
export function sayLine(text) {
  finish(text);
}

/** @param {string} line */
function show(line) {
  if (!live) return;
  const width = process.stdout.columns ?? 80;
  openLine = line.slice(0, width - 1);
  process.stdout.write(`\r\x1b[2K${openLine}`);
}

/** @param {string} line */
function finish(line) {
  process.stdout.write(openLine === '' ? `${line}\n` : `\r\x1b[2K${line}\n`);
  openLine = '';
}

/**
 * Runs the whole of a set-up command; a SetupError ends it with its sentence and exit code 1.
 * @param {() => Promise<void>} work
 */
export async function command(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    finish('');
    process.stderr.write(`Croft cannot start: ${error.message}\n`);
    process.exitCode = 1;
  }
}
