// Opens a URL for a download: http and https only, few redirects, guarded addresses, time limits while nothing moves.
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { AppError, invalidInput } from '../core/errors.ts';
import { type AllowAddress, checkLiteralHost, guardedLookup } from './address-guard.ts';

export interface UrlRequest {
  readonly url: string;
  readonly method: 'GET' | 'HEAD';
  /** False: accept any certificate. */
  readonly verifyCertificates: boolean;
  readonly allowAddress: AllowAddress;
  readonly signal: AbortSignal;
}

export interface UrlReply {
  /** The body; read it or destroy it. */
  readonly body: IncomingMessage;
  /** Where the redirects ended. */
  readonly url: URL;
  /** From the header; undefined when the server does not tell. */
  readonly sizeBytes: number | undefined;
}

const mostRedirects = 5;
/** Milliseconds without a byte after which a connection counts as dead. */
const silenceMs = 60_000;

/** Rejects with `invalid-input` (the URL), `forbidden` (the address), `unavailable` (the server), `cancelled`. */
export async function openUrl(request: UrlRequest): Promise<UrlReply> {
  let url = readUrl(request.url);
  for (let hop = 0; hop <= mostRedirects; hop += 1) {
    const body = await send(url, request);
    const status = body.statusCode ?? 0;
    const { location } = body.headers;
    if (status === 200) return { body, url, sizeBytes: readLength(body) };
    body.destroy();
    if (![301, 302, 303, 307, 308].includes(status) || location === undefined)
      throw new AppError('unavailable', `the server answered ${status} ${body.statusMessage ?? ''}`.trim());
    const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
    if (!next) throw new AppError('unavailable', 'the server redirects to something that is not a URL');
    url = readUrl(next.href);
  }
  throw new AppError('unavailable', `more than ${mostRedirects} redirects`);
}

/** An http or https URL without user and password (they would end up in logs). */
function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.hostname === '')
    throw invalidInput({ url: 'write an http or https URL' });
  if (url.username !== '' || url.password !== '')
    throw invalidInput({ url: 'must not hold a user name or password' });
  return url;
}

function readLength(body: IncomingMessage): number | undefined {
  const length = Number(body.headers['content-length'] ?? Number.NaN);
  return Number.isSafeInteger(length) && length >= 0 ? length : undefined;
}

async function send(url: URL, request: UrlRequest): Promise<IncomingMessage> {
  checkLiteralHost(url.hostname, request.allowAddress);
  const secure = url.protocol === 'https:';
  const options: https.RequestOptions = {
    method: request.method,
    agent: false,
    lookup: guardedLookup(request.allowAddress),
    signal: request.signal,
    timeout: silenceMs,
    // The bytes as they are: a transfer encoding would change the length and the checksum.
    headers: { 'User-Agent': 'croft', 'Accept-Encoding': 'identity', Accept: '*/*' },
    ...(secure ? { rejectUnauthorized: request.verifyCertificates } : {}),
  };
  return await new Promise((resolve, reject) => {
    const outgoing = (secure ? https : http).request(url, options, resolve);
    outgoing.on('timeout', () => outgoing.destroy(new AppError('unavailable', 'the server is silent')));
    outgoing.on('error', (error) => reject(requestError(error, url, request.signal)));
    outgoing.end();
  });
}

function requestError(error: Error, url: URL, signal: AbortSignal): AppError {
  if (signal.aborted) return new AppError('cancelled', 'the download was cancelled');
  if (error instanceof AppError) return error;
  const code = 'code' in error ? String(error.code) : error.message;
  return new AppError('unavailable', `cannot reach '${url.host}': ${code}`, { cause: error });
}
