// The one error type of this package.

/**
 * Where a failure comes from: libvirtd answered with an error (`remote`), the connection is gone (`disconnected`),
 * no answer in time (`timeout`), the caller gave up (`cancelled`), or bytes that are not the protocol (`protocol`).
 */
export type LibvirtErrorKind = 'remote' | 'disconnected' | 'timeout' | 'cancelled' | 'protocol';

/** Every rejection of this package. After `timeout` and `cancelled` libvirtd may still carry the call out. */
export class LibvirtError extends Error {
  readonly kind: LibvirtErrorKind;
  /** A number of `ErrorNumber` (libvirt's virErrorNumber); 0 unless `kind` is `remote`. */
  readonly code: number;
  /** The part of libvirt that failed (virErrorDomain); 0 unless `kind` is `remote`. */
  readonly domain: number;

  constructor(
    kind: LibvirtErrorKind,
    message: string,
    options: { code?: number; domain?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'LibvirtError';
    this.kind = kind;
    this.code = options.code ?? 0;
    this.domain = options.domain ?? 0;
  }
}

/** Is this libvirtd's error with one of these numbers? */
export function hasErrorNumber(thrown: unknown, ...codes: readonly number[]): thrown is LibvirtError {
  return thrown instanceof LibvirtError && thrown.kind === 'remote' && codes.includes(thrown.code);
}
