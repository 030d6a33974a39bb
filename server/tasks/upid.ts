// UPIDs: the API's names of tasks, read and written.
import type { Upid } from '../core/ids.ts';

/** `UPID:<node>:<pid>:<pstart>:<starttime>:<type>:<id>:<user>:`, numbers in hexadecimal of 8 digits (pstart up to 9). */
export interface UpidParts {
  readonly node: string;
  readonly pid: number;
  /** In Proxmox VE the start time of the worker process; here a number that grows with each task. */
  readonly pstart: number;
  /** Seconds since the epoch. */
  readonly starttime: number;
  readonly type: string;
  readonly id: string;
  readonly user: string;
}

const pattern =
  /^UPID:([a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?):([0-9A-F]{8}):([0-9A-F]{8,9}):([0-9A-F]{8}):([^:\s]+):([^:\s]*):([^:\s]+):$/i;

/** The parts of a UPID; undefined when it is none. */
export function readUpid(text: string): UpidParts | undefined {
  const match = text.length <= 1024 ? pattern.exec(text) : null;
  if (!match) return undefined;
  const [node, pid, pstart, starttime, type, id, user] = match.slice(1) as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  return {
    node,
    pid: Number.parseInt(pid, 16),
    pstart: Number.parseInt(pstart, 16),
    starttime: Number.parseInt(starttime, 16),
    type,
    id: id.replace(/\\x([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    user,
  };
}

/** The UPID of the parts. Characters that would break it, or a URL that holds it unescaped, become `\xNN` in the id. */
export function renderUpid(parts: UpidParts): Upid {
  const hex = (value: number) => value.toString(16).toUpperCase().padStart(8, '0');
  const { node, pid, pstart, starttime, type, id, user } = parts;
  return `UPID:${node}:${hex(pid)}:${hex(pstart)}:${hex(starttime)}:${type}:${renderId(id)}:${user}:` as Upid;
}

function renderId(id: string): string {
  return id.replace(/[^a-zA-Z0-9._@+=,-]/gu, (character) => {
    const code = character.codePointAt(0)!;
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : '?';
  });
}

/**
 * Hands out `pstart` values: grows with each call, and from one life of the daemon to the next. `after`: the last one of
 * the former life, which may be ahead of the clock when many tasks were started at once.
 */
export function createPstartSource(nowMs: () => number, after = 0): () => number {
  let last = after;
  return () => {
    // Hundredths of a second fill 9 hexadecimal digits, as the ticks since boot do in Proxmox VE.
    last = Math.max(last + 1, Math.floor(nowMs() / 10) % 0x8_0000_0000);
    return last;
  };
}
