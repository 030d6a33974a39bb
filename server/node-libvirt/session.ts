// Opening and closing a connection to a hypervisor: authentication, keep-alive, the hypervisor's URI, events.
import type { Caller } from './caller.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import { type DomainEventName, domainEventKinds } from './domain-events.ts';
import { LibvirtError } from './errors.ts';
import { XdrEncoder } from './xdr-encoder.ts';

export interface LibvirtOptions extends ConnectionOptions {
  /** Default `qemu:///system`. */
  uri?: string;
}

/** VIR_DRV_FEATURE_PROGRAM_KEEPALIVE: asking for it makes libvirtd send pings. */
const keepAliveFeature = 10;

/** Connects and opens the hypervisor. libvirtd asks root for no authentication; another kind is not spoken here. */
export async function openSession(options: LibvirtOptions): Promise<Connection> {
  const connection = await Connection.open(options);
  try {
    const kinds = (await connection.call('authList')).array((d) => d.i32());
    if (kinds.length > 0 && !kinds.includes(0)) {
      throw new LibvirtError('protocol', 'libvirtd wants an authentication that this client does not have');
    }
    await connection.call('connectSupportsFeature', new XdrEncoder().i32(keepAliveFeature));
    const open = new XdrEncoder().optionalString(options.uri ?? 'qemu:///system').u32(0);
    await connection.call('connectOpen', open);
    return connection;
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

/** Says goodbye, so that libvirtd need not find out, and ends the connection. */
export async function closeSession(connection: Connection): Promise<void> {
  try {
    await connection.call('connectClose', undefined, { timeoutMs: 2000 });
  } catch {
    // It is ended either way.
  }
  connection.destroy();
}

/** Asks for one kind of event of all domains; resolves with the registration's number. */
export async function registerEvent(caller: Caller, name: DomainEventName): Promise<number> {
  const args = new XdrEncoder().i32(domainEventKinds[name].eventId).u32(0);
  return (await caller.call('connectDomainEventCallbackRegisterAny', args)).i32();
}

export async function deregisterEvent(caller: Caller, registration: number): Promise<void> {
  await caller.call('connectDomainEventCallbackDeregisterAny', new XdrEncoder().i32(registration));
}
