// The web UI from its sources beside the development daemon: Vite's server, a process of its own, which reloads by itself.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const vite = fileURLToPath(new URL('../node_modules/vite/bin/vite.js', import.meta.url));
const config = fileURLToPath(new URL('../ui/vite.config.ts', import.meta.url));

/** Starts it for the daemon on the port; it says its own address. Undefined when Vite is not installed. */
export function startDevUi(daemonPort: number): { stop(): void } | undefined {
  if (!existsSync(vite)) return undefined;
  const child = spawn(process.execPath, [vite, '--config', config, '--clearScreen', 'false'], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, CROFT_DAEMON: `https://localhost:${daemonPort}` },
  });
  return { stop: () => void child.kill('SIGTERM') };
}
