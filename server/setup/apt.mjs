// Installs Debian packages that are missing, with progress.
import { run } from './run.mjs';

/**
 * @param {readonly string[]} packages
 * @returns {Promise<string[]>} those that are not installed
 */
export async function missingPackages(packages) {
  const { output } = await run('dpkg-query', ['-W', '-f=${Package} ${db:Status-Status}\\n', ...packages], {
    okExitCodes: [0, 1],
  });
  const installed = new Set(
    output
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return packages.filter((name) => !installed.has(name));
}

/**
 * @param {readonly string[]} packages
 * @param {(text: string) => void} progress
 */
export async function installPackages(packages, progress) {
  const apt = { env: { DEBIAN_FRONTEND: 'noninteractive' } };
  progress('reading the package lists');
  await run('apt-get', ['update', '-q'], { ...apt, what: 'reading the package lists (apt-get update)' });
  const options = ['-y', '-q', '--no-install-recommends', '-o', 'APT::Status-Fd=3', '-o', 'Dpkg::Use-Pty=0'];
  await run('apt-get', ['install', ...options, ...packages], {
    ...apt,
    what: `installing ${packages.join(' ')}`,
    onStatus: (line) => {
      const match = /^(dlstatus|pmstatus):[^:]*:([\d.]+):(.*)$/.exec(line);
      if (match)
        progress(`${match[1] === 'dlstatus' ? 'fetching' : 'installing'} ${Math.round(Number(match[2]))} %`);
    },
  });
}
