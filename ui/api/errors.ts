// What went wrong with a call of the API, in the form in which pages show it.

/** A failed call. `fields` holds the daemon's words for single parameters. */
export class ApiError extends Error {
  /** The HTTP status; 0 when the daemon was not reached at all, -1 for what is no answer of the daemon. */
  readonly status: number;
  readonly fields: Readonly<Record<string, string>>;

  constructor(status: number, message: string, fields: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.fields = fields;
  }

  /** True when the call did not reach the daemon or its answer was lost: whether something changed is not known. */
  get unreachable(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

/**
 * Reads a failed answer. The text is looked for where the API has it: `message` in the body, else the reason phrase
 * of the status line, else the status alone. Field errors are kept only where they are text.
 */
export function errorFromReply(status: number, reason: string, body: string): ApiError {
  let message = '';
  const fields: Record<string, string> = {};
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null) {
      const reply = parsed as { message?: unknown; errors?: unknown };
      if (typeof reply.message === 'string') message = reply.message.trim();
      if (typeof reply.errors === 'object' && reply.errors !== null) {
        for (const [name, text] of Object.entries(reply.errors)) {
          if (typeof text === 'string') fields[name] = text.trim();
        }
      }
    }
  } catch {
    // Not JSON (a proxy's page, an empty body): the reason phrase has to do.
  }
  return new ApiError(status, message || reason.trim() || `HTTP ${status}`, fields);
}

/** Any thrown thing as an ApiError, so that pages have one kind to show. */
export function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  return new ApiError(-1, thrown instanceof Error ? thrown.message : String(thrown));
}
