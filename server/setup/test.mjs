// `npm test`: prepares the machine, then runs every layer but the lab, and says at the end what passed.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
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
  const notes = mkdtempSync(join(tmpdir(), 'croft-test-'));
  for (const layer of layers) {
    sayLine(`\n== npm run ${layer}`);
    const began = Date.now();
    const noteFile = join(notes, 'failures');
    writeFileSync(noteFile, '');
    const passed = await runScript(layer, noteFile);
    const failures = readFileSync(noteFile, 'utf8').split('\n').slice(0, -1);
    results.push({ layer, passed, failures, seconds: (Date.now() - began) / 1000 });
  }
  rmSync(notes, { recursive: true });
  sayLine('\n== Result');
  for (const { layer, passed, failures, seconds } of results) {
    sayLine(`  ${passed ? '✓' : '✗'} ${layer} (${seconds.toFixed(1)} s)`);
    for (const failure of failures) sayLine(`      ${failure}`);
  }
  const failed = results.filter((result) => !result.passed).length;
  sayLine(`layers: ${results.length - failed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
});

/**
 * @param {string} name
 * @param {string} noteFile where the layer's failed tests are to be noted, a line each
 * @returns {Promise<boolean>}
 */
function runScript(name, noteFile) {
  const bin = join(root, 'node_modules', '.bin');
  return new Promise((resolve) => {
    const child = spawn('npm', ['run', '--silent', name], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...process.env,
        PATH: `${bin}:${process.env.PATH ?? ''}`,
        CROFT_TEST_FAILURES: noteFile,
      },
    });
    child.on('close', (code) => resolve(code === 0));
    child.on('error', () => resolve(false));
  });
}
