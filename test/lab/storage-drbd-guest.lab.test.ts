// A mirror whose peer is lost under a guest of the API: two appliances, the type `drbd` in the first one's daemon as a third party's plugin.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { countsOn } from '../host/counting-guest.ts';
import { eventually } from '../host/wait.ts';
import { inWords, latencyWhile, requireUsual, usualLists } from './api-latency.ts';
import { CountingVm } from './counting-vm.ts';
import { drbdStorage, installDrbdPlugin, keepAddresses, letIn, makeDrbdGroups } from './drbd-peers.ts';
import { withLab } from './fixture.ts';
import { inScratch } from './install-machines.ts';
import { keep, keptLog } from './kept-log.ts';
import { addStorage, storageStatus, untilStorage, volumesOn } from './lab-storages.ts';
import type { LabNode } from './node.ts';
import { sendCountingDisk } from './send-files.ts';

const minute = 60_000;
const storage = 'mirror';
const vmid = 120;
const volume = `vm-${vmid}-disk-0`;
const resource = `croft-${storage}-${volume}`;
const privateCard = 'net1';
/** Its disk: long enough to be copied that the copy is seen on its way. MiB. */
const [diskMiB, dirtyFromMiB, dirtyMiB] = [128, 32, 88];
/** Where the guest's numbers are, MiB from the beginning. */
const countsMiB = 8;

it('a disconnected DRBD peer: its guest goes on, all is told, and the mirror is whole again', {
  timeout: 60 * minute,
}, async () => {
  const say = keptLog('storage-faults/drbd-guest.log');
  await withLab(2, async ([lab1, lab2]) => {
    const [one, two] = [lab1!, lab2!];
    try {
      const vm = await guestOnMirror(one, two, say);
      await loseCable(one, two, vm, say);
      await splitBrain(one, two, vm, say);
      await vm.counts(10);
      const last = vm.last;
      await vm.stop();
      await compare(one, two, last, say);
      await vm.remove();
      expect(await volumesOn(one, storage)).toEqual([]);
      for (const { ssh } of [one, two])
        expect(await ssh.output(['lvs', '--noheadings', '-o', 'lv_name', '-S', `lv_name=~${vmid}`])).toBe('');
    } finally {
      for (const { ssh, name } of [one, two]) {
        keep(`storage-faults/drbd-guest-${name}.dmesg`, await ssh.output(['dmesg']));
        const journal = ['journalctl', '--merge', '--no-pager', '--lines=5000', '--output=short-iso-precise'];
        keep(`storage-faults/drbd-guest-${name}.journal`, (await ssh.run(journal)).stdout);
      }
    }
  });
});

type Say = (line: string) => void;

const warnings = async (node: LabNode) => (await storageStatus(node, storage)).warnings ?? [];
const told = (node: LabNode, words: RegExp, withinMs = 3 * minute) =>
  untilStorage(node, storage, (status) => words.test((status.warnings ?? []).join('\n')), withinMs);
const seconds = (since: number) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

async function guestOnMirror(one: LabNode, two: LabNode, say: Say): Promise<CountingVm> {
  await makeDrbdGroups([one, two]);
  // No cluster: the second node's daemon has no part in it, and takes from the first one's processors.
  await two.ssh.run(['systemctl', 'stop', 'croft.service']);
  await keepAddresses([one, two]);
  await letIn(one, two);
  const began = Date.now();
  await installDrbdPlugin(one);
  const types = await one.api.call<{ type: string }[]>('GET', `/nodes/${one.name}/storage-types`);
  expect(types.map(({ type }) => type)).toContain('drbd');
  await addStorage(one, storage, drbdStorage);
  say(`the plugin's folder is there, the storage in use: ${seconds(began)}`);

  await sendCountingDisk(one, { writes: true });
  const vm = await CountingVm.create(one, vmid, storage, undefined, diskMiB);
  say(`a VM with a disk of ${diskMiB} MiB, imported and grown on both nodes`);
  await untilWhole(one, 'the first copy', say);
  await vm.start();
  for (const latency of await latencyWhile(one.api, usualLists(one), () => vm.counts(20)))
    say(`quiet: ${inWords(latency)}`);
  return vm;
}

/** The fault of the issue. What the guest writes meanwhile is much, so that the way back is seen. */
async function loseCable(one: LabNode, two: LabNode, vm: CountingVm, say: Say): Promise<void> {
  const began = Date.now();
  const from = vm.last;
  const latencies = await latencyWhile(one.api, usualLists(one), async () => {
    await two.machine.unplug(privateCard);
    const status = await told(one, /node lab2 does not answer/);
    say(`the peer is lost, told after ${seconds(began)} as ${JSON.stringify(status.warnings)}`);
    expect(status).toMatchObject({ active: 1 });
    await vm.counts(60);
    await refusedInWords(one, say);
    await writeMuch(one);
    await vm.counts(20);
  });
  for (const latency of latencies) say(`the peer is lost: ${inWords(latency)}`);
  say(`the peer is lost: the guest counted from ${from} to ${vm.last} in ${seconds(began)}`);
  expect((await vm.current()).qmpstatus).toBe('running');
  await two.machine.plug(privateCard);
  const seen = await untilWhole(one, 'the peer is back', say);
  const percents = seen.flatMap((text) => (/to lab2, ([\d.]+) % done/.exec(text)?.[1] ?? []) as string[]);
  expect(percents.length, 'looks at which the resync told how far it was').toBeGreaterThan(1);
  expect(percents.map(Number)).toEqual(percents.map(Number).sort((a, b) => a - b));
  await vm.counts(10);
  requireUsual(latencies, 'the peer is lost');
}

/** What takes both nodes is refused, naming the one that is not there, and the storage stays in use for all else. */
async function refusedInWords(one: LabNode, say: Say): Promise<void> {
  const began = Date.now();
  const made = one.api.call('POST', `/nodes/${one.name}/storage/${storage}/content`, {
    ...{ vmid: 121, filename: 'vm-121-disk-0', size: '64M' },
  });
  const refusal = await made.then(
    () => 'made',
    (error: unknown) => String(error),
  );
  say(`the peer is lost: a new disk, after ${seconds(began)}: ${refusal}`);
  expect(refusal).toMatch(/node lab2 does not answer/);
  expect(Date.now() - began).toBeLessThan(minute);
  expect(await storageStatus(one, storage)).toMatchObject({ active: 1 });
  expect(await volumesOn(one, storage)).toEqual([`${storage}:${volume}`]);
}

async function writeMuch({ ssh }: LabNode): Promise<void> {
  const device = (await ssh.output(['drbdadm', 'sh-dev', resource])).split('\n')[0]!;
  await ssh.run(
    [
      ...['dd', 'if=/dev/urandom', `of=${device}`, 'bs=1M', `seek=${dirtyFromMiB}`, `count=${dirtyMiB}`],
      ...['oflag=direct', 'conv=notrunc', 'status=none'],
    ],
    { timeoutMs: 5 * minute },
  );
}

/** Both sides are written to while they do not see each other; an administrator says which one is kept. */
async function splitBrain(one: LabNode, two: LabNode, vm: CountingVm, say: Say): Promise<void> {
  await two.machine.unplug(privateCard);
  await told(one, /node lab2 does not answer/);
  await vm.counts(10);
  await two.ssh.script(`drbdadm primary ${resource}
dd if=/dev/urandom of="$(drbdadm sh-dev ${resource})" bs=1M seek=16 count=1 oflag=direct conv=notrunc status=none
for try in 1 2 3 4 5; do drbdadm secondary ${resource} && break; sleep 1; done`);
  const began = Date.now();
  await two.machine.plug(privateCard);
  const status = await told(one, /split brain/);
  say(`a split brain, told ${seconds(began)} after the cable was back as ${JSON.stringify(status.warnings)}`);
  for (const { ssh, name } of [one, two])
    say(`a split brain: ${name} is ${await ssh.output(['drbdadm', 'cstate', resource])}`);
  expect(status).toMatchObject({ active: 1 });
  const latencies = await latencyWhile(one.api, usualLists(one), () => vm.counts(40));
  for (const latency of latencies) say(`a split brain: ${inWords(latency)}`);
  // As the DRBD User's Guide 8.4 has it: the side whose changes are given up connects so, the other one as ever.
  const alone = `[ "$(drbdadm cstate ${resource})" = StandAlone ]`;
  await two.ssh.script(`${alone} || drbdadm disconnect ${resource}
drbdadm secondary ${resource}
drbdadm connect --discard-my-data ${resource}`);
  await one.ssh.script(`if ${alone}; then drbdadm connect ${resource}; fi`);
  await untilWhole(one, 'the side of the guest is kept', say);
  await vm.counts(10);
  requireUsual(latencies, 'a split brain');
}

/** Until nothing is wrong with the mirror any more; answers what was told in the meantime, each once. */
async function untilWhole(one: LabNode, when: string, say: Say): Promise<string[]> {
  const began = Date.now();
  const seen: string[] = [];
  await eventually(
    `${when}: both sides are equal`,
    8 * minute,
    async () => {
      const now = (await warnings(one)).join('; ');
      if (now !== '' && seen.at(-1) !== now) {
        seen.push(now);
        say(`${when}: told as ${now}`);
      }
      // What is told may be from before.
      const states = await one.ssh.script(`drbdadm cstate ${resource}; drbdadm dstate ${resource}`);
      return now === '' && states.stdout === 'Connected\nUpToDate/UpToDate\n';
    },
    1000,
  );
  say(`${when}: both sides are equal after ${seconds(began)}`);
  return seen;
}

/** Of a guest that is off: the same bytes on both, and on the peer's side each number that was heard. */
async function compare(one: LabNode, two: LabNode, last: number, say: Say): Promise<void> {
  await eventually('the guest let its disk go', minute, async () =>
    /^Secondary\/Secondary/.test(await one.ssh.output(['drbdadm', 'role', resource])),
  );
  const digests: string[] = [];
  for (const { ssh } of [one, two]) {
    const { stdout } = await ssh.script(
      `drbdadm primary ${resource}
device="$(drbdadm sh-dev ${resource})"
sha256sum < "$device"
dd if="$device" of=/run/counts.raw bs=1M count=${countsMiB} iflag=direct status=none
for try in 1 2 3 4 5; do drbdadm secondary ${resource} && break; sleep 1; done`,
      { timeoutMs: 4 * minute },
    );
    digests.push(stdout.trim());
  }
  expect(digests[0]).toBe(digests[1]);
  await inScratch(async (folder) => {
    const copy = join(folder, 'counts.raw');
    await two.ssh.copyFrom('/run/counts.raw', copy);
    const number = countsOn(readFileSync(copy));
    say(
      `equal: ${digests[0]}; the guest was heard up to ${last}, the peer's side holds each up to ${number}`,
    );
    expect(number).toBeGreaterThanOrEqual(last);
  });
}
