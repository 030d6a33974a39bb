// What a route is: a declared method and the handler that answers it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { MethodDeclaration, Verb } from '../contract/method.ts';
import type { Privilege } from '../contract/permission.ts';

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
  /** Node's own request and response, only for transports other than plain. */
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

/** A reply whose `data` is JSON text already: lists that are kept serialised. */
export class ReplyRaw {
  readonly json: string;
  constructor(json: string) {
    this.json = json;
  }
}

// biome-ignore lint/suspicious/noExplicitAny: a list of routes holds handlers of many parameter types
export type Handler<P> = (request: ApiRequest<P>) => Promise<any> | any;

export interface Route {
  readonly declaration: MethodDeclaration;
  readonly handler: Handler<never>;
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
