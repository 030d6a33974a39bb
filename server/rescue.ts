// What runs in the daemon's place when its database cannot be used: every page and every call says why, and what to do.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Hono } from 'hono';
import type { Config } from './config.ts';
import type { Clock } from './core/clock.ts';
import { type AppError, asAppError } from './core/errors.ts';
import type { Logger } from './core/log.ts';
import { type ConfigBackup, listConfigBackups } from './db/config-backup-files.ts';
import type { App, Bindings } from './http/app.ts';
import { errorReply, reasonPhrase } from './http/error-reply.ts';
import { type Listener, listenHttps, listenLocal } from './http/listen.ts';
import { apiHeaders, renderError, splitApiPath } from './http/pve-wire.ts';
import { serverCertificate } from './tls/self-signed.ts';

export interface RescueParts {
  readonly config: Pick<Config, 'address' | 'port' | 'socket' | 'dataDir' | 'runtimeDir' | 'node'>;
  /** Why the daemon does not start; its public text is shown to whoever asks. */
  readonly problem: AppError;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'info' | 'error' | 'warn'>;
  /** The file with the text for the head of the console; undefined where there is no such console. */
  readonly consoleHead: string | undefined;
}

export interface Rescue {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Serves until `stop`. The process stays alive, so that systemd does not start it again and again, and nothing of the
 * daemon runs: guests that run go on, none is started. Rejects with `unavailable` when it cannot listen.
 */
export async function startRescue(parts: RescueParts): Promise<Rescue> {
  const { config, problem, log } = parts;
  const since = sinceWhen(parts);
  const app = rescueApp(parts, since);
  log.error({ detail: problem.detail }, `the daemon does not start: ${problem.message}`);
  const certificate = await serverCertificate({ dataDir: config.dataDir }).catch((error: unknown) => {
    log.warn({ detail: asAppError(error).detail }, 'a certificate for this start only');
    return serverCertificate({ dataDir: join(config.runtimeDir, 'rescue') });
  });
  const https = await listenHttps(app, { port: config.port, host: config.address, certificate });
  let local: Listener;
  try {
    local = await listenLocal(app, config.socket);
  } catch (error) {
    await https.close(0);
    throw error;
  }
  tellConsole(parts);
  return {
    port: https.port,
    async stop() {
      if (parts.consoleHead !== undefined) rmSync(parts.consoleHead, { force: true });
      await Promise.all([https.close(0), local.close(0)]);
    },
  };
}

function rescueApp(parts: RescueParts, since: number): App {
  const { problem, config } = parts;
  const hono = new Hono<{ Bindings: Bindings }>();
  const reply = errorReply(problem);
  hono.all('*', (c) => {
    const { pathname } = new URL(c.req.url, 'http://localhost');
    const outgoing = (c.env as Bindings | undefined)?.outgoing;
    const api = /^\/+api2(\/|$)/.test(pathname);
    if (!api)
      return c.body(
        renderPage(problem, config.node, since, listConfigBackups(config.dataDir)),
        503,
        pageHeaders,
      );
    const format = splitApiPath(pathname)?.format === 'extjs' ? 'extjs' : 'json';
    if (outgoing) outgoing.statusMessage = reasonPhrase(problem.message);
    return c.body(renderError(format, reply).body, 503, apiHeaders as Record<string, string>);
  });
  return {
    hono,
    upgrade: (_incoming, socket) => {
      socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    },
    close: () => {},
  };
}

/** No script, no style, nothing from elsewhere. */
const pageHeaders: Record<string, string> = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy':
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

function renderPage(
  problem: AppError,
  node: string,
  since: number,
  backups: readonly ConfigBackup[],
): string {
  const rows = backups.map(
    ({ name, at, sizeBytes }) =>
      `<tr><td>${utc(at)}</td><td>${Math.ceil(sizeBytes / 1024)} KiB</td><td><code>${escaped(name)}</code></td></tr>`,
  );
  const table =
    rows.length === 0
      ? '<p>There are none.</p>'
      : `<table><thead><tr><th>Made</th><th>Size</th><th>Name</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Croft on ${escaped(node)} does not start</title></head><body>
<h1>Croft on ${escaped(node)} does not start</h1>
<p>${escaped(problem.message)}</p>
<p>Since ${utc(since)}. Guests that run go on running; none is started or stopped.</p>
<h2>What to do</h2>
<p>Log in as root, on the console or by SSH. <code>journalctl -u croft</code> tells the details,
<code>croft state backups</code> lists the copies of the configuration, and <code>croft state restore NAME</code> puts one of
them in place and starts Croft again. What is in place now is kept beside it.</p>
<h2>Copies of the configuration</h2>
${table}
</body></html>
`;
}

function utc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** When it began: restarts of the process since then do not count. Kept in the runtime folder, which a reboot empties. */
function sinceWhen({ config, problem, clock }: RescueParts): number {
  const path = join(config.runtimeDir, 'rescue.json');
  try {
    const kept = JSON.parse(readFileSync(path, 'utf8')) as { since?: unknown; message?: unknown };
    if (kept.message === problem.message && typeof kept.since === 'number') return kept.since;
  } catch {
    // The first start that fails so, or a file that cannot be used.
  }
  const since = clock.now();
  try {
    mkdirSync(config.runtimeDir, { recursive: true, mode: 0o711 });
    writeFileSync(path, JSON.stringify({ since, message: problem.message }), { mode: 0o600 });
  } catch {
    // Then the time of this start is what there is.
  }
  return since;
}

function tellConsole({ consoleHead, problem, log }: RescueParts): void {
  if (consoleHead === undefined) return;
  try {
    mkdirSync(dirname(consoleHead), { recursive: true });
    writeFileSync(
      consoleHead,
      `Croft does not start: ${problem.message}\n'croft state backups' lists copies of the configuration, 'croft state restore NAME' puts one in place.\n`,
    );
  } catch (error) {
    log.warn({ detail: String(error) }, 'the console could not be told');
  }
}
