// A VNC server of one picture: enough of RFB 3.8 for noVNC to log in and draw.
import type { WebSocket } from 'ws';

const width = 720;
const height = 400;

/** Speaks to one client until it goes. Any password is right. */
export function serveVnc(socket: WebSocket): void {
  let step: 'version' | 'security' | 'password' | 'init' | 'running' = 'version';
  let keys = 0;
  socket.send(Buffer.from('RFB 003.008\n'));
  socket.on('message', (raw: Buffer) => {
    switch (step) {
      case 'version':
        step = 'security';
        socket.send(Buffer.from([1, 2]));
        return;
      case 'security':
        step = 'password';
        socket.send(Buffer.alloc(16, 7));
        return;
      case 'password':
        step = 'init';
        socket.send(Buffer.alloc(4));
        return;
      case 'init':
        step = 'running';
        socket.send(serverInit());
        return;
    }
    for (const message of messages(raw)) {
      if (message[0] === 4 && message[1] === 1) {
        keys += 1;
        socket.send(picture(keys));
      }
      if (message[0] === 3 && message[1] === 0) socket.send(picture(keys));
    }
  });
}

/** Splits what came into client messages by their lengths. */
function messages(raw: Buffer): Buffer[] {
  const found: Buffer[] = [];
  let at = 0;
  while (at < raw.length) {
    const kind = raw[at];
    const length =
      kind === 0
        ? 20
        : kind === 2
          ? 4 + 4 * raw.readUInt16BE(at + 2)
          : kind === 3
            ? 10
            : kind === 4
              ? 8
              : kind === 5
                ? 6
                : raw.length - at;
    found.push(raw.subarray(at, at + length));
    at += length;
  }
  return found;
}

function serverInit(): Buffer {
  const name = Buffer.from('mock');
  const init = Buffer.alloc(24 + name.length);
  init.writeUInt16BE(width, 0);
  init.writeUInt16BE(height, 2);
  init.set([32, 24, 0, 1], 4);
  init.writeUInt16BE(255, 8);
  init.writeUInt16BE(255, 10);
  init.writeUInt16BE(255, 12);
  init.set([16, 8, 0], 14);
  init.writeUInt32BE(name.length, 20);
  init.set(name, 24);
  return init;
}

/** A text screen of bars; each key that was pressed adds one below. */
function picture(keys: number): Buffer {
  const update = Buffer.alloc(16 + width * height * 4);
  update.writeUInt16BE(1, 2);
  update.writeUInt16BE(width, 8);
  update.writeUInt16BE(height, 10);
  for (let y = 0; y < height; y += 1) {
    const line = Math.floor(y / 16);
    const inRow = y % 16 > 3 && y % 16 < 13;
    const length = line < 14 ? 40 + ((line * 173) % 520) : line === 15 ? 90 + keys * 12 : 0;
    for (let x = 0; x < width; x += 1) {
      const lit = inRow && x > 16 && x < 16 + length && x % 9 < 7;
      update.writeUInt32LE(lit ? 0x00b8c4cc : 0x00080a0c, 16 + (y * width + x) * 4);
    }
  }
  return update;
}
