// Starting a domain so that it runs, or that nothing is left of it.
import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateFlag,
  type DomainRef,
  ErrorNumber,
  hasErrorNumber,
  LibvirtError,
  type ReconnectingLibvirt,
  RestoreFlag,
} from 'node-libvirt';
import { AppError } from '../../core/errors.ts';
import type { WorkContext } from '../../core/work-context.ts';
import type { RunState } from '../guest-driver.ts';
import { runStateOf } from './domain-state.ts';
import { letFirmwareDeviceGo, openFirmwareDevice } from './firmware-device.ts';
import { checkHead } from './memory-image.ts';
import { prepareRunDirectory, removeRunDirectory } from './run-directory.ts';
import { setTapVlans } from './tap-vlans.ts';
import { endTpm, startTpm, type TpmPlace } from './tpm.ts';
import type { SavedMemory, VmStart } from './vm-start.ts';

export interface StartPlace extends TpmPlace {
  /** The domain's name. */
  readonly name: string;
}

/** Opening disks on slow storage takes its time. */
const startTimeoutMs = 300_000;
/** As many gigabytes of memory are read. */
const resumeTimeoutMs = 3_600_000;
const statePollMs = 100;
/** How long to wait for libvirtd to come back, to take back a start that it may have carried out. */
const reconnectTimeoutMs = 20_000;

/**
 * Repeatable: of a domain that runs only what a start that was cut off may have left undone is done. Not to be called twice at the
 * same time for one guest.
 */
export async function startDomain(
  client: ReconnectingLibvirt,
  place: StartPlace,
  context: WorkContext,
  spec: VmStart,
): Promise<void> {
  const there = await findRunning(client, place.name);
  if (there) return letGo(client, place, there, spec);
  if (context.signal.aborted) throw new AppError('cancelled', 'cancelled');
  await endTpm(place.runtimeDir, spec.vmid);
  await prepareRunDirectory(place.runtimeDir, spec.vmid, place.qemuUser);
  try {
    const made = await makeDomain(client, place, spec);
    await letGo(client, place, made, spec);
    // libvirt cannot be told to give up a start, so a cancelled one is taken back.
    if (context.signal.aborted) throw new AppError('cancelled', `start VM ${spec.vmid}: cancelled`);
    context.log(spec.memory ? `${spec.name} is as its saved memory has it` : `started ${spec.name}`);
  } catch (error) {
    await takeBack(client, place, spec.vmid);
    // One that stays is let go by the next start.
    if (spec.firmware) await letFirmwareDeviceGo(place.exec, spec.firmware.path).catch(() => {});
    throw error;
  }
}

async function makeDomain(client: ReconnectingLibvirt, place: StartPlace, spec: VmStart): Promise<DomainRef> {
  const stands = isConfined(spec) || spec.frozen;
  try {
    if (spec.tpm) await startTpm(place, spec.vmid, spec.tpm);
    if (spec.firmware) await openFirmwareDevice(place.exec, spec.firmware);
    const domain = spec.memory
      ? await resumeFrom(client, place, spec.memory)
      : await client.domains.createXml(spec.xml, stands ? CreateFlag.paused : 0, {
          timeoutMs: startTimeoutMs,
        });
    if (domain.name === place.name) return domain;
    await client.domains.destroy(domain);
    throw new AppError('internal', 'internal error', {
      detail: `domain XML of ${place.name} names '${domain.name}'`,
    });
  } catch (error) {
    // What libvirt refused it has cleaned up itself; a domain there now was started by somebody else.
    const refused = error instanceof LibvirtError && error.kind === 'remote';
    const other = refused ? await findRunning(client, place.name) : undefined;
    if (other) return other;
    throw error;
  }
}

/** Until the bridge knows its VLANs, nothing runs in it: it would be heard on the wrong one. */
function isConfined({ vlans = [] }: VmStart): boolean {
  return vlans.some((card) => card.confined);
}

/** Leaves the firmware's device to QEMU, tells the bridge, then lets its processors go that stood for that only. Repeatable. */
async function letGo(
  client: ReconnectingLibvirt,
  place: StartPlace,
  domain: DomainRef,
  spec: VmStart,
): Promise<void> {
  if (!spec.firmware && !spec.vlans?.length) return;
  const state = await stateOnceStarted(client, domain);
  // QEMU has it open; in a start that libvirt still works on it may not have had it.
  if (spec.firmware) await letFirmwareDeviceGo(place.exec, spec.firmware.path);
  if (!spec.vlans?.length) return;
  await setTapVlans(place.exec, spec.vlans);
  const stands = spec.memory !== undefined || spec.frozen;
  if (isConfined(spec) && !stands && state === 'paused') await client.domains.resume(domain);
}

/** libvirt goes on with a start whose asker is gone, and the cards are there at its end only. */
async function stateOnceStarted(client: ReconnectingLibvirt, domain: DomainRef): Promise<RunState> {
  for (const end = Date.now() + startTimeoutMs; ; await delay(statePollMs)) {
    const { state, reason } = await client.domains.state(domain);
    const found = runStateOf(state, reason);
    if (found !== 'starting' || Date.now() > end) return found;
  }
}

/** The head of the file says which machine it is: only what was written there by us is followed. */
async function resumeFrom(
  client: ReconnectingLibvirt,
  place: StartPlace,
  { path, digest }: SavedMemory,
): Promise<DomainRef> {
  await checkHead(path, digest);
  await client.domains.restore(path, RestoreFlag.paused, { timeoutMs: resumeTimeoutMs });
  return client.domains.lookupByName(place.name);
}

/** Is there such a domain, in whatever state but off? */
export async function isRunning(client: ReconnectingLibvirt, name: string): Promise<boolean> {
  return (await findRunning(client, name)) !== undefined;
}

async function findRunning(client: ReconnectingLibvirt, name: string): Promise<DomainRef | undefined> {
  try {
    const domain = await client.domains.lookupByName(name);
    return domain.id >= 0 ? domain : undefined;
  } catch (error) {
    if (hasErrorNumber(error, ErrorNumber.noDomain)) return undefined;
    throw error;
  }
}

/** Best effort: the error that led here is the one the caller gets. */
async function takeBack(client: ReconnectingLibvirt, place: StartPlace, vmid: number): Promise<void> {
  try {
    if (!client.connected) await reconnected(client);
    const domain = await findRunning(client, place.name);
    if (domain) await client.domains.destroy(domain, 0, { timeoutMs: 60_000 });
  } catch (error) {
    if (!(error instanceof LibvirtError)) throw error;
    if (!hasErrorNumber(error, ErrorNumber.noDomain)) return;
  }
  // One that does not end is ended, or told of, by the next start.
  await endTpm(place.runtimeDir, vmid).catch(() => {});
  await removeRunDirectory(place.runtimeDir, vmid);
}

async function reconnected(client: ReconnectingLibvirt): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(
    () => reject(new LibvirtError('timeout', 'libvirtd stays away')),
    reconnectTimeoutMs,
  );
  const stop = client.onConnection((change) => change.state === 'connected' && resolve());
  try {
    if (!client.connected) await promise;
  } finally {
    clearTimeout(timer);
    stop();
  }
}
