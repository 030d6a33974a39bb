// Starting a domain so that it runs, or that nothing is left of it.
import {
  type DomainRef,
  ErrorNumber,
  hasErrorNumber,
  LibvirtError,
  type ReconnectingLibvirt,
} from 'node-libvirt';
import { AppError } from '../../core/errors.ts';
import type { WorkContext } from '../../core/work-context.ts';
import type { QemuUser } from './qemu-user.ts';
import { prepareRunDirectory, removeRunDirectory } from './run-directory.ts';
import type { VmStart } from './vm-start.ts';

export interface StartPlace {
  /** The domain's name. */
  readonly name: string;
  readonly runtimeDir: string;
  readonly qemuUser: QemuUser;
}

/** Opening disks on slow storage takes its time. */
const startTimeoutMs = 300_000;
/** How long to wait for libvirtd to come back, to take back a start that it may have carried out. */
const reconnectTimeoutMs = 20_000;

/** Repeatable: a domain that runs is left alone. Not to be called twice at the same time for one guest. */
export async function startDomain(
  client: ReconnectingLibvirt,
  place: StartPlace,
  context: WorkContext,
  spec: VmStart,
): Promise<void> {
  if (await isRunning(client, place.name)) return;
  if (context.signal.aborted) throw new AppError('cancelled', 'cancelled');
  await prepareRunDirectory(place.runtimeDir, spec.vmid, place.qemuUser);
  try {
    const domain = await client.domains.createXml(spec.xml, 0, { timeoutMs: startTimeoutMs });
    if (domain.name !== place.name) {
      await client.domains.destroy(domain);
      throw new AppError('internal', 'internal error', {
        detail: `domain XML of ${place.name} names '${domain.name}'`,
      });
    }
    // libvirt cannot be told to give up a start, so a cancelled one is taken back.
    if (context.signal.aborted) throw new AppError('cancelled', `start VM ${spec.vmid}: cancelled`);
    context.log(`started ${spec.name}`);
  } catch (error) {
    // What libvirt refused it has cleaned up itself; a domain there now was started by somebody else.
    if (error instanceof LibvirtError && error.kind === 'remote' && (await isRunning(client, place.name)))
      return;
    await takeBack(client, place, spec.vmid);
    throw error;
  }
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
    return;
  }
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
