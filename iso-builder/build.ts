// Entry of the image build: `npm run iso -- --profile appliance`.
import { fileURLToPath } from 'node:url';
import { runBuildCli } from './build-cli.ts';
import { imageSteps } from './steps/index.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

process.exitCode = await runBuildCli(process.argv.slice(2), {
  root: fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, ''),
  env: process.env,
  imageSteps,
  signal: stop.signal,
  write: (text) => process.stdout.write(text),
  complain: (text) => process.stderr.write(text),
});
