// One question to the daemon over its local socket, with a time limit: the trial's own way, beside all of the daemon's code.
import { request } from 'node:http';
import { AppError } from '../core/errors.ts';

/** `data` of `GET /api2/json<path>`. Rejects with `unavailable`, its text short enough for a status line. */
export type LocalGet = (path: string) => Promise<unknown>;

const limitMs = 5_000;
const mostBytes = 8 * 1024 ** 2;

export function createLocalGet(socketPath: string): LocalGet {
  return (path) =>
    new Promise((resolve, reject) => {
      const fail = (why: string) => reject(new AppError('unavailable', why));
      const signal = AbortSignal.timeout(limitMs);
      const outgoing = request(
        { socketPath, path: `/api2/json${path}`, method: 'GET', agent: false, signal },
        (reply) => {
          const chunks: Buffer[] = [];
          let bytes = 0;
          reply.on('data', (chunk: Buffer) => {
            chunks.push(chunk);
            bytes += chunk.length;
            if (bytes > mostBytes) outgoing.destroy(new Error('too long an answer'));
          });
          reply.on('error', (error) => fail(reasonOf(error, signal)));
          reply.on('end', () => {
            if (reply.statusCode !== 200)
              return fail(`it answers ${reply.statusCode} ${reply.statusMessage ?? ''}`.trim());
            try {
              resolve((JSON.parse(Buffer.concat(chunks).toString('utf8')) as { data: unknown }).data);
            } catch {
              fail('it answers something that is not JSON');
            }
          });
        },
      );
      outgoing.on('error', (error) => fail(reasonOf(error, signal)));
      outgoing.end();
    });
}

function reasonOf(error: Error, signal: AbortSignal): string {
  if (signal.aborted) return `no answer in ${limitMs / 1000} seconds`;
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ECONNREFUSED') return 'it does not run';
  return String(code ?? error.message);
}
