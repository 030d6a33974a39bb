// A DHCP client for tests, run inside the guest's network namespace: `node dhcp-client.ts IFACE MAC [NAME]`.
// It asks for a lease as a guest's kernel would (broadcast from 0.0.0.0) and prints what it was given as JSON.
import { createSocket } from 'node:dgram';

const [, , mac = '', name = ''] = process.argv.slice(1);
const transaction = Math.floor(Math.random() * 2 ** 32);
const macBytes = Buffer.from(mac.replaceAll(':', ''), 'hex');
const discover = 1;
const offer = 2;
const request = 3;
const acknowledge = 5;

function option(code: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([code, value.length]), value]);
}

function packet(kind: number, extra: Buffer[]): Buffer {
  const head = Buffer.alloc(240);
  head.set([1, 1, 6, 0], 0);
  head.writeUInt32BE(transaction, 4);
  head.writeUInt16BE(0x8000, 10);
  macBytes.copy(head, 28);
  head.writeUInt32BE(0x63825363, 236);
  const host = name === '' ? [] : [option(12, Buffer.from(name))];
  return Buffer.concat([
    head,
    option(53, Buffer.from([kind])),
    ...extra,
    ...host,
    option(55, Buffer.from([1, 3, 6, 15, 51, 119])),
    Buffer.from([255]),
  ]);
}

function readOptions(message: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = 240; at < message.length && message[at] !== 255; ) {
    const code = message[at] ?? 255;
    const length = code === 0 ? -1 : (message[at + 1] ?? 0);
    if (code !== 0) found.set(code, message.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return found;
}

const dotted = (bytes: Buffer | undefined): string => [...(bytes ?? [])].join('.');

const socket = createSocket({ type: 'udp4', reuseAddr: true });
const send = (data: Buffer) => socket.send(data, 67, '255.255.255.255');
const repeat = setInterval(() => send(packet(discover, [])), 1000);
setTimeout(() => {
  process.stderr.write('no lease\n');
  process.exit(1);
}, 8000);

socket.on('message', (message) => {
  if (message.length < 240 || message.readUInt32BE(4) !== transaction) return;
  const options = readOptions(message);
  const kind = options.get(53)?.[0];
  const address = message.subarray(16, 20);
  if (kind === offer) {
    clearInterval(repeat);
    send(packet(request, [option(50, Buffer.from(address)), option(54, options.get(54) ?? Buffer.alloc(4))]));
  } else if (kind === acknowledge) {
    const lease = {
      address: dotted(address),
      netmask: dotted(options.get(1)),
      router: dotted(options.get(3)),
      dns: dotted(options.get(6)),
      domain: options.get(15)?.toString() ?? '',
      seconds: options.get(51)?.readUInt32BE(0) ?? 0,
    };
    process.stdout.write(`${JSON.stringify(lease)}\n`);
    process.exit(0);
  }
});
socket.bind(68, '0.0.0.0', () => {
  socket.setBroadcast(true);
  send(packet(discover, []));
});
