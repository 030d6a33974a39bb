// Reads the error that libvirtd sends instead of a reply.
import { LibvirtError } from './errors.ts';
import { XdrDecoder } from './xdr-decoder.ts';

/** Payload of a message with status error to a LibvirtError; only number, domain and text matter to callers. */
export function readRemoteError(payload: Buffer): LibvirtError {
  const decoder = new XdrDecoder(payload);
  const code = decoder.i32();
  const domain = decoder.i32();
  const message = decoder.optionalString() ?? `libvirt error ${code}`;
  return new LibvirtError('remote', message, { code, domain });
}
