// Reads the body of a plain request: bounded in size and time, form-encoded or JSON.
import type { IncomingMessage } from 'node:http';
import { AppError, invalidInput } from '../core/errors.ts';

/** As the published servers have it. */
const maxBodyBytes = 512 * 1024;
const bodyTimeoutMs = 60_000;
/** Deeper JSON has no use in this API. */
const maxJsonDepth = 8;
const maxPairs = 2000;

/** Parameter name to value; several values of one name as an array. No prototype: names come from outside. */
export type GivenParams = Record<string, unknown>;

/** The bytes of the body, at most `maxBodyBytes`; `invalid-input` beyond. */
export async function readBodyBytes(
  incoming: IncomingMessage | undefined,
  request: Request,
): Promise<Buffer> {
  const announced = Number(request.headers.get('content-length') ?? 0);
  if (announced > maxBodyBytes) throw tooLarge();
  const source: AsyncIterable<Uint8Array> | null = incoming ?? request.body;
  if (source === null) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  const timer = incoming && setTimeout(() => incoming.destroy(), bodyTimeoutMs);
  try {
    for await (const chunk of source) {
      size += chunk.byteLength;
      if (size > maxBodyBytes) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('cancelled', 'the request ended before its body was complete', { cause: error });
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks);
}

function tooLarge(): AppError {
  return invalidInput({}, `the request's body is larger than ${maxBodyBytes} bytes`);
}

/** The parameters of a body. Without a content type it is taken as form-encoded, as clients expect. */
export function readBodyParams(bytes: Buffer, contentType: string | undefined): GivenParams {
  if (bytes.length === 0) return Object.create(null) as GivenParams;
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalidInput({}, "the request's body is not UTF-8");
  }
  if (type === '' || type === 'application/x-www-form-urlencoded') return readPairs(text);
  if (type === 'application/json') return readJsonParams(text);
  throw invalidInput({}, `content type '${type.slice(0, 80)}' is not supported here: send a form or JSON`);
}

/** Form-encoded pairs, of a query or a body. */
export function readPairs(text: string): GivenParams {
  const params = Object.create(null) as GivenParams;
  if (text === '') return params;
  const pairs = text.split('&');
  if (pairs.length > maxPairs) throw invalidInput({}, `more than ${maxPairs} parameters`);
  for (const pair of pairs) {
    if (pair === '') continue;
    const at = pair.indexOf('=');
    const name = decode(at < 0 ? pair : pair.slice(0, at));
    const value = at < 0 ? '' : decode(pair.slice(at + 1));
    const before = params[name];
    if (before === undefined) params[name] = value;
    else if (Array.isArray(before)) before.push(value);
    else params[name] = [before, value];
  }
  return params;
}

function decode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    throw invalidInput({}, 'a parameter holds a malformed percent escape');
  }
}

function readJsonParams(text: string): GivenParams {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalidInput({}, "the request's body is not valid JSON");
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidInput({}, "the request's body must be a JSON object");
  }
  if (depthExceeds(value, maxJsonDepth)) throw invalidInput({}, "the request's JSON is nested too deep");
  const params = Object.create(null) as GivenParams;
  for (const [name, member] of Object.entries(value)) {
    // null stands for "not given": JSON clients send it for empty optional fields.
    if (member !== null) params[name] = member;
  }
  return params;
}

/** Walks with a list of its own, so that no depth of input can exhaust the call stack. */
function depthExceeds(value: unknown, limit: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > limit) return true;
    level = level.flatMap((member) =>
      typeof member === 'object' && member !== null ? Object.values(member) : [],
    );
  }
  return false;
}
