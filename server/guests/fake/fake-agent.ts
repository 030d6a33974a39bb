// What the agent of a fake guest answers: every command is done, and nothing comes of it.

/** The answer to a command of the agent's protocol, both as JSON. */
export function fakeAgentAnswer(command: string): string {
  const { execute, arguments: given } = JSON.parse(command) as {
    readonly execute: string;
    readonly arguments?: Readonly<Record<string, unknown>>;
  };
  return JSON.stringify({ return: returnOf(execute, given ?? {}) });
}

function returnOf(execute: string, given: Readonly<Record<string, unknown>>): unknown {
  if (execute === 'guest-file-open') return 1;
  if (execute === 'guest-exec') return { pid: 1 };
  if (execute === 'guest-file-write')
    return { count: Buffer.from(String(given['buf-b64'] ?? ''), 'base64').length, eof: false };
  return {};
}
