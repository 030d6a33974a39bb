// The temporary files of a benchmark's peers: a certificate of the daemon's own kind, and bodies.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverCertificate } from '../server/tls/self-signed.ts';

/** Runs `work` with a folder that is removed afterwards; in it, `certificate.json` for the peer. */
export async function withPeerFiles<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'croft-bench-'));
  try {
    const { cert, key } = await serverCertificate({ dataDir: folder });
    writeFileSync(certificateIn(folder), JSON.stringify({ cert, key }), { mode: 0o600 });
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function certificateIn(folder: string): string {
  return join(folder, 'certificate.json');
}
