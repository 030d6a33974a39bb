// `npm test`: prepares the machine, then runs every layer but the lab, and says at the end what passed.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { runPackages, testPackages } from './packages.mjs';
import { checkMachine } from './preflight.mjs';
import { prepare, root } from './prepare.mjs';
import { command, sayLine } from './say.mjs';

const layers = [
  'typecheck',
  'lint',
  'test:unit',
  'api:coverage',
  'test:host',
  'test:browser',
  'test:clients',
];

await command(async () => {
  checkMachine();
  sayLine('Preparing this machine for the tests');
  await prepare([...runPackages, ...testPackages]);
  const results = [];
  for (const layer of layers) {
    sayLine(`\n== npm run ${layer}`);
    const began = Date.now();
    const passed = await runScript(layer);
    results.push({ layer, passed, seconds: (Date.now() - began) / 1000 });
  }
  sayLine('\n== Result');
  for (const { layer, passed, seconds } of results)
    sayLine(`  ${passed ? '✓' : '✗'} ${layer} (${seconds.toFixed(1)} s)`);
  const failed = results.filter((result) => !result.passed).length;
  sayLine(`layers: ${results.length - failed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
});

/**
 * @param {string} name
 * @returns {Promise<boolean>}
 */
function runScript(name) {
  const bin = join(root, 'node_modules', '.bin');
  return new Promise((resolve) => {
    const child = spawn('npm', ['run', '--silent', name], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, PATH: `${bin}:${process.env.PATH ?? ''}` },
    });
    child.on('close', (code) => resolve(code === 0));
    child.on('error', () => resolve(false));
  });
}
