// What must hold before anything on the machine is touched; each failure is one clear sentence.
import { readFileSync, statfsSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { SetupError } from './say.mjs';

const neededBytes = 2.5 * 1024 ** 3;

/** Linux, Debian, root. */
export function checkMachine() {
  if (process.platform !== 'linux')
    throw new SetupError(`it runs on Linux, and this is ${process.platform}.`);
  const release = readRelease();
  const family = `${release.ID ?? ''} ${release.ID_LIKE ?? ''}`.split(/\s+/);
  if (!family.includes('debian')) {
    throw new SetupError(
      `it prepares Debian machines, and this is ${release.PRETTY_NAME ?? 'another system'}.`,
    );
  }
  if (process.arch !== 'x64')
    throw new SetupError(`it runs on x86-64 processors, and this is ${process.arch}.`);
  if (process.getuid?.() !== 0) {
    throw new SetupError(
      'it needs root, to run virtual machines and set up their network. Try: sudo npm start',
    );
  }
}

/**
 * Enough space for what is about to be installed?
 * @param {string} folder
 * @param {number} [bytes]
 */
export function checkSpace(folder, bytes = neededBytes) {
  const found = statfsSync(folder);
  const free = found.bavail * found.bsize;
  if (free < bytes) {
    const gib = (/** @type {number} */ n) => (n / 1024 ** 3).toFixed(1);
    throw new SetupError(
      `it needs ${gib(bytes)} GiB free on ${folder}, and there are ${gib(free)} GiB. Make room and try again.`,
    );
  }
}

/** @returns {Record<string, string>} */
function readRelease() {
  const fields = /** @type {Record<string, string>} */ ({});
  for (const line of readFileSync('/etc/os-release', 'utf8').split('\n')) {
    const match = /^([A-Z_]+)="?(.*?)"?$/.exec(line);
    if (match?.[1] !== undefined) fields[match[1]] = match[2] ?? '';
  }
  return fields;
}

/**
 * Is the TCP port free on all addresses?
 * @param {number} port
 * @returns {Promise<boolean>}
 */
export function portIsFree(port) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '::' }, () => probe.close(() => resolve(true)));
  });
}

/**
 * Does somebody answer on this local socket?
 * @param {string} path
 * @returns {Promise<boolean>}
 */
export function socketAnswers(path) {
  return new Promise((resolve) => {
    const connection = createConnection(path);
    connection.once('connect', () => {
      connection.destroy();
      resolve(true);
    });
    connection.once('error', () => resolve(false));
  });
}
