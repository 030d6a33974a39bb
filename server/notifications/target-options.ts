// What a request makes of a target: its options and secrets as they will be stored, or what is wrong with them. Pure.
import { isIP } from 'node:net';
import type { Json } from '../cluster/cluster-store.ts';
import { type EndpointType, readNamedValue } from '../contract/notification-parts.ts';
import { invalidInput } from '../core/errors.ts';
import type { EntryOptions, Secrets } from './entries.ts';
import { parseTemplate } from './template.ts';

/** Parameters of a request, without names, `delete` and `digest`. */
export type GivenOptions = Readonly<Record<string, Json | undefined>>;

type SecretValues = Omit<Secrets, 'version'>;

export interface TargetState {
  readonly options: EntryOptions;
  readonly secrets: SecretValues;
}

/** Options that may be taken away, by type; append-only. */
const removable: Readonly<Record<EndpointType, readonly string[]>> = {
  sendmail: ['author', 'comment', 'disable', 'from-address', 'mailto', 'mailto-user'],
  smtp: ['author', 'comment', 'disable', 'mailto', 'mailto-user', 'mode', 'password', 'port', 'username'],
  gotify: ['comment', 'disable'],
  webhook: ['body', 'comment', 'disable', 'header', 'secret'],
};

/** `invalid-input` naming the options at fault. */
export function changedTarget(
  type: EndpointType,
  before: TargetState,
  given: GivenOptions,
  remove: readonly string[] = [],
): TargetState {
  const options: Record<string, Json> = { ...before.options };
  const { version: _, ...secrets }: { -readonly [K in keyof Secrets]?: Secrets[K] } = { ...before.secrets };
  for (const name of remove) {
    if (!removable[type].includes(name))
      throw invalidInput({ delete: `'${name.slice(0, 60)}' cannot be deleted` });
    delete options[name];
    if (name === 'password') delete secrets.password;
    if (name === 'secret') delete secrets.values;
  }
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (name === 'password' || name === 'token') secrets[name] = String(value);
    else if (name === 'secret')
      secrets.values = newSecrets(value as readonly string[], before.secrets.values ?? {});
    else if (value === false) delete options[name];
    else options[name] = value;
  }
  check[type]({ options, secrets });
  return { options, secrets };
}

/** One without a value keeps the one that it has. */
function newSecrets(
  given: readonly string[],
  before: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const text of given) {
    const { name, value } = readNamedValue(text) ?? { name: '' };
    const kept = value ?? (Object.hasOwn(before, name) ? before[name] : undefined);
    if (kept === undefined) throw invalidInput({ secret: `the secret '${name}' has no value` });
    if (Object.hasOwn(values, name)) throw invalidInput({ secret: `the secret '${name}' is there twice` });
    values[name] = kept;
  }
  return values;
}

const check: Readonly<Record<EndpointType, (state: TargetState) => void>> = {
  sendmail: requireRecipients,
  smtp(state) {
    requireRecipients(state);
    const { server, port, username } = state.options;
    const isAddress = isIP(String(server)) !== 0;
    if (!isAddress && !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(String(server)))
      throw invalidInput({ server: 'write the name or address of a mail server, without port' });
    if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535))
      throw invalidInput({ port: 'must be between 1 and 65535' });
    if (username !== undefined && state.secrets.password === undefined)
      throw invalidInput({ password: 'is missing: whoever has a user name has a password' });
  },
  gotify({ options, secrets }) {
    requireUrl('server', String(options['server']));
    if (!/^[\x21-\x7e]{1,1024}$/.test(secrets.token ?? ''))
      throw invalidInput({ token: 'must be letters, digits and signs without spaces' });
  },
  webhook({ options }) {
    const url = String(options['url']);
    parseTemplate(url, 'url');
    // What templates put in is no part of the address that is asked for.
    requireUrl('url', url.replaceAll(/\{\{[^}]*\}\}\}?/g, 'x'));
    if (/^[^/]*:\/\/[^/?#]*\{\{/.test(url))
      throw invalidInput({ url: 'the server cannot come from a template' });
    parseTemplate(readBase64(String(options['body'] ?? '')), 'body');
    for (const text of (options['header'] ?? []) as readonly string[]) {
      const { name = '', value } = readNamedValue(text) ?? {};
      if (value === undefined) throw invalidInput({ header: `the header '${name}' has no value` });
      if (ownHeaders.has(name.toLowerCase()))
        throw invalidInput({ header: `the header '${name}' is set by the daemon` });
      parseTemplate(readBase64(value), 'header');
    }
  },
};

/** They say where a request ends. */
const ownHeaders = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export function readBase64(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}

function requireRecipients({ options }: TargetState): void {
  const count = (name: string) => ((options[name] ?? []) as readonly string[]).length;
  if (count('mailto') + count('mailto-user') === 0)
    throw invalidInput({ mailto: "nobody would get it: write 'mailto' or 'mailto-user'" });
}

function requireUrl(field: string, text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol))
    throw invalidInput({ [field]: 'write an http or https URL' });
  if (url.username !== '' || url.password !== '')
    throw invalidInput({
      [field]: 'must not hold a user name or password: everybody who may look sees them',
    });
}
