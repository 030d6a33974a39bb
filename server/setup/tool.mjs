// `npm run iso`, `npm run lab` and their like: prepares the machine with what the tool needs, then runs it by Node 24.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { isoPackages, labPackages } from './packages.mjs';
import { checkMachine } from './preflight.mjs';
import { node24, preparePackages, root } from './prepare.mjs';
import { command } from './say.mjs';

const all = [...isoPackages, ...labPackages];

/** @type {Readonly<Record<string, { packages: readonly string[], script: string }>>} */
const tools = {
  iso: { packages: isoPackages, script: 'iso-builder/build.ts' },
  lab: { packages: all, script: 'test/lab/lab.ts' },
  'test-lab': { packages: all, script: 'test/lab/run.ts' },
  'from-nothing': { packages: all, script: 'test/lab/from-nothing.ts' },
};

await command(async () => {
  const [name = '', ...args] = process.argv.slice(2);
  const tool = tools[name];
  if (!tool) throw new Error(`there is no tool '${name}', only ${Object.keys(tools).join(', ')}`);
  const began = Date.now();
  checkMachine();
  await preparePackages(tool.packages);
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  process.exitCode = await runTool(join(root, tool.script), args, seconds);
});

/**
 * @param {string} script
 * @param {readonly string[]} args
 * @param {string} preparedSeconds
 * @returns {Promise<number>}
 */
function runTool(script, args, preparedSeconds) {
  return new Promise((resolve, reject) => {
    const env = {
      ...process.env,
      PATH: `${dirname(node24)}:${process.env.PATH ?? ''}`,
      CROFT_PREPARED_SECONDS: preparedSeconds,
    };
    const child = spawn(node24, [script, ...args], { cwd: root, stdio: 'inherit', env });
    // Ctrl+C reaches the tool as well: it ends first, and says so.
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => {});
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}
