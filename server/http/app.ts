// Builds the HTTP application: the API in its formats, its description, the web UI. It does not listen.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Context, Hono } from 'hono';
import { AppError, asAppError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import { type ApiCall, type ApiParts, type NodeNames, prepareCall } from './api-call.ts';
import { type Authenticator, addressOf } from './authenticator.ts';
import { errorReply, notImplemented } from './error-reply.ts';
import { openApiDocument } from './openapi.ts';
import { openApiPage } from './openapi-page.ts';
import {
  apiHeaders,
  type Format,
  jsonType,
  renderError,
  renderReply,
  splitApiPath,
  type WireReply,
} from './pve-wire.ts';
import { ReplyRaw, ReplyResponse, ReplyWith, type Route } from './route.ts';
import { Router } from './router.ts';
import { loadStaticUi } from './static-ui.ts';
import { Upgrades } from './upgrade.ts';

export interface AppOptions {
  readonly routes: readonly Route[];
  readonly authenticator: Authenticator;
  readonly log: Logger;
  readonly nodes: NodeNames;
  readonly onDenied?: ApiParts['onDenied'];
  /** Croft's version, for the API's description. */
  readonly version: string;
  /** Folder of the built web UI; without it, only the API is served. */
  readonly uiDir?: string | undefined;
  /** Check every reply against its declaration and fail on a difference: for tests and development. */
  readonly checkReplies?: boolean;
}

/** What the listener hands in with each request; absent for calls inside the process. */
export interface Bindings {
  readonly incoming?: IncomingMessage;
  readonly outgoing?: ServerResponse;
  /** Came over the local socket. */
  readonly local?: boolean;
}

export interface App {
  readonly hono: Hono<{ Bindings: Bindings }>;
  /** Answers a WebSocket's request; the listener calls it for Node's `upgrade` event. */
  upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer, local: boolean): void;
  /** Closes all WebSockets. */
  close(): void;
}

/** The application. Throws when two routes answer the same method. */
export function createApp(options: AppOptions): App {
  const { log } = options;
  const parts: ApiParts = {
    router: new Router(options.routes),
    authenticator: options.authenticator,
    nodes: options.nodes,
    onDenied: options.onDenied,
  };
  const hono = new Hono<{ Bindings: Bindings }>();
  const upgrades = new Upgrades(parts, log);

  // Made when somebody first asks: it takes a good part of the daemon's start, and megabytes.
  let description: string | undefined;
  hono.get('/api2/openapi.json', (c) => {
    const declarations = options.routes.map((route) => route.declaration);
    description ??= JSON.stringify(openApiDocument(declarations, options.version));
    return c.body(description, 200, { ...apiHeaders, 'Content-Type': jsonType });
  });
  for (const [path, asset] of openApiPage()) hono.get(path, (c) => c.body(asset.text, 200, asset.headers));

  hono.all('/api2/*', async (c) => {
    const url = splitUrl(c.req.url);
    const target = splitApiPath(url.path);
    const format: Format = target?.format === 'extjs' ? 'extjs' : 'json';
    try {
      if (!target || target.format !== format) throw notImplemented(c.req.method, url.path);
      const result = await answer(callOf(c, target.path, url.query), parts, options.checkReplies ?? false);
      if (result instanceof ReplyResponse) return result.response;
      return send(c, renderReply(format, result));
    } catch (thrown) {
      report(log, thrown, c.req.method, url.path);
      return send(c, renderError(format, errorReply(thrown)));
    }
  });

  const ui = options.uiDir === undefined ? undefined : loadStaticUi(options.uiDir);
  hono.all('*', (c) => {
    const { path } = splitUrl(c.req.url);
    // What was meant for the API (with a slash too many) must never come back as a page.
    const page = /^\/+api2(\/|$)/.test(path)
      ? undefined
      : ui?.(c.req.method, path, (name) => c.req.header(name));
    return page ?? send(c, renderError('json', errorReply(notImplemented(c.req.method, path))));
  });
  hono.onError((thrown, c) => {
    report(log, thrown, c.req.method, splitUrl(c.req.url).path);
    return send(c, renderError('json', errorReply(thrown)));
  });

  return {
    hono,
    upgrade: (incoming, socket, head, local) => upgrades.handle(incoming, socket, head, local),
    close: () => upgrades.close(),
  };
}

async function answer(call: ApiCall, parts: ApiParts, checkReplies: boolean): Promise<unknown> {
  const { route, request } = await prepareCall(call, parts);
  const result: unknown = await route.handler(request);
  if (checkReplies && !(result instanceof ReplyResponse)) checkReply(route, result);
  return result;
}

function checkReply(route: Route, result: unknown): void {
  const data: unknown =
    result instanceof ReplyRaw
      ? JSON.parse(result.json.toString())
      : result instanceof ReplyWith
        ? result.data
        : JSON.parse(JSON.stringify(result ?? null));
  const checked = route.declaration.returns.safeParse(data);
  if (!checked.success) {
    throw new AppError('internal', 'the reply is not as declared', { detail: checked.error.message });
  }
}

function callOf(c: Context<{ Bindings: Bindings }>, path: string, query: string): ApiCall {
  // Calls inside the process have no bindings, and then Hono's `env` is undefined.
  const env = (c.env ?? {}) as Bindings;
  const local = env.local ?? false;
  return {
    method: c.req.method,
    path,
    query,
    header: (name) => c.req.header(name),
    headerCount: env.incoming ? env.incoming.rawHeaders.length / 2 : [...c.req.raw.headers.keys()].length,
    address: addressOf(env.incoming, local),
    local,
    // Made when somebody looks: most handlers do not.
    get signal(): AbortSignal {
      return c.req.raw.signal;
    },
    request: c.req.raw,
    incoming: env.incoming,
    outgoing: env.outgoing,
  };
}

/** A response; the reason phrase goes through Node's response, because the adapter drops a Response's. */
function send(c: Context<{ Bindings: Bindings }>, reply: WireReply): Response {
  const outgoing = (c.env as Bindings | undefined)?.outgoing;
  if (outgoing && reply.reason) outgoing.statusMessage = reply.reason;
  return c.body(reply.body, reply.status as 200, apiHeaders as Record<string, string>);
}

/** Path and query of a URL as they came, still encoded. */
function splitUrl(url: string): { path: string; query: string } {
  const start = url.indexOf('/', url.indexOf('://') + 3);
  const rest = start < 0 ? '/' : url.slice(start);
  const at = rest.indexOf('?');
  return at < 0 ? { path: rest, query: '' } : { path: rest.slice(0, at), query: rest.slice(at + 1) };
}

/** Failures that are ours go to the log with their detail; the callers' own only when debugging. */
function report(log: Logger, thrown: unknown, method: string, path: string): void {
  const error = asAppError(thrown);
  const entry = { method, path, code: error.code, detail: error.detail };
  if (error.code === 'internal') log.error(entry, error.message);
  else log.debug(entry, error.message);
}
