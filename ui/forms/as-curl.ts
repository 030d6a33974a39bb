// A request of the API as a call of curl. The token is in CROFT_TOKEN, secrets in variables of their own. Pure.
import { type CodeRequest, pathOf, secretVariable, wordsOf } from './as-request.ts';
import { onLines, quoteWord } from './as-shell.ts';

/** `origin`: where the API is, `https://croft.example:8006`. */
export function asCurl(request: CodeRequest, origin: string): string {
  return onLines([
    // With data curl posts by itself.
    'curl --fail-with-body',
    '--header "Authorization: PVEAPIToken=$CROFT_TOKEN"',
    ...wordsOf(request).map(({ name, value, secret }) =>
      secret
        ? `--data-urlencode "${name}=$${secretVariable(name)}"`
        : // curl escapes what stands behind the first `=`; names are the API's own.
          `--data-urlencode ${quoteWord(`${name}=${value}`)}`,
    ),
    quoteWord(`${origin}/api2/json${pathOf(request)}`),
  ]);
}
