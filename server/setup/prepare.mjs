// The steps that prepare a Debian machine, shared by `npm start` and `npm test`.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPackages, missingPackages } from './apt.mjs';
import { buildUi, uiIsCurrent } from './build-ui.mjs';
import { ensureLibvirt } from './libvirt.mjs';
import { ensureLxcfs } from './lxcfs.mjs';
import { installNpmPackages, npmPackagesCurrent } from './npm-packages.mjs';
import { ensurePamService } from './pam.mjs';
import { checkSpace } from './preflight.mjs';
import { step } from './say.mjs';

/** The project's root folder. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
/** The Node that runs everything of ours, whatever the machine has. */
export const node24 = join(root, 'node_modules', '.bin', 'node');

/**
 * Debian packages and npm packages, each only when they are missing or out of date: enough for tools.
 * @param {readonly string[]} packages
 */
export async function preparePackages(packages) {
  const missing = await missingPackages(packages);
  const npmCurrent = npmPackagesCurrent(root);
  if (missing.length > 0) {
    checkSpace('/usr');
    await step(`Debian packages: ${missing.join(' ')}`, (progress) => installPackages(missing, progress));
  }
  if (!npmCurrent) {
    checkSpace(root, 1024 ** 3);
    await step('npm packages', () => installNpmPackages(root));
  }
}

/**
 * Debian packages, npm packages, UI, libvirt, lxcfs: each only when it is missing or out of date.
 * @param {readonly string[]} packages
 */
export async function prepare(packages) {
  await preparePackages(packages);
  if (!uiIsCurrent(root)) await step('web UI', () => buildUi(root));
  await step('PAM service', async () => ensurePamService());
  await step('libvirt', () => ensureLibvirt());
  await step('lxcfs', () => ensureLxcfs());
}
