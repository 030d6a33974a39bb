// A request of the API as calls of curl. The token is in CROFT_TOKEN, secrets in variables of their own. Pure.
import { type Call, type CodeRequest, callsOf, secretVariable } from './as-request.ts';
import { onLines, quoteWord } from './as-shell.ts';

const header = '--header "Authorization: PVEAPIToken=$CROFT_TOKEN"';

/** `origin`: where the API is, `https://croft.example:8006`. */
export function asCurl(request: CodeRequest, origin: string): string {
  const [first, ...more] = callsOf(request);
  if (!first) return '';
  const base = `${origin}/api2/json`;
  if (more.length === 0) return curlOf(first, base);
  const tasks = `${base}/nodes/${encodeURIComponent(request.node)}/tasks`;
  return [taskOf(curlOf(first, base)), waitLines(tasks), ...more.map((call) => curlOf(call, base))].join(
    '\n\n',
  );
}

/** Its answer is the name of its task. */
function taskOf(command: string): string {
  return `croft_task=$(${command} \\\n  | sed 's/.*"data":"\\([^"]*\\)".*/\\1/')`;
}

/** Nothing can be said of a guest that is not there yet. */
function waitLines(tasks: string): string {
  const status = `${quoteWord(tasks)}"/$croft_task/status"`;
  return [
    `while curl --fail-with-body --silent ${header} \\`,
    `  ${status} \\`,
    `  | grep -q '"status":"running"'`,
    'do sleep 1; done',
  ].join('\n');
}

/** One call; `base` ends in `/api2/json`. */
export function curlOf({ verb, path, words }: Call, base: string): string {
  return onLines([
    // With data curl posts by itself.
    `curl --fail-with-body${verb === 'POST' && words.length > 0 ? '' : ` --request ${verb}`}`,
    header,
    ...words.map(({ name, value, secret }) =>
      secret
        ? `--data-urlencode "${name}=$${secretVariable(name)}"`
        : // curl escapes what stands behind the first `=`; names are the API's own.
          `--data-urlencode ${quoteWord(`${name}=${value}`)}`,
    ),
    quoteWord(`${base}${path}`),
  ]);
}
