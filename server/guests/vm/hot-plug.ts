// Changes of a running domain: what libvirt can apply now, and what has to wait for a restart.
import { setTimeout as delay } from 'node:timers/promises';
import {
  BlockResizeFlag,
  type DomainRef,
  ErrorNumber,
  hasErrorNumber,
  LibvirtError,
  ModifyFlag,
  type ReconnectingLibvirt,
  VcpuFlag,
} from 'node-libvirt';
import { AppError } from '../../core/errors.ts';
import { exec } from '../../core/exec.ts';
import type { WorkContext } from '../../core/work-context.ts';
import { readDescription } from './domain-facts.ts';
import { planDimms } from './memory-plug.ts';
import { setTapVlans } from './tap-vlans.ts';
import { pin, setCpuTime, setDiskLimits } from './tune-domain.ts';
import type { DeviceChange, MemorySizeChange, VmChange } from './vm-start.ts';

/** libvirt's ways to say: not while it runs. */
const needsRestart = [
  ErrorNumber.noSupport,
  ErrorNumber.configUnsupported,
  ErrorNumber.operationUnsupported,
  ErrorNumber.argumentUnsupported,
  ErrorNumber.operationInvalid,
];

/** Milliseconds given to the guest to let go of a device. */
const detachTimeoutMs = 10_000;

/**
 * Applies one after the other; answers the keys of what needs a restart. Rejects with a LibvirtError when one went wrong. `events` is
 * a client that has been listening to the removal of devices from before.
 */
export async function applyChanges(
  client: ReconnectingLibvirt,
  events: ReconnectingLibvirt,
  context: WorkContext,
  domain: DomainRef,
  changes: readonly VmChange[],
): Promise<string[]> {
  const waiting: string[] = [];
  for (const change of changes) {
    // The rest of a change of which a part waits waits with it: a card that is as before stays on its VLANs.
    if (waiting.includes(change.key)) continue;
    const done = await applyChange(client, events, domain, change, context.signal);
    if (!done) waiting.push(change.key);
    context.log(done ? `${change.key}: applied` : `${change.key}: needs a restart of the guest`);
  }
  return waiting;
}

/** False when it needs a restart. */
async function applyChange(
  client: ReconnectingLibvirt,
  events: ReconnectingLibvirt,
  domain: DomainRef,
  change: VmChange,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    switch (change.action) {
      case 'attach':
        await attach(client, domain, change, signal);
        return true;
      case 'vlans':
        await setTapVlans(exec, [change.vlans]);
        return true;
      case 'update':
        await client.devices.update(domain, change.deviceXml, ModifyFlag.live, { signal });
        return true;
      case 'detach':
        return await detach(client, events, domain, change, signal);
      case 'vcpus':
        await setVcpus(client, domain, change.count, signal);
        return true;
      case 'memory-size':
        await resizeMemory(client, events, domain, change, signal);
        return true;
      case 'cpu-time':
        await setCpuTime(client, domain, change, signal);
        return true;
      case 'pin':
        await pin(client, domain, change, signal);
        return true;
      case 'disk-limits':
        await setDiskLimits(client, domain, change, signal);
        return true;
      case 'memory':
        await client.devices.setMemory(domain, Math.floor(change.memoryBytes / 1024), ModifyFlag.live, {
          signal,
        });
        return true;
      case 'resize-disk':
        await client.devices.blockResize(domain, change.target, change.sizeBytes, BlockResizeFlag.bytes, {
          signal,
        });
        return true;
    }
  } catch (error) {
    if (hasErrorNumber(error, ...needsRestart)) return false;
    if (error instanceof LibvirtError && /no more available pci/i.test(error.message)) return false;
    throw error;
  }
}

/** Fewer than there are: the guest has to let go of them, and most systems other than Linux never do. */
async function setVcpus(
  client: ReconnectingLibvirt,
  domain: DomainRef,
  count: number,
  signal: AbortSignal,
): Promise<void> {
  const present = () => client.devices.vcpus(domain, VcpuFlag.live, { signal });
  for (let before = await present(); before !== count; before = await present()) {
    if (count < before) await checkCanLose(client, domain, before, signal);
    try {
      await client.devices.setVcpus(domain, count, VcpuFlag.live, { signal });
    } catch (error) {
      if (count > before || !(error instanceof LibvirtError) || error.kind !== 'remote') throw error;
      // libvirt waits for five seconds; a guest with much to do lets go later.
      if (hasErrorNumber(error, ErrorNumber.operationTimeout) && (await drops(present, before, signal)))
        continue;
      const text = `the guest does not let go of processors: it has ${before}`;
      throw new AppError('wrong-state', text, { detail: error.message, cause: error });
    }
  }
}

/**
 * An emulated guest would lose its processor, and nobody would be told: QEMU (7.2) lets go of its parts only, and sends no
 * DEVICE_DELETED for the processor itself. libvirt took it for there until the next start, and could not give it back.
 */
async function checkCanLose(
  client: ReconnectingLibvirt,
  domain: DomainRef,
  before: number,
  signal: AbortSignal,
): Promise<void> {
  if (readDescription(await client.domains.xml(domain, 0, { signal })).accelerated) return;
  throw new AppError(
    'unsupported',
    `processors are not taken out of a VM without hardware acceleration: it has ${before}`,
  );
}

/** Is it less than before, soon enough? */
async function drops(present: () => Promise<number>, before: number, signal: AbortSignal): Promise<boolean> {
  for (const until = Date.now() + detachTimeoutMs; Date.now() < until; ) {
    if ((await present()) < before) return true;
    await delay(200, undefined, { signal });
  }
  return false;
}

/** Repeatable: what is there is read first. */
async function resizeMemory(
  client: ReconnectingLibvirt,
  events: ReconnectingLibvirt,
  domain: DomainRef,
  { key, totalMib }: MemorySizeChange,
  signal: AbortSignal,
): Promise<void> {
  const plan = planDimms(await client.domains.xml(domain, 0, { signal }), totalMib);
  for (const deviceXml of plan.attach)
    await attach(client, domain, { key, action: 'attach', deviceXml }, signal);
  for (const deviceXml of plan.detach) {
    if (await detach(client, events, domain, { key, action: 'detach', deviceXml }, signal)) continue;
    throw new AppError('wrong-state', 'the guest does not let go of the memory that was added');
  }
}

/** Repeatable: our devices have names of their own, so what is there already is what was to be plugged in. */
async function attach(
  client: ReconnectingLibvirt,
  domain: DomainRef,
  change: DeviceChange,
  signal: AbortSignal,
): Promise<void> {
  try {
    await client.devices.attach(domain, change.deviceXml, ModifyFlag.live, { signal });
  } catch (error) {
    const known = error instanceof LibvirtError && /already exists|non unique alias/i.test(error.message);
    if (!known) throw error;
  }
}

/** A guest may take its time, or refuse: the event tells. */
async function detach(
  client: ReconnectingLibvirt,
  events: ReconnectingLibvirt,
  domain: DomainRef,
  change: DeviceChange,
  signal: AbortSignal,
): Promise<boolean> {
  const alias = /<alias\s+name=(['"])([^'"]+)\1/.exec(change.deviceXml)?.[2];
  const removal = alias === undefined ? undefined : awaitRemoval(events, domain, alias, signal);
  try {
    await client.devices.detach(domain, change.deviceXml, ModifyFlag.live, { signal });
    return removal === undefined ? true : await removal.removed;
  } catch (error) {
    if (hasErrorNumber(error, ErrorNumber.deviceMissing)) return true;
    throw error;
  } finally {
    removal?.stop();
  }
}

function awaitRemoval(events: ReconnectingLibvirt, domain: DomainRef, alias: string, signal: AbortSignal) {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const isIt = (event: { domain: DomainRef; alias: string }) =>
    event.domain.uuid === domain.uuid && event.alias === alias;
  const timer = setTimeout(() => resolve(false), detachTimeoutMs);
  const onAbort = () => resolve(false);
  signal.addEventListener('abort', onAbort, { once: true });
  const ends = [
    events.onDomainEvent('device-removed', (event) => isIt(event) && resolve(true)),
    events.onDomainEvent('device-removal-failed', (event) => isIt(event) && resolve(false)),
  ];
  const stop = () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    for (const end of ends) end();
  };
  return { removed: promise, stop };
}
