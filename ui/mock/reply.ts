// What the mock's handlers get and give.

export interface MockRequest {
  /** The last one, where a name is there several times. */
  readonly params: Readonly<Record<string, string>>;
  /** Every value of a name in the body. */
  readonly all: (name: string) => string[];
}

/** A refusal as the API words it. */
export class Refusal extends Error {
  readonly status: number;
  readonly errors: Readonly<Record<string, string>>;
  constructor(status: number, message: string, errors: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.errors = errors;
  }
}

export type Handler = (request: MockRequest) => unknown;
/** Handlers by `GET /nodes/{node}/...`. */
export type Handlers = Readonly<Record<string, Handler>>;

/** Finds the handler of a call and takes the parameters out of its path. */
export function findHandler(
  handlers: Handlers,
  verb: string,
  path: string,
): { handler: Handler; params: Record<string, string> } | undefined {
  const parts = path.split('/');
  for (const [name, handler] of Object.entries(handlers)) {
    const [method, pattern = ''] = name.split(' ');
    const wanted = pattern.split('/');
    if (method !== verb || wanted.length !== parts.length) continue;
    const params: Record<string, string> = {};
    const fits = wanted.every((part, i) => {
      const given = decodeURIComponent(parts[i] ?? '');
      if (!part.startsWith('{')) return part === given;
      params[part.slice(1, -1)] = given;
      return true;
    });
    if (fits) return { handler, params };
  }
  return undefined;
}
