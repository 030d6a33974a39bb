// Reads and watches the leases that dnsmasq has given out.
import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

export interface Lease {
  readonly mac: string;
  readonly address: string;
  /** The name the guest gave or has reserved; undefined for none. */
  readonly name: string | undefined;
  /** Seconds since the epoch; undefined for a lease without end. */
  readonly expiresAt: number | undefined;
}

/** Parses dnsmasq's lease file (lines `expiry mac address name client-id`); lines of other kinds are passed over. */
export function readLeases(text: string): Lease[] {
  return text.split('\n').flatMap((line) => {
    const [expiry, mac, address, name] = line.split(' ');
    if (!expiry || !/^\d+$/.test(expiry) || !mac || !/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(mac) || !address)
      return [];
    if (!/^\d+(\.\d+){3}$/.test(address)) return [];
    return [
      {
        mac: mac.toLowerCase(),
        address,
        name: name === undefined || name === '*' ? undefined : name,
        expiresAt: expiry === '0' ? undefined : Number(expiry),
      },
    ];
  });
}

/** The leases in a file; none when it does not exist yet. */
export async function readLeasesFile(file: string): Promise<Lease[]> {
  try {
    return readLeases(await readFile(file, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Calls back with all leases soon after each change of the file, until the signal aborts. The file's folder must exist.
 * dnsmasq rewrites its file in place in several writes: changes are gathered for 50 ms.
 */
export function watchLeases(file: string, listener: (leases: Lease[]) => void, signal: AbortSignal): void {
  if (signal.aborted) return;
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch(dirname(file), { persistent: false, signal }, (_event, name) => {
    if (name !== basename(file) || timer) return;
    timer = setTimeout(() => {
      timer = undefined;
      readLeasesFile(file).then(
        (leases) => signal.aborted || listener(leases),
        () => {},
      );
    }, 50);
    timer.unref();
  });
  watcher.on('error', () => watcher.close());
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
}
