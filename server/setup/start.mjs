// `npm start`: prepares the machine, then runs the daemon in the foreground until Ctrl-C; guests go on running after it.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { runPackages } from './packages.mjs';
import { checkMachine, portIsFree, socketAnswers } from './preflight.mjs';
import { node24, prepare, root } from './prepare.mjs';
import { command, SetupError, sayLine } from './say.mjs';

const port = Number(process.env.CROFT_PORT ?? 8006);
const socket = process.env.CROFT_SOCKET ?? '/run/croft/croft.sock';

await command(async () => {
  checkMachine();
  if (await socketAnswers(socket)) {
    sayLine(`Croft runs already: https://localhost:${port}`);
    return;
  }
  if (!(await portIsFree(port))) {
    throw new SetupError(
      `port ${port} is taken by another program. End it, or choose another port: CROFT_PORT=8007 npm start`,
    );
  }
  sayLine('Preparing this machine for Croft');
  await prepare(runPackages);
  // What goes on is shown by the UI; the terminal gets what somebody should look into.
  const env = { CROFT_LOG_LEVEL: 'warn', ...process.env };
  const daemon = spawn(node24, [join(root, 'server', 'main.ts')], {
    env,
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  daemon.on('message', (/** @type {any} */ message) => {
    if (message?.ready) void welcome();
  });
  // The daemon is told by us; the terminal's own signal reaches it as well, and twice is no harm.
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
    process.on(signal, () => daemon.kill(signal));
  daemon.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGTERM' || signal === 'SIGINT' ? 0 : 1);
  });
});

async function welcome() {
  sayLine('');
  sayLine(`  Croft is ready:  https://localhost:${port}`);
  sayLine('  The certificate is self-signed: your browser asks once whether you trust it.');
  if (rootHasPassword()) {
    sayLine("  Log in as root with this machine's root password.");
  } else {
    sayLine(
      '  Log in as root. It has no password on this machine: set one with `passwd`, or use this one now,',
    );
    sayLine(`  good once, for ten minutes:  ${await oneTimePassword()}`);
    sayLine('  Another one: npm run --silent croft -- one-time-password');
  }
  sayLine('  Ctrl-C ends the daemon; virtual machines go on running.');
  sayLine('');
}

/** @returns {Promise<string>} */
function oneTimePassword() {
  return new Promise((resolve, reject) => {
    const options = { socketPath: socket, path: '/api2/json/access/one-time-password', method: 'POST' };
    const call = request(
      { ...options, headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        answer.on('end', () => resolve(JSON.parse(text).data.password));
      },
    );
    call.on('error', reject);
    call.end('userid=root%40pam');
  });
}

function rootHasPassword() {
  const entry = readFileSync('/etc/shadow', 'utf8')
    .split('\n')
    .find((line) => line.startsWith('root:'));
  return /^root:\$/.test(entry ?? '');
}
