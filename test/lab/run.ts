// `npm run test:lab [-- --full] [files...]`: builds the ISO, runs the smoke tests or all of the lab.
import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { command, sayLine } from '../../server/setup/say.mjs';
import { findIso } from './iso-image.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const smoke = ['test/lab/machine.lab.test.ts', 'test/lab/parts.lab.test.ts', 'test/lab/smoke.lab.test.ts'];

await command(async () => {
  const full = process.argv.includes('--full');
  const files = process.argv.slice(2).filter((word) => !word.startsWith('--'));
  sayLine('\n== npm run iso');
  await run(['iso-builder/build.ts']);
  const iso = await findIso();
  sayLine(`ISO under test: ${iso.path} (${(statSync(iso.path).size / 1e6).toFixed(1)} MB)`);
  const chosen = files.length > 0 ? files : full ? [] : smoke;
  sayLine(`\n== lab: ${chosen.length === 0 ? 'all of it' : chosen.join(' ')}`);
  if (chosen === smoke) sayLine('the full lab: npm run test:lab -- --full');
  await run([
    ...['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/vitest.config.ts', '--project', 'lab'],
    ...chosen,
  ]);
});

function run(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${args[0]} ended with ${code}`));
    });
  });
}
