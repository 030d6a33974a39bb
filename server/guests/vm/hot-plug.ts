// Changes of a running domain: what libvirt can apply now, and what has to wait for a restart.
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
import type { DeviceChange, VmChange } from './vm-start.ts';

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
 * Applies one change; false when it needs a restart. Rejects with a LibvirtError when it went wrong. `events` is a
 * client that has been listening to the removal of devices from before.
 */
export async function applyChange(
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
      case 'update':
        await client.devices.update(domain, change.deviceXml, ModifyFlag.live, { signal });
        return true;
      case 'detach':
        return await detach(client, events, domain, change, signal);
      case 'vcpus':
        await client.devices.setVcpus(domain, change.count, VcpuFlag.live, { signal });
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
