// A terminal that greets and echoes, in the frames that the daemon speaks.
import type { WebSocket } from 'ws';

export function serveTerminal(socket: WebSocket): void {
  let greeted = false;
  socket.on('message', (raw: Buffer) => {
    const text = raw.toString('utf8');
    if (!greeted) {
      greeted = true;
      socket.send(Buffer.from('OK'));
      socket.send(Buffer.from('\r\nDebian GNU/Linux 13 web-frontend ttyS0\r\n\r\nweb-frontend login: '));
      return;
    }
    if (text.startsWith('0:')) {
      const typed = text.slice(text.indexOf(':', 2) + 1);
      socket.send(Buffer.from(typed.replaceAll('\r', '\r\n\x1b[32mweb-frontend login:\x1b[0m ')));
    }
  });
}
