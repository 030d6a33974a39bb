// Sends one request to a server outside; nothing of the answer but its status is looked at.
import http from 'node:http';
import https from 'node:https';
import { AppError } from '../../core/errors.ts';
import { type AllowAddress, checkLiteralHost, guardedLookup } from '../../storage/address-guard.ts';
import { DeliveryError } from './delivery-error.ts';

export interface OutgoingRequest {
  /** http or https. */
  readonly url: URL;
  readonly method: 'POST' | 'PUT' | 'GET';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface HttpLimits {
  /** Requests reach no other address, whatever names say. */
  readonly allowAddress: AllowAddress;
  readonly signal: AbortSignal;
}

/** Milliseconds without an answer. */
const silenceMs = 15_000;

/** Resolves when the answer begins with a 2xx. No redirect is followed: what is secret goes to the server that is meant. */
export async function sendRequest(request: OutgoingRequest, limits: HttpLimits): Promise<void> {
  const status = await statusOf(request, limits);
  if (status >= 200 && status < 300) return;
  if (status >= 300 && status < 400)
    throw new DeliveryError(
      `${request.url.host} answered ${status}: it sends requests elsewhere, which is not followed; write the address that it means`,
      false,
    );
  const isTemporary = status >= 500 || status === 408 || status === 429;
  throw new DeliveryError(
    `${request.url.host} answered ${status} ${http.STATUS_CODES[status] ?? ''}`.trim(),
    isTemporary,
  );
}

async function statusOf(
  { url, method, headers, body }: OutgoingRequest,
  limits: HttpLimits,
): Promise<number> {
  const { allowAddress, signal } = limits;
  const bytes = Buffer.from(body);
  try {
    checkLiteralHost(url.hostname, allowAddress);
    return await new Promise<number>((resolve, reject) => {
      const outgoing = (url.protocol === 'https:' ? https : http).request(
        url,
        {
          ...{ method, signal, agent: false, timeout: silenceMs, lookup: guardedLookup(allowAddress) },
          headers: {
            'User-Agent': 'croft',
            ...headers,
            ...(method === 'GET' && bytes.length === 0 ? {} : { 'Content-Length': bytes.length }),
          },
        },
        (answer) => {
          resolve(answer.statusCode ?? 0);
          answer.destroy();
        },
      );
      outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
      outgoing.on('error', reject);
      outgoing.end(bytes);
    });
  } catch (error) {
    if (error instanceof AppError) throw new DeliveryError(error.message, false, error);
    throw new DeliveryError(`cannot reach ${url.host}: ${reason(error)}`, true, error);
  }
}

/** Node's own words name the address, which may hold a secret. */
function reason(error: unknown): string {
  const { code, name, message } = error as NodeJS.ErrnoException;
  if (name === 'AbortError' || name === 'TimeoutError') return 'no answer in time';
  return code ?? message;
}
