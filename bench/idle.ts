// What the daemon costs while nobody asks it anything: memory and processor time with a hundred guests, beside a bare server.
import { setTimeout as delay } from 'node:timers/promises';
import type { Bench, Row } from './bench.ts';
import { withDaemonBundle } from './bundle.ts';
import { type ChildServer, memoryOf, processorMsOf, startDevDaemon, startPeer } from './child-server.ts';
import { certificateIn, withPeerFiles } from './peer-files.ts';

const guests = 100;
const settleMs = 10_000;
const watchMs = 30_000;

/** Less memory set aside for what is short-lived, by V8 and by the C library for its threads. */
const frugalArgs = ['--max-semi-space-size=1'];
const frugalEnv = { MALLOC_ARENA_MAX: '2' };

export const bench: Bench = {
  name: 'idle',
  about: `resident memory and processor time over ${watchMs / 1000} s of a daemon with ${guests} running guests on the fake driver, from its sources and bundled (as an image would ship it), beside a bare node:https server`,
  run: (note) =>
    withPeerFiles((folder) =>
      withDaemonBundle('server/dev.ts', async (bundle) => {
        const env = { CROFT_DEV_ALL_RUNNING: '1' };
        const peer = await startPeer(certificateIn(folder));
        const sources = await startDevDaemon(guests, env);
        const bundled = await startDevDaemon(guests, env, [bundle]);
        const frugal = await startDevDaemon(guests, { ...env, ...frugalEnv }, [...frugalArgs, bundle]);
        const servers = [peer, sources, bundled, frugal];
        await delay(settleMs);
        const [base, first, second, third] = await Promise.all(servers.map(watch));
        await Promise.all(servers.map((server) => server.end()));
        if (!base || !first || !second || !third) throw new Error('nothing was measured');
        note(`frugal: node ${frugalArgs.join(' ')}, ${Object.entries(frugalEnv).flat().join('=')}`);
        for (const [name, { rss, anonymous }] of Object.entries({
          'node:https': base,
          sources: first,
          bundled: second,
          'bundled, frugal': third,
        }))
          note(
            `${name}: ${anonymous.toFixed(1)} of ${rss.toFixed(1)} MiB are its own, the rest is mapped files`,
          );
        const name = 'bare node:https';
        const rows = (what: string, seen: Seen): Row[] => [
          {
            measure: `RSS, ${what}`,
            value: seen.rss,
            unit: 'MiB',
            peer: { name, value: base.rss },
            goal: { of: 'value', atMost: 80 },
          },
          { measure: `processor, ${what}`, value: seen.processor, unit: '% CPU' },
        ];
        return [
          ...rows('from its sources', first),
          ...rows('bundled', second),
          ...rows('bundled, frugal', third),
        ];
      }),
    ),
};

interface Seen {
  /** MiB, the largest seen. */
  readonly rss: number;
  readonly anonymous: number;
  /** Percent of one processor. */
  readonly processor: number;
}

async function watch({ pid }: ChildServer): Promise<Seen> {
  const before = processorMsOf(pid);
  const began = performance.now();
  let most = memoryOf(pid);
  while (performance.now() - began < watchMs) {
    await delay(1000);
    const now = memoryOf(pid);
    if (now.rss > most.rss) most = now;
  }
  const took = performance.now() - began;
  return { ...most, processor: ((processorMsOf(pid) - before) / took) * 100 };
}
