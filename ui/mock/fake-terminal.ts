// A terminal that greets and echoes, in the frames that the daemon speaks.
import type { WebSocket } from 'ws';

const greetings = {
  login: '\r\nDebian GNU/Linux 13 web-frontend tty1\r\n\r\nweb-frontend login: ',
  shell: 'root@web-frontend:~# ',
  node: 'root@croft1:~# ',
} as const;

export type Terminal = keyof typeof greetings;

export function serveTerminal(socket: WebSocket, way: Terminal): void {
  let greeted = false;
  const prompt = way === 'login' ? 'web-frontend login:' : greetings[way].trim();
  socket.on('message', (raw: Buffer) => {
    const text = raw.toString('utf8');
    if (!greeted) {
      greeted = true;
      socket.send(Buffer.from('OK'));
      socket.send(Buffer.from(greetings[way]));
      return;
    }
    if (text.startsWith('0:')) {
      const typed = text.slice(text.indexOf(':', 2) + 1);
      socket.send(Buffer.from(typed.replaceAll('\r', `\r\n\x1b[32m${prompt}\x1b[0m `)));
    }
  });
}
