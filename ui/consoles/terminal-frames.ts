// The frames that a terminal sends to the daemon: kind, colon, and what the kind needs.

const encoder = new TextEncoder();

/** The first message: who one is, with the ticket; the answer is `OK`. */
export function helloFrame(user: string, ticket: string): string {
  return `${user}:${ticket}\n`;
}

/** What was typed; the length counts bytes, not characters. */
export function inputFrame(data: string): string {
  return `0:${encoder.encode(data).length}:${data}`;
}

export function sizeFrame(columns: number, rows: number): string {
  return `1:${columns}:${rows}:`;
}

/** Keeps the connection from being closed as idle. */
export const keepaliveFrame = '2';
export const keepaliveMs = 30_000;

/** Does the daemon's first message let one in? The rest of it already is output. */
export function readGreeting(bytes: Uint8Array): Uint8Array | undefined {
  return bytes[0] === 0x4f && bytes[1] === 0x4b ? bytes.subarray(2) : undefined;
}
