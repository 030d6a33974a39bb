// The guest that a form is about to ask for, as the views of it as code take it: curl, command line, Terraform, Ansible. Pure.

export type RequestParams = Readonly<Record<string, string | number | boolean | undefined>>;

export interface CodeRequest {
  readonly kind: 'qemu' | 'lxc';
  readonly node: string;
  readonly vmid: number;
  /** Of the call that makes it, without node and number; of a clone those that change it afterwards. */
  readonly params: RequestParams;
  /** It is made like another one. */
  readonly clone?: CloneOf;
  /** Names of parameters whose values are never shown. */
  readonly secrets?: readonly string[];
}

export interface CloneOf {
  readonly vmid: number;
  /** Of the call that clones, without the numbers. */
  readonly params: RequestParams;
  /** Keys of what it is made of, for who can only say a part of a configuration as a whole. */
  readonly settings: RequestParams;
}

/** One call of the API. */
export interface Call {
  readonly verb: 'POST' | 'PUT';
  /** Below `/api2/json`. */
  readonly path: string;
  readonly words: readonly Word[];
}

/** A parameter as the API's text form has it. */
export interface Word {
  readonly name: string;
  readonly value: string;
  /** A switch that is on. */
  readonly on: boolean;
  /** The value is not to be shown: it stands for nothing. */
  readonly secret: boolean;
}

/** The parameters of the call, those that are not set left out; switches are 1 and 0. */
export function wordsOf(params: RequestParams, secrets: readonly string[] = []): Word[] {
  return Object.entries(params).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const secret = secrets.includes(name);
    return [{ name, secret, on: value === true, value: secret ? '' : textOf(value) }];
  });
}

/** What is called, in order; each of them after the task of the one before has ended. */
export function callsOf({ kind, node, vmid, params, secrets, clone }: CodeRequest): Call[] {
  const path = pathOf({ kind, node });
  if (!clone) return [{ verb: 'POST', path, words: wordsOf({ vmid, ...params }, secrets) }];
  const { start, ...change } = params;
  const words = wordsOf(change, secrets);
  return [
    { verb: 'POST', path: `${path}/${clone.vmid}/clone`, words: wordsOf({ newid: vmid, ...clone.params }) },
    ...(words.length > 0 ? [{ verb: 'PUT' as const, path: `${path}/${vmid}/config`, words }] : []),
    ...(start === true ? [{ verb: 'POST' as const, path: `${path}/${vmid}/status/start`, words: [] }] : []),
  ];
}

/** Below `/api2/json`. */
export function pathOf({ kind, node }: Pick<CodeRequest, 'kind' | 'node'>): string {
  return `/nodes/${encodeURIComponent(node)}/${kind}`;
}

/** The names of the secrets that are in the request. */
export function secretsOf(request: CodeRequest): string[] {
  return (request.secrets ?? []).filter((name) => request.params[name] !== undefined);
}

export function textOf(value: string | number | boolean): string {
  return typeof value === 'boolean' ? (value ? '1' : '0') : String(value);
}

/** The variable that a secret is to be put into: `ssh-key` in `CROFT_SSH_KEY`. */
export function secretVariable(name: string): string {
  return `CROFT_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;
}

/** Controls and separators of lines that some readers do not take, as `\u` and four digits. */
export function escapeControls(text: string): string {
  return Array.from(text, (sign) => {
    const code = sign.codePointAt(0) ?? 0;
    const readable =
      code >= 0x20 && !(code >= 0x7f && code <= 0x9f) && ![0x2028, 0x2029, 0xfeff].includes(code);
    return readable ? sign : `\\u${code.toString(16).padStart(4, '0')}`;
  }).join('');
}

/** What of a request has no place in a text, told in comments of it. Names are the API's own: nothing in them ends a comment. */
export function missingLines(comment: string, missing: readonly string[]): string {
  return [`# ${comment}`, ...missing.map((name) => `#   ${name}`)].join('\n');
}
