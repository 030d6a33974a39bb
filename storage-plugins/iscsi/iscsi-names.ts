// Names of iSCSI: targets (RFC 7143, 4.2.7) and portals, what is allowed and what is refused. Pure.
import { isIPv4, isIPv6 } from 'node:net';
import { invalidInput } from '../../server/core/errors.ts';

/** RFC 7143, 4.2.7.2. */
const longestNameBytes = 223;
const defaultPort = 3260;

/** An address that a target listens at. */
export interface Portal {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
}

/** A portal of a target as discovery tells it. */
export interface TargetPortal extends Portal {
  readonly target: string;
  /** The target portal group's tag. */
  readonly group: number;
}

/** The rule that a target's name breaks, in words; undefined when it is fine. */
export function targetNameProblem(name: string): string | undefined {
  if (Buffer.byteLength(name) > longestNameBytes)
    return `a target's name must not be longer than ${longestNameBytes} bytes`;
  if (/^iqn\./i.test(name))
    return /^iqn\.\d{4}-(0[1-9]|1[0-2])\.[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[a-z0-9._:-]+)?$/i.test(name)
      ? undefined
      : 'write iqn.<year>-<month>.<domain backwards>[:<name>], of letters, digits and . : - _ only';
  if (/^eui\./i.test(name))
    return /^eui\.[0-9a-f]{16}$/i.test(name) ? undefined : 'write eui. and 16 hexadecimal digits';
  if (/^naa\./i.test(name))
    return /^naa\.([0-9a-f]{16}|[0-9a-f]{32})$/i.test(name)
      ? undefined
      : 'write naa. and 16 or 32 hexadecimal digits';
  return "a target's name begins with iqn., eui. or naa.";
}

/** `invalid-input` about `target`. */
export function checkTargetName(name: string): string {
  const problem = targetNameProblem(name);
  if (problem !== undefined) throw invalidInput({ target: problem });
  return name;
}

/** Reads `host`, `host:port`, `10.0.0.1:3260`, `[fd00::1]:3260`, `fd00::1`; `invalid-input` about `portal`. */
export function readPortal(text: string): Portal {
  const refused = invalidInput({
    portal: 'write the host name or address of a portal, with or without :port; IPv6 with a port in brackets',
  });
  if (isIPv6(text)) return { host: text, port: defaultPort };
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text);
  const [, bracketed, plain, port = String(defaultPort)] = match ?? [];
  const host = bracketed ?? plain ?? '';
  if (bracketed === undefined ? !isIPv4(host) && !isHostName(host) : !isIPv6(host)) throw refused;
  if (Number(port) < 1 || Number(port) > 65_535)
    throw invalidInput({ portal: 'the port must be from 1 to 65535' });
  return { host, port: Number(port) };
}

/** RFC 1123, 2.1. What looks like an IPv4 address but is none is no name either. */
function isHostName(text: string): boolean {
  if (text.length > 253 || /^[\d.]+$/.test(text)) return false;
  return text.split('.').every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(label));
}

/** As iscsiadm takes it: IPv6 in brackets, always with the port. */
export function renderPortal({ host, port }: Portal): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
