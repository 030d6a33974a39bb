// Servers on loopback that notifications go to: HTTP, and SMTP as far as a client needs it. For tests only.
import { createServer as createHttpServer, type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface HttpSink {
  readonly url: string;
  readonly requests: SeenRequest[];
  /** The status of the next answers, and where a redirect goes; 0: no answer at all. */
  answer: { status: number; location?: string };
  close(): Promise<void>;
}

export async function httpSink(): Promise<HttpSink> {
  const sink: { -readonly [K in keyof HttpSink]: HttpSink[K] } = {
    ...{ url: '', requests: [], answer: { status: 200 } },
    close: async () => {},
  };
  const server = createHttpServer(async (incoming, outgoing) => {
    const { method = '', url = '', headers } = incoming;
    sink.requests.push({ method, url, headers, body: await text(incoming) });
    const { status, location } = sink.answer;
    if (status === 0) return void incoming.socket.destroy();
    outgoing.writeHead(status, location === undefined ? {} : { location }).end('answer of the server');
  });
  sink.url = `http://127.0.0.1:${await listen(server)}`;
  sink.close = () => {
    server.closeAllConnections();
    return closed(server);
  };
  return sink;
}

export interface SmtpSink {
  readonly port: number;
  readonly mails: { readonly from: string; readonly to: readonly string[]; readonly data: string }[];
  /** `user:password` of each log-in. */
  readonly logins: string[];
  /** Every line that came before a mail's text. */
  readonly lines: string[];
  /** Answers by the first word of a command, instead of the usual ones. */
  readonly refusals: Record<string, string>;
  close(): Promise<void>;
}

/** Knows PLAIN alone, and offers no encryption. */
export async function smtpSink(): Promise<SmtpSink> {
  const sockets = new Set<Socket>();
  const sink = {
    ...{ port: 0, mails: [] as SmtpSink['mails'], logins: [] as string[], lines: [] as string[] },
    refusals: {} as Record<string, string>,
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    talk(socket, sink);
  });
  sink.port = await listen(server);
  return Object.assign(sink, {
    close: () => {
      for (const socket of sockets) socket.destroy();
      return closed(server);
    },
  });
}

function talk(socket: Socket, sink: Omit<SmtpSink, 'close'>): void {
  let pending = '';
  let data: string | undefined;
  let from = '';
  let to: string[] = [];
  const say = (line: string) => socket.write(`${line}\r\n`);
  const answers: Record<string, (line: string) => string> = {
    EHLO: () => '250-sink\r\n250-AUTH PLAIN\r\n250 8BITMIME',
    AUTH(line) {
      const [, user, password] = Buffer.from(line.split(' ')[2] ?? '', 'base64')
        .toString()
        .split('\0');
      sink.logins.push(`${user}:${password}`);
      return '235 welcome';
    },
    MAIL(line) {
      from = line;
      to = [];
      return '250 ok';
    },
    RCPT(line) {
      to.push(/<(.*)>/.exec(line)?.[1] ?? '');
      return '250 ok';
    },
    DATA() {
      data = '';
      return '354 go on';
    },
    QUIT: () => '221 bye',
  };
  socket.on('error', () => {});
  socket.on('data', (bytes) => {
    pending += bytes.toString();
    for (let end = pending.indexOf('\r\n'); end >= 0; end = pending.indexOf('\r\n')) {
      const line = pending.slice(0, end);
      pending = pending.slice(end + 2);
      if (data !== undefined) {
        if (line !== '.') data += `${line}\n`;
        else {
          sink.mails.push({ from, to, data });
          data = undefined;
          say('250 taken');
        }
        continue;
      }
      sink.lines.push(line);
      const word = line.split(' ')[0]?.toUpperCase() ?? '';
      say(sink.refusals[word] ?? answers[word]?.(line) ?? '502 what?');
    }
  });
  say('220 sink');
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function closed(server: Server): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
}
