// A request of the API as texts to copy: as a client would send it, and as a command line. Pure.

export type RequestParams = Readonly<Record<string, string | number | boolean | undefined>>;

/** What stands for a secret in what is shown: secrets are never in a text that is copied. */
const hidden = '********';

function shown(params: RequestParams, secrets: readonly string[]): [string, string | number | boolean][] {
  return Object.entries(params).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, secrets.includes(name) ? hidden : value]],
  );
}

/** The request as a client would write it; `path` is below `/api2/json`. */
export function asApiRequest(path: string, params: RequestParams, secrets: readonly string[] = []): string {
  const body = Object.fromEntries(shown(params, secrets));
  return `POST /api2/json${path}\n${JSON.stringify(body, undefined, 2)}`;
}

/** The request as a command line, safe to paste into a shell. */
export function asCommand(path: string, params: RequestParams, secrets: readonly string[] = []): string {
  const options = shown(params, secrets).map(
    ([name, value]) => `  --${name} ${quote(value === true ? '1' : value === false ? '0' : String(value))}`,
  );
  return [`croft api create ${quote(path)}`, ...options].join(' \\\n');
}

/** NUL cannot be in an argument and line ends are kept: single quotes hold all else. */
function quote(text: string): string {
  return /^[A-Za-z0-9_./:=@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
