// A terminal that greets and echoes, in the frames that the daemon speaks.
import type { WebSocket } from 'ws';

const greetings = {
  login: '\r\nDebian GNU/Linux 13 web-frontend tty1\r\n\r\nweb-frontend login: ',
  shell: 'root@web-frontend:~# ',
} as const;

export function serveTerminal(socket: WebSocket, way: 'login' | 'shell'): void {
  let greeted = false;
  const prompt = way === 'login' ? 'web-frontend login:' : 'root@web-frontend:~#';
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
