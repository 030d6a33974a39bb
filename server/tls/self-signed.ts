// The daemon's own certificate: made on first start, kept in the data folder, renewed before it expires or names change.
import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { writePrivateFile } from '../core/private-file.ts';

export interface ServerCertificate {
  /** PEM. */
  readonly cert: string;
  /** PEM; a secret. */
  readonly key: string;
  /** SHA-256 of the certificate, `AB:CD:...`: what a person compares, and what clients pin. */
  readonly fingerprint: string;
  /** Milliseconds since the epoch. */
  readonly notAfter: number;
  /** True when it was made by this call: clients that pinned the old one must be told. */
  readonly fresh: boolean;
}

export interface CertificateOptions {
  readonly dataDir: string;
  readonly clock?: Clock;
  /** Names and addresses it must hold; default: host name, localhost and all addresses of this machine. */
  readonly names?: readonly string[];
}

const day = 24 * 3600_000;
/** Browsers refuse server certificates that live longer than 825 days. */
const lifetimeMs = 820 * day;
const renewBeforeMs = 30 * day;

/** Key and certificate in one file, so that they cannot be of different ages. */
const fileName = 'server-certificate.pem';

/**
 * The certificate in `dataDir`, made anew when there is none, it is damaged, it expires within 30 days, or the host's
 * name is not in it. A change of addresses alone does not renew it: clients have pinned it.
 */
export async function serverCertificate(options: CertificateOptions): Promise<ServerCertificate> {
  const clock = options.clock ?? systemClock;
  const path = join(options.dataDir, fileName);
  const names = options.names ?? namesOfThisMachine();
  const kept = readKept(path, clock, names);
  if (kept) return kept;
  const made = await makeSelfSigned(names, clock);
  writePrivateFile(path, `${made.key.trim()}\n${made.cert.trim()}\n`);
  return { ...made, fresh: true };
}

/** SHA-256 of a PEM or DER certificate, in pairs of upper-case hexadecimal digits with colons. */
export function fingerprintOf(certificate: string | Uint8Array): string {
  return new X509Certificate(certificate).fingerprint256;
}

/** Host name first, then `localhost`, then every address but link-local ones, whose scope no certificate can hold. */
export function namesOfThisMachine(): string[] {
  const addresses = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .map(({ address }) => address)
    .filter((address) => !/^fe80:/i.test(address));
  return [...new Set([hostname(), 'localhost', '127.0.0.1', '::1', ...addresses])];
}

function readKept(path: string, clock: Clock, names: readonly string[]): ServerCertificate | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new AppError('unavailable', "the server's certificate cannot be read", { cause: error });
  }
  const key = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----/.exec(text)?.[0];
  const cert = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(text)?.[0];
  if (key === undefined || cert === undefined) return undefined;
  try {
    const parsed = new X509Certificate(cert);
    const notAfter = parsed.validToDate.getTime();
    const holdsHost =
      names[0] === undefined || isIP(names[0]) !== 0 || parsed.checkHost(names[0]) !== undefined;
    if (
      !parsed.checkPrivateKey(createPrivateKey(key)) ||
      notAfter - clock.now() < renewBeforeMs ||
      !holdsHost
    )
      return undefined;
    return { cert: `${cert}\n`, key: `${key}\n`, fingerprint: parsed.fingerprint256, notAfter, fresh: false };
  } catch {
    return undefined;
  }
}

async function makeSelfSigned(
  names: readonly string[],
  clock: Clock,
): Promise<Omit<ServerCertificate, 'fresh'>> {
  // Loaded only when a certificate is made: it costs a tenth of a second at start.
  await import('./reflect-metadata.ts');
  const x509 = await import('@peculiar/x509');
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const serial = randomBytes(16);
  // Positive and without a leading zero byte, as DER wants it.
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  const notAfter = Math.floor((clock.now() + lifetimeMs) / 1000) * 1000;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial.toString('hex'),
    name: [{ CN: [commonName(names)] }, { O: ['Croft'] }],
    notBefore: new Date(clock.now() - day),
    notAfter: new Date(notAfter),
    keys,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
      ),
    ],
  });
  const cert = `${certificate.toString('pem').trim()}\n`;
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey));
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
    .export({ type: 'pkcs8', format: 'pem' })
    .toString();
  return { cert, key, fingerprint: fingerprintOf(cert), notAfter };
}

/** A common name may have 64 characters; longer host names are in the alternative names alone. */
function commonName(names: readonly string[]): string {
  return (names[0] ?? 'croft').slice(0, 64);
}
