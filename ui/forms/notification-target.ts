// The form of a target of notifications and the API's parameters for it, both ways. Pure.
import type { EndpointType } from '../../server/contract/notification-parts.ts';
import { readNamedValue, renderNamedValue } from '../../server/contract/notification-parts.ts';
import type { Params } from '../api/client.ts';

/** A header or a secret of a request. */
export interface PairForm {
  readonly name: string;
  readonly value: string;
  /** It has a value that nobody is told; left empty here, it stays. */
  readonly kept: boolean;
}

export interface TargetForm {
  readonly type: EndpointType;
  readonly name: string;
  readonly comment: string;
  readonly enabled: boolean;
  /** Addresses, with commas or blanks between them. */
  readonly mailto: string;
  readonly users: readonly string[];
  readonly author: string;
  readonly from: string;
  /** Of SMTP and Gotify. */
  readonly server: string;
  readonly port: string;
  readonly mode: 'insecure' | 'starttls' | 'tls';
  readonly username: string;
  readonly password: string;
  readonly token: string;
  readonly url: string;
  readonly method: 'post' | 'put' | 'get';
  readonly body: string;
  readonly headers: readonly PairForm[];
  readonly secrets: readonly PairForm[];
}

/** An endpoint as the API answers it. */
export type Endpoint = Readonly<Record<string, unknown>> & { readonly name: string };

export const newTarget: TargetForm = {
  ...{ type: 'smtp', name: '', comment: '', enabled: true, mailto: '', users: [], author: '', from: '' },
  ...{ server: '', port: '', mode: 'tls', username: '', password: '', token: '' },
  ...{ url: '', method: 'post', body: '', headers: [], secrets: [] },
};

export function readTarget(type: EndpointType, endpoint: Endpoint): TargetForm {
  const text = (name: string) => String(endpoint[name] ?? '');
  const list = (name: string) => (endpoint[name] ?? []) as readonly string[];
  const pairs = (name: string, kept: boolean) =>
    list(name).flatMap((one) => {
      const read = readNamedValue(one);
      return read ? [{ name: read.name, value: decode(read.value ?? ''), kept }] : [];
    });
  return {
    ...newTarget,
    ...{ type, name: endpoint.name, comment: text('comment'), enabled: endpoint['disable'] !== 1 },
    ...{ mailto: list('mailto').join(', '), users: list('mailto-user'), author: text('author') },
    ...{ from: text('from-address'), server: text('server'), port: text('port'), username: text('username') },
    mode: (endpoint['mode'] as TargetForm['mode'] | undefined) ?? 'tls',
    ...{ url: text('url'), body: decode(text('body')) },
    method: (endpoint['method'] as TargetForm['method'] | undefined) ?? 'post',
    ...{ headers: pairs('header', false), secrets: pairs('secret', true) },
  };
}

/** What the API calls the entries of the form. */
export const targetParam: Readonly<Partial<Record<keyof TargetForm, string>>> = {
  ...{ name: 'name', comment: 'comment', enabled: 'disable', mailto: 'mailto', users: 'mailto-user' },
  ...{ author: 'author', from: 'from-address', server: 'server', port: 'port', mode: 'mode' },
  ...{ username: 'username', password: 'password', token: 'token', url: 'url', method: 'method' },
  ...{ body: 'body', headers: 'header', secrets: 'secret' },
};

type Problems = Readonly<Partial<Record<keyof TargetForm, string | undefined>>>;

/** What is wrong, as words of the dictionary; the rest is the daemon's to say. `before`: undefined for a new one. */
export function checkTarget(form: TargetForm, before: TargetForm | undefined): Problems {
  const { type } = form;
  const named = /^[a-z][a-z0-9_-]{1,99}$/i.test(form.name.trim()) ? undefined : 'name';
  const recipients = addresses(form).length + form.users.length === 0 ? 'recipients' : undefined;
  const port = form.port.trim() === '' || isPort(form.port.trim()) ? undefined : 'port';
  const noPassword = form.username.trim() !== '' && form.password === '' && !before?.username;
  return {
    name: named,
    ...(type === 'sendmail' || type === 'smtp' ? { mailto: recipients } : {}),
    ...(type === 'smtp'
      ? {
          server: form.server.trim() === '' ? 'server' : undefined,
          from: form.from.trim() === '' ? 'from' : undefined,
          password: noPassword ? 'password' : undefined,
          port,
        }
      : {}),
    ...(type === 'gotify'
      ? {
          server: isUrl(form.server) ? undefined : 'url',
          token: form.token === '' && !before ? 'token' : undefined,
        }
      : {}),
    ...(type === 'webhook'
      ? {
          url: isUrl(form.url) ? undefined : 'url',
          headers: form.headers.every(({ name }) => name.trim() !== '') ? undefined : 'pairName',
          secrets: form.secrets.every((one) => one.name.trim() !== '' && (one.kept || one.value !== ''))
            ? undefined
            : 'secretValue',
        }
      : {}),
  };
}

/** Of a new target, with the words that its type has. */
export function newTargetParams(form: TargetForm): Params & { name: string } {
  return { ...given(form), name: form.name.trim() };
}

/** Of a change: what is empty now and was not is taken away. Secrets that nobody wrote stay. */
export function changedTargetParams(form: TargetForm, before: TargetForm): Params & { name: string } {
  const [now, was] = [given(form), given(before)];
  const gone = Object.keys(was).filter((name) => now[name] === undefined && was[name] !== undefined);
  const remove = [...gone, ...(gone.includes('username') ? ['password'] : [])];
  return {
    ...now,
    name: before.name,
    disable: !form.enabled,
    ...(remove.length > 0 ? { delete: remove } : {}),
  };
}

/** Parameters that say something; those that are empty are undefined. */
function given(form: TargetForm): Params {
  const text = (value: string) => value.trim() || undefined;
  const list = (values: readonly string[]) => (values.length > 0 ? values : undefined);
  const mail = {
    ...{ mailto: list(addresses(form)), 'mailto-user': list(form.users) },
    ...{ author: text(form.author), 'from-address': text(form.from) },
  };
  const common = { comment: text(form.comment), ...(form.enabled ? {} : { disable: true }) };
  switch (form.type) {
    case 'sendmail':
      return { ...common, ...mail };
    case 'smtp':
      return {
        ...common,
        ...mail,
        ...{ server: text(form.server), port: text(form.port), mode: form.mode },
        ...{ username: text(form.username), password: form.password || undefined },
      };
    case 'gotify':
      return { ...common, server: text(form.server), token: form.token || undefined };
    case 'webhook':
      return {
        ...common,
        ...{ url: text(form.url), method: form.method, body: encode(form.body) || undefined },
        header: list(form.headers.map(({ name, value }) => pair(name, value))),
        secret: list(
          form.secrets.map(({ name, value, kept }) =>
            kept && value === '' ? renderNamedValue({ name: name.trim() }) : pair(name, value),
          ),
        ),
      };
  }
}

function pair(name: string, value: string): string {
  return renderNamedValue({ name: name.trim(), value: encode(value) });
}

function addresses({ mailto }: TargetForm): string[] {
  return mailto.split(/[,;\s]+/).filter(Boolean);
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

function isUrl(text: string): boolean {
  return /^https?:\/\/[^\s/]+/i.test(text.trim());
}

/** Base64 of UTF-8. */
function encode(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

function decode(text: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0)));
  } catch {
    return '';
  }
}

/** Requests that well-known services understand; the names are theirs. */
export const webhookExamples: Readonly<Record<string, Partial<TargetForm>>> = {
  ntfy: {
    ...{ url: 'https://ntfy.sh/{{ secrets.topic }}', method: 'post', body: '{{ message }}' },
    headers: [
      { name: 'Title', value: '{{ title }}', kept: false },
      { name: 'Markdown', value: 'no', kept: false },
    ],
    secrets: [{ name: 'topic', value: '', kept: false }],
  },
  Discord: {
    ...{ url: 'https://discord.com/api/webhooks/{{ secrets.path }}', method: 'post' },
    body: '{"content": "**{{ escape title }}**\\n```\\n{{ escape message }}```"}',
    headers: [{ name: 'Content-Type', value: 'application/json', kept: false }],
    secrets: [{ name: 'path', value: '', kept: false }],
  },
  Slack: {
    ...{ url: 'https://hooks.slack.com/services/{{ secrets.path }}', method: 'post' },
    body: '{"text": "*{{ escape title }}*\\n```{{ escape message }}```"}',
    headers: [{ name: 'Content-Type', value: 'application/json', kept: false }],
    secrets: [{ name: 'path', value: '', kept: false }],
  },
};
