// For the tests that listen: a certificate, and a plain client that shows the reason phrase.
import { mkdtempSync, rmSync } from 'node:fs';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverCertificate } from '../tls/self-signed.ts';
import type { Certificate } from './listen.ts';

/** A certificate for this machine, and nothing left on the disk. */
export async function testCertificate(): Promise<Certificate> {
  const dataDir = mkdtempSync(join(tmpdir(), 'croft-tls-'));
  try {
    return await serverCertificate({ dataDir, names: ['localhost', '127.0.0.1'] });
  } finally {
    rmSync(dataDir, { recursive: true });
  }
}

export interface Answer {
  readonly status: number;
  /** The reason phrase. */
  readonly reason: string;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

export interface Ask {
  readonly port?: number;
  readonly socketPath?: string;
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Buffer;
  /** Extra: writes the body itself. */
  readonly write?: (request: ClientRequest) => void;
}

/** Asks over a real connection. */
export function ask(question: Ask): Promise<Answer> {
  const { port, socketPath, method = 'GET', path, headers = {}, body, write } = question;
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      method,
      path,
      headers,
      rejectUnauthorized: false,
      agent: false as const,
    };
    const onResponse = (response: IncomingMessage): void => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          reason: response.statusMessage ?? '',
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    };
    const request =
      socketPath === undefined
        ? httpsRequest({ ...options, port }, onResponse)
        : httpRequest({ ...options, socketPath }, onResponse);
    request.on('error', reject);
    if (write) write(request);
    else request.end(body);
  });
}
