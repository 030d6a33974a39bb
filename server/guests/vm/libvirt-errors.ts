// libvirt's errors as ours.
import { ErrorNumber, LibvirtError } from 'node-libvirt';
import { AppError, asAppError, type ErrorCode, notFound } from '../../core/errors.ts';

const codes: ReadonlyMap<number, ErrorCode> = new Map([
  [ErrorNumber.domainExists, 'already-exists'],
  [ErrorNumber.operationInvalid, 'wrong-state'],
  [ErrorNumber.operationTimeout, 'busy'],
  [ErrorNumber.resourceBusy, 'busy'],
  [ErrorNumber.noMemory, 'no-capacity'],
  [ErrorNumber.noSupport, 'unsupported'],
  [ErrorNumber.configUnsupported, 'unsupported'],
  [ErrorNumber.argumentUnsupported, 'unsupported'],
  [ErrorNumber.operationUnsupported, 'unsupported'],
  [ErrorNumber.agentUnresponsive, 'unavailable'],
  [ErrorNumber.agentUnsynced, 'unavailable'],
  [ErrorNumber.agentCommandTimeout, 'timeout'],
]);

/** Any failure of a libvirt call about guest `vmid` as an AppError; `intention` begins its text: `start VM 100`. */
export function asGuestError(thrown: unknown, vmid: number, intention: string): AppError {
  if (!(thrown instanceof LibvirtError)) return asAppError(thrown);
  const make = (code: ErrorCode, text: string) =>
    new AppError(code, `${intention}: ${text}`, {
      detail: `${thrown.code}: ${thrown.message}`,
      cause: thrown,
    });
  switch (thrown.kind) {
    case 'disconnected':
      return make('unavailable', 'libvirtd is not reachable');
    case 'timeout':
      return make('timeout', 'libvirtd did not answer in time');
    case 'cancelled':
      return make('cancelled', 'cancelled');
    case 'protocol':
      return make('internal', 'libvirtd was not understood');
    case 'remote':
      if (thrown.code === ErrorNumber.noDomain) return notFound('VM', vmid);
      if (/no space left|cannot allocate memory/i.test(thrown.message)) {
        return make('no-capacity', withoutPaths(thrown.message));
      }
      return make(codes.get(thrown.code) ?? 'command-failed', withoutPaths(thrown.message));
  }
}

/** libvirt's text for the public: the last part of paths only, and not more than a few lines of QEMU's output. */
export function withoutPaths(text: string): string {
  return text
    .replaceAll(/(?:\/[^\s/'":,=]+)+\/([^\s/'":,=]+)/g, '$1')
    .trim()
    .slice(0, 600);
}
