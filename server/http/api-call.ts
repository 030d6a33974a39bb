// The way of an API request, up to its handler: find the route, authenticate, decode, check the permission, check the parameters.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Verb } from '../contract/method.ts';
import { AppError, invalidInput, notFound } from '../core/errors.ts';
import { checkPermission, paramsOfPermission } from './access.ts';
import { type Authenticator, nobody, readFacts } from './authenticator.ts';
import { notImplemented } from './error-reply.ts';
import { checkParams, mergeParams, readParams } from './parameters.ts';
import { type GivenParams, readBodyBytes, readBodyParams, readPairs } from './request-body.ts';
import type { ApiRequest, Route } from './route.ts';
import type { Router } from './router.ts';

/** A request to the API as either listener hands it over. */
export interface ApiCall {
  readonly method: string;
  /** Below `/api2/json`, still percent-encoded. */
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  /** A header by its lower-case name. */
  readonly header: (name: string) => string | undefined;
  /** Number of header lines. */
  readonly headerCount: number;
  readonly address: string;
  readonly local: boolean;
  readonly signal: AbortSignal;
  /** The request as the web sees it; undefined for upgrades, which have no body. */
  readonly request: Request | undefined;
  readonly incoming: IncomingMessage | undefined;
  readonly outgoing: ServerResponse | undefined;
}

/** What API requests need of the rest of the daemon. */
export interface ApiParts {
  readonly router: Router;
  readonly authenticator: Authenticator;
  readonly nodes: NodeNames;
  /** Told of each call that the permission table refuses: who, from where, what. */
  readonly onDenied?: ((requester: string, address: string, what: string) => void) | undefined;
}

/** Names of the cluster's nodes. */
export interface NodeNames {
  /** This node, which paths may also call `localhost`. */
  local(): string;
  has(node: string): boolean;
}

const maxHeaderLines = 64;
const verbs = new Set<string>(['GET', 'POST', 'PUT', 'DELETE'] satisfies Verb[]);

/** The route of a call and the request for its handler. Throws AppErrors. */
export async function prepareCall(
  call: ApiCall,
  parts: ApiParts,
): Promise<{ route: Route; request: ApiRequest<never> }> {
  if (call.headerCount > maxHeaderLines) throw invalidInput({}, `more than ${maxHeaderLines} header lines`);
  const verb = call.method === 'HEAD' ? 'GET' : call.method;
  const match = verbs.has(verb) ? parts.router.match(verb as Verb, call.path) : undefined;
  if (!match) throw notImplemented(call.method, decodeForText(call.path));
  const { declaration } = match.route;
  const caller =
    declaration.permission.user === 'world' ? nobody : await authenticate(call, verb as Verb, parts);
  if (caller.tokenid !== undefined && declaration.ticketOnly)
    throw new AppError('forbidden', 'API tokens cannot be used for this method');

  const streamed = declaration.transport === 'stream';
  const body = verb === 'GET' || streamed ? {} : await readBody(call);
  const given = mergeParams(body, readPairs(call.query), match.params);
  if (given['node'] === 'localhost' && 'node' in match.params) given['node'] = parts.nodes.local();
  // Before it is said that the caller may not: that could not be known. By the published declaration alone, so it tells nothing.
  checkParams(declaration, given, paramsOfPermission(declaration.permission));
  try {
    checkPermission(declaration.permission, caller, given, parts.authenticator);
  } catch (error) {
    parts.onDenied?.(caller.requester, call.address, `${verb} ${decodeForText(call.path)}`);
    throw error;
  }
  const params = readParams(declaration, given, { partial: streamed });
  if ('node' in match.params && !parts.nodes.has(String(given['node'])))
    throw notFound('node', String(given['node']).slice(0, 64));
  return { route: match.route, request: apiRequest(call, params, caller) };
}

async function authenticate(call: ApiCall, verb: Verb, parts: ApiParts) {
  const caller = await parts.authenticator.authenticate(
    readFacts(verb, call.header, call.address, call.local),
  );
  if (caller === 'nobody') throw new AppError('unauthenticated', 'No ticket');
  return caller;
}

async function readBody(call: ApiCall): Promise<GivenParams> {
  if (!call.request) return {};
  const bytes = await readBodyBytes(call.incoming, call.request);
  return readBodyParams(bytes, call.header('content-type'));
}

function apiRequest(call: ApiCall, params: unknown, caller: ApiRequest<never>['caller']): ApiRequest<never> {
  return {
    params: params as never,
    caller,
    get signal(): AbortSignal {
      return call.signal;
    },
    address: call.address,
    header: (name) => call.header(name.toLowerCase()),
    get incoming(): IncomingMessage {
      return present(call.incoming);
    },
    get outgoing(): ServerResponse {
      return present(call.outgoing);
    },
  };
}

function present<T>(value: T | undefined): T {
  if (value === undefined)
    throw new AppError('internal', 'internal error', { detail: 'no connection: in-process call' });
  return value;
}

function decodeForText(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
