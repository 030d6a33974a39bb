// The list of everything, `GET /cluster/resources`, beside a bare server that sends the same bytes; and how soon it shows a change.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bench, median, percentile, type Row } from './bench.ts';
import { startDevDaemon, startPeer } from './child-server.ts';
import { certificateIn, withPeerFiles } from './peer-files.ts';
import { TlsClient } from './tls-client.ts';

const sizes = [
  { guests: 100, rounds: 300 },
  { guests: 1000, rounds: 200 },
  { guests: 5000, rounds: 100 },
];
const warmUps = 20;
const changes = 20;
const path = '/api2/json/cluster/resources';

export const bench: Bench = {
  name: 'list',
  about:
    'GET /cluster/resources by a user with a ticket, kept-alive TLS, beside a bare node:https server in a process of its own that sends the same bytes, in alternating rounds',
  run: (note) =>
    withPeerFiles(async (folder) => {
      const rows: Row[] = [];
      for (const { guests, rounds } of sizes) rows.push(...(await measureList(folder, guests, rounds, note)));
      return rows;
    }),
};

async function measureList(
  folder: string,
  guests: number,
  rounds: number,
  note: (line: string) => void,
): Promise<Row[]> {
  const daemon = await startDevDaemon(guests);
  const croft = await new TlsClient(daemon.port).logIn();
  const { body } = await croft.get(path);
  const bodyFile = join(folder, 'body.json');
  writeFileSync(bodyFile, body);
  const peer = await startPeer(certificateIn(folder), bodyFile);
  const bare = new TlsClient(peer.port);
  note(`${guests} guests: ${body.length} bytes, ${rounds} rounds`);
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = -warmUps; round < rounds; round += 1) {
    const first = await croft.get(path);
    const second = await bare.get(path);
    if (round < 0) continue;
    ours.push(first.ms);
    theirs.push(second.ms);
  }
  const name = 'the same bytes from node:https';
  const largest = guests === sizes.at(-1)?.guests;
  const rows: Row[] = [
    {
      measure: `list of ${guests} guests, median`,
      value: median(ours),
      unit: 'ms',
      peer: { name, value: median(theirs) },
      ...(largest ? { goal: { of: 'ratio', atMost: 2 } } : {}),
    },
    {
      measure: `list of ${guests} guests, 95 %`,
      value: percentile(ours, 0.95),
      unit: 'ms',
      peer: { name, value: percentile(theirs, 0.95) },
    },
  ];
  if (largest) rows.push(...(await measureChanges(daemon.port, croft)));
  croft.close();
  bare.close();
  await Promise.all([daemon.end(), peer.end()]);
  return rows;
}

/** From asking for a start (or stop) on one connection until the list on another one, asked again and again, shows it. */
async function measureChanges(port: number, lists: TlsClient): Promise<Row[]> {
  const asking = await new TlsClient(port).logIn();
  const found: number[] = [];
  const vmid = 108;
  for (let change = 0; change < changes; change += 1) {
    const [action, status] = change % 2 === 0 ? ['start', 'running'] : ['stop', 'stopped'];
    const began = performance.now();
    const asked = asking.send('POST', `/api2/json/nodes/dev/qemu/${vmid}/status/${action}`);
    while (statusIn((await lists.get(path)).body, vmid) !== status) {
      if (performance.now() - began > 30_000) throw new Error(`VM ${vmid} does not become ${status}`);
    }
    found.push(performance.now() - began);
    const { status: code, body } = await asked;
    if (code !== 200) throw new Error(`${action}: ${code} ${body}`);
    // The task ends a moment after the state has changed; the next change must not meet it.
    await taskEnd(asking, JSON.parse(body.toString()).data);
  }
  asking.close();
  return [
    {
      measure: 'change to visible in the list of 5000, median',
      value: median(found),
      unit: 'ms',
      goal: { of: 'value', atMost: 1000 },
    },
    { measure: 'change to visible in the list of 5000, 95 %', value: percentile(found, 0.95), unit: 'ms' },
  ];
}

async function taskEnd(client: TlsClient, upid: string): Promise<void> {
  for (;;) {
    const { body } = await client.get(`/api2/json/nodes/dev/tasks/${upid}/status`);
    if (JSON.parse(body.toString()).data.status === 'stopped') return;
  }
}

/** Cut out of the text: to read two megabytes of JSON would take longer than what is measured. */
function statusIn(list: Buffer, vmid: number): string | undefined {
  const at = list.indexOf(`"id":"qemu/${vmid}"`);
  return /"status":"(\w+)"/.exec(list.toString('latin1', at, at + 200))?.[1];
}
