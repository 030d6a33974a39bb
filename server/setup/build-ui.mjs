// Builds the web UI when its sources changed since the last build.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.mjs';

const stampName = join('dist', 'ui', '.built-from');
const sources = ['ui', 'server/contract', 'server/core', 'package-lock.json'];

/** @param {string} root */
export function uiIsCurrent(root) {
  try {
    return readFileSync(join(root, stampName), 'utf8') === sourceHash(root);
  } catch {
    return false;
  }
}

/** @param {string} root */
export async function buildUi(root) {
  const bin = join(root, 'node_modules', '.bin');
  const env = { PATH: `${bin}:${process.env.PATH ?? ''}`, NODE_ENV: 'production' };
  await run(
    join(bin, 'node'),
    [join(root, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--config', 'ui/vite.config.ts'],
    {
      cwd: root,
      env,
      what: 'building the web UI',
    },
  );
  writeFileSync(join(root, stampName), sourceHash(root));
}

/** @param {string} root */
function sourceHash(root) {
  const hash = createHash('sha256');
  for (const source of sources) {
    for (const file of filesOf(join(root, source))) hash.update(file).update(readFileSync(file));
  }
  return hash.digest('hex');
}

/**
 * @param {string} path
 * @returns {string[]}
 */
function filesOf(path) {
  try {
    return readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch {
    return [path];
  }
}
