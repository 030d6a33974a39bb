// The daemon's log: structured lines on standard error, with secrets taken out by name.
import { type Logger, pino } from 'pino';

export type { Logger };

const secretKeys = [
  'password',
  'ticket',
  'secret',
  'token',
  'csrf',
  'CSRFPreventionToken',
  'authorization',
  'cookie',
];

/** A logger whose records never carry the values of fields named like a secret. */
export function createLogger(level: string): Logger {
  return pino(
    { level, base: null, redact: { paths: secretKeys.flatMap((k) => [k, `*.${k}`]), censor: '(hidden)' } },
    pino.destination({ fd: 2, sync: true }),
  );
}
