// Entry of the command line: `node server/cli/main.ts vm list`.
import { processIo } from './io.ts';
import { runCli } from './run-cli.ts';

// A reader that goes away (`croft vm list | head -1`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await runCli(process.argv.slice(2), processIo);
