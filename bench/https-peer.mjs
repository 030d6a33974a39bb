// The peer of every measurement over TLS: as little as Node can do. Plain JavaScript: its start pays for no types.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

const body = process.env.PEER_BODY ? readFileSync(process.env.PEER_BODY) : Buffer.from('{"data":"hello"}');
const headers = { 'content-type': 'application/json;charset=UTF-8', 'content-length': body.length };
const { cert, key } = JSON.parse(readFileSync(process.env.PEER_CERTIFICATE ?? '', 'utf8'));
const server = createServer({ cert, key, ALPNProtocols: ['http/1.1'] }, (_request, response) => {
  response.writeHead(200, headers);
  response.end(body);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ ready: true, port: typeof address === 'object' ? address?.port : 0 });
});
process.on('SIGTERM', () => process.exit(0));
