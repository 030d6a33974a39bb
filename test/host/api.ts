// The tests' own client of the API, over the local socket or TLS, that shows what came over the wire.
import { request as httpRequest } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';

export interface ApiAnswer {
  readonly status: number;
  /** The HTTP reason phrase. */
  readonly reason: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: {
    data?: unknown;
    errors?: Record<string, string>;
    message?: string;
    [key: string]: unknown;
  };
}

type Verb = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** As root@pam over the daemon's local socket. */
export function callLocal(
  socketPath: string,
  verb: Verb,
  path: string,
  params: Record<string, unknown> = {},
): Promise<ApiAnswer> {
  return send(httpRequest, { socketPath }, verb, path, params, {});
}

/** Over TLS, with the headers given (cookie, token, CSRF). */
export function callTls(
  port: number,
  verb: Verb,
  path: string,
  params: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<ApiAnswer> {
  // The certificate is the daemon's own, made a moment ago: there is nobody to vouch for it on loopback.
  return send(
    httpsRequest,
    { host: '127.0.0.1', port, rejectUnauthorized: false },
    verb,
    path,
    params,
    headers,
  );
}

function send(
  request: typeof httpsRequest | typeof httpRequest,
  target: RequestOptions,
  verb: Verb,
  path: string,
  params: Record<string, unknown>,
  headers: Record<string, string>,
): Promise<ApiAnswer> {
  const encoded = encode(params);
  const inQuery = verb === 'GET' || verb === 'DELETE';
  const url = `/api2/json${path}${inQuery && encoded !== '' ? `?${encoded}` : ''}`;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        ...target,
        method: verb,
        path: url,
        agent: false,
        headers: inQuery ? headers : { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({
            status: answer.statusCode ?? 0,
            reason: answer.statusMessage ?? '',
            headers: answer.headers,
            body: text.startsWith('{') ? JSON.parse(text) : { text },
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(inQuery ? undefined : encoded);
  });
}

function encode(params: Record<string, unknown>): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    for (const one of Array.isArray(value) ? value : [value]) form.append(name, String(one));
  }
  return form.toString();
}
