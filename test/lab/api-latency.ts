// How long calls of a machine's API take, over one kept connection: what a page of the UI waits for, without the handshakes of TLS.
import { Agent, request } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { percentile } from '../../bench/bench.ts';
import type { LabApi } from './api.ts';

export interface Latency {
  readonly path: string;
  readonly calls: number;
  /** Milliseconds. */
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}

/** Calls each path again and again until `work` has ended, five times at least. */
export async function latencyWhile(
  api: LabApi,
  paths: readonly string[],
  work: () => Promise<unknown>,
): Promise<Latency[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = await api.login();
  const seen = new Map(paths.map((path) => [path, [] as number[]]));
  let over = false;
  const ended = work().finally(() => {
    over = true;
  });
  // Told when the calls have ended.
  ended.catch(() => {});
  try {
    // The connection's beginning is nobody's waiting for a storage.
    await get(api.port, '/version', headers, agent);
    for (let round = 0; !over || round < 5; round += 1) {
      for (const path of paths) {
        const began = performance.now();
        await get(api.port, path, headers, agent);
        seen.get(path)?.push(performance.now() - began);
      }
      await delay(200);
    }
  } finally {
    agent.destroy();
    await ended;
  }
  return [...seen].map(([path, times]) => ({
    path,
    calls: times.length,
    medianMs: Math.round(percentile(times, 0.5)),
    p95Ms: Math.round(percentile(times, 0.95)),
    maxMs: Math.round(Math.max(...times)),
  }));
}

/** Of every call while a storage is dead: 95 % of them, and the longest. Emulation on a shared machine: single calls may be late for other reasons. */
const usualMs = { p95: 500, longest: 2000 };

/** The lists that tell of storages, and one call that asks none: how late that one is, the machine is. */
export const usualLists = ({ name }: { readonly name: string }) => [
  '/version',
  `/nodes/${name}/storage`,
  '/cluster/resources',
];

export const inWords = ({ path, calls, medianMs, p95Ms, maxMs }: Latency) =>
  `${path}: ${calls} calls, median ${medianMs} ms, 95 % ${p95Ms} ms, longest ${maxMs} ms`;

/** Fails the test in the end, not at once: one slow fault does not keep the others from being tried. */
export function requireUsual(latencies: readonly Latency[], when: string): void {
  for (const { path, p95Ms, maxMs } of latencies) {
    expect.soft(p95Ms, `${when}: ${path}, 95 %`).toBeLessThan(usualMs.p95);
    expect.soft(maxMs, `${when}: ${path}, longest`).toBeLessThan(usualMs.longest);
  }
}

function get(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>>,
  agent: Agent,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      // The certificate is the machine's own.
      { host: '127.0.0.1', port, path: `/api2/json${path}`, headers, agent, rejectUnauthorized: false },
      (answer) => {
        answer.resume();
        answer.on('error', reject);
        answer.on('end', () => {
          if (answer.statusCode === 200) resolve();
          else reject(new Error(`GET ${path}: ${answer.statusCode} ${answer.statusMessage}`));
        });
      },
    );
    outgoing.setTimeout(60_000, () => outgoing.destroy(new Error(`GET ${path}: no answer within 60 s`)));
    outgoing.on('error', reject);
    outgoing.end();
  });
}
