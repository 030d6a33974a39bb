// Installs the npm packages of the lock file, once for each state of it.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.mjs';

const stampName = join('node_modules', '.croft-lock');

/**
 * Are the installed packages those of the lock file?
 * @param {string} root
 */
export function npmPackagesCurrent(root) {
  try {
    return readFileSync(join(root, stampName), 'utf8') === lockHash(root);
  } catch {
    return false;
  }
}

/** @param {string} root */
export async function installNpmPackages(root) {
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    what: 'installing npm packages (npm ci)',
  });
  writeFileSync(join(root, stampName), lockHash(root));
}

/** @param {string} root */
function lockHash(root) {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}
