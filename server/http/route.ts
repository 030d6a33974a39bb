// What a route is: a declared method and the handler that answers it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WebSocket } from 'ws';
import type { z } from 'zod';
import type { MethodDeclaration, Verb } from '../contract/method.ts';
import type { Privilege } from '../contract/permission.ts';
import { AppError } from '../core/errors.ts';

/** Who is asking. */
export interface Caller {
  /** `root@pam`; empty for nobody (world methods). */
  readonly userid: string;
  /** `root@pam!name` when a token was used. */
  readonly tokenid: string | undefined;
  /** What tasks and the audit log record: tokenid or userid. */
  readonly requester: string;
  /** Has the caller the privilege on the path, by roles, groups, propagation and token limits? */
  may(path: string, privilege: Privilege): boolean;
  /** The one answer of `may` for everything directly below `parent` (`/vms`); undefined where it can differ. */
  mayBelow?(parent: string, privilege: Privilege): boolean | undefined;
  /** All privileges on the path. */
  privilegesOn(path: string): ReadonlySet<Privilege>;
}

export interface ApiRequest<P> {
  readonly params: P;
  readonly caller: Caller;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
  /** The address of the client, for logs and rate limits; `local` over the local socket. */
  readonly address: string;
  /** The header `name` of the request. */
  header(name: string): string | undefined;
  /** Node's own request and response, only for transports other than plain; reading them elsewhere is an error. */
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

/** A reply with fields beside `data`, as some lists have `total`. */
export class ReplyWith {
  readonly data: unknown;
  readonly beside: Readonly<Record<string, unknown>>;
  constructor(data: unknown, beside: Readonly<Record<string, unknown>>) {
    this.data = data;
    this.beside = beside;
  }
}

/** A reply whose `data` is JSON text already, or its UTF-8: lists that are kept serialised. */
export class ReplyRaw {
  readonly json: string | Buffer;
  constructor(json: string | Buffer) {
    this.json = json;
  }
}

/** A reply that is sent as it is, for handlers that stream (`events` transport). */
export class ReplyResponse {
  readonly response: Response;
  constructor(response: Response) {
    this.response = response;
  }
}

/** Takes over the client's WebSocket, for as long as it likes. */
export type SocketTaker = (socket: WebSocket) => void;

/**
 * Answers a WebSocket's request in two steps: first it may refuse, by throwing an AppError that the client gets as an
 * ordinary HTTP error; only when it returns is the WebSocket opened and handed to what it returned.
 */
export type UpgradeHandler<P> = (request: ApiRequest<P>) => Promise<SocketTaker> | SocketTaker;

// biome-ignore lint/suspicious/noExplicitAny: a list of routes holds handlers of many parameter types
export type Handler<P> = (request: ApiRequest<P>) => Promise<any> | any;

export interface Route {
  readonly declaration: MethodDeclaration;
  readonly handler: Handler<never>;
  /** For the transports `upgrade` and `events`. */
  readonly upgrade?: UpgradeHandler<never>;
}

/** Binds a handler to its declaration; parameters and reply are checked by the compiler. */
export function route<V extends Verb, Path extends string, P extends z.ZodObject, R extends z.ZodType>(
  declaration: MethodDeclaration<V, Path, P, R>,
  handler: (
    request: ApiRequest<z.output<P>>,
  ) => Promise<z.input<R> | ReplyWith | ReplyRaw> | z.input<R> | ReplyWith | ReplyRaw,
): Route {
  return { declaration: declaration as unknown as MethodDeclaration, handler: handler as Handler<never> };
}

/** Binds a method of transport `upgrade` to what answers its WebSockets; a plain request to it is refused. */
export function upgradeRoute<V extends Verb, Path extends string, P extends z.ZodObject, R extends z.ZodType>(
  declaration: MethodDeclaration<V, Path, P, R>,
  upgrade: UpgradeHandler<z.output<P>>,
): Route {
  return {
    declaration: declaration as unknown as MethodDeclaration,
    handler: () => {
      throw new AppError('invalid-input', 'this method needs a WebSocket');
    },
    upgrade: upgrade as UpgradeHandler<never>,
  };
}
