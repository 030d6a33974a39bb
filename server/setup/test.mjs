// `npm test`: prepares the machine, then runs every layer but the lab, and says at the end what passed.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

/**
 * A machine with other work delays real programs, and tests with them. What fails in a few files is run once more, file by
 * file with nothing beside it. What then passes counts, and the end says what failed first: it is a fault of the test or of
 * ours that shows under load, to be looked for.
 */
const filesRunAgain = 3;

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
    let passed = await runScript(layer, noteFile);
    const failures = noted(noteFile);
    const again = passed ? [] : filesToRunAgain(layer, failures);
    for (const file of again) {
      sayLine(`\n== npm run ${layer} -- ${file} (once more)`);
      passed = await runScript(layer, noteFile, file);
      if (!passed) break;
    }
    const unsteady = passed && again.length > 0;
    results.push({ layer, passed, unsteady, failures, seconds: (Date.now() - began) / 1000 });
  }
  rmSync(notes, { recursive: true });
  sayLine('\n== Result');
  for (const { layer, passed, unsteady, failures, seconds } of results) {
    const note = unsteady ? ', unsteady: failed first, passed when run once more by itself:' : '';
    sayLine(`  ${passed ? '✓' : '✗'} ${layer} (${seconds.toFixed(1)} s)${note}`);
    for (const failure of failures) sayLine(`      ${failure}`);
  }
  const failed = results.filter((result) => !result.passed).length;
  sayLine(`layers: ${results.length - failed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
});

/**
 * @param {string} noteFile
 * @returns {string[]} what failed, a line each, each beginning with its file's path
 */
function noted(noteFile) {
  return readFileSync(noteFile, 'utf8').split('\n').slice(0, -1);
}

/**
 * The files of these failures, if running them again is of use: none when a failure belongs to no file, or when there are
 * many of them, which no unlucky moment explains.
 * @param {string} layer
 * @param {string[]} failures
 * @returns {string[]}
 */
function filesToRunAgain(layer, failures) {
  const files = [...new Set(failures.map((failure) => failure.split(/ > |: /)[0] ?? ''))];
  const known = files.every((file) => file !== '' && existsSync(join(root, file)));
  return layer.startsWith('test:') && known && files.length <= filesRunAgain ? files : [];
}

/**
 * @param {string} name
 * @param {string} noteFile where the layer's failed tests are to be noted, a line each
 * @param {string[]} files only these, if any are given
 * @returns {Promise<boolean>}
 */
function runScript(name, noteFile, ...files) {
  const bin = join(root, 'node_modules', '.bin');
  return new Promise((resolve) => {
    const child = spawn('npm', ['run', '--silent', name, '--', ...files], {
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
