// How one API method is declared: path, parameters, reply and permission, in one place that the router, the documentation, the typed client and the tests all read.
import type { z } from 'zod';
import type { Permission } from './permission.ts';

export type Verb = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface MethodDeclaration<
  V extends Verb = Verb,
  Path extends string = string,
  P extends z.ZodObject = z.ZodObject,
  R extends z.ZodType = z.ZodType,
> {
  readonly verb: V;
  /** The contract's own spelling, `/nodes/{node}/qemu/{vmid}/config`. */
  readonly path: Path;
  readonly summary: string;
  /** Parameters of path, query and body together, as the API has it. */
  readonly params: P;
  readonly returns: R;
  readonly permission: Permission;
  /**
   * Parameters that the contract has and this version refuses with a clear error instead of ignoring; `hostpci[n]`
   * names all of an indexed parameter. They are declared in `params` all the same. Asking for just what happens
   * anyway (a flag switched off, the documented default) is let through.
   */
  readonly refuses?: readonly string[];
  /** True for what is Croft's own and not in the contract. */
  readonly extension?: boolean;
  /**
   * `stream`: the handler reads the request's body itself (uploads); `params` then holds what path and query gave.
   * `upgrade`: a WebSocket. `events`: server-sent events, or a WebSocket when the client asks for one.
   */
  readonly transport?: 'stream' | 'upgrade' | 'events';
  /** Tokens may not call it (logging in). */
  readonly ticketOnly?: boolean;
}

/** Declares a method; gives back its argument with the narrowest type. */
export function defineMethod<
  const V extends Verb,
  const Path extends string,
  P extends z.ZodObject,
  R extends z.ZodType,
>(declaration: MethodDeclaration<V, Path, P, R>): MethodDeclaration<V, Path, P, R> {
  return declaration;
}

/** The parameters of a declaration as a handler gets them. */
export type ParamsOf<M> = M extends MethodDeclaration<Verb, string, infer P, z.ZodType> ? z.output<P> : never;
/** The parameters of a declaration as a client gives them. */
export type InputOf<M> = M extends MethodDeclaration<Verb, string, infer P, z.ZodType> ? z.input<P> : never;
/** What a declaration's method answers (`data` of the reply). */
export type ReplyOf<M> = M extends MethodDeclaration<Verb, string, z.ZodObject, infer R> ? z.input<R> : never;

/** Is the parameter one that the declaration refuses? Knows `hostpci[n]`. */
export function isRefused(declaration: MethodDeclaration, name: string): boolean {
  const indexedName = name.replace(/\d+$/, '[n]');
  return declaration.refuses?.some((refused) => refused === name || refused === indexedName) ?? false;
}

/** `GET /version`: how a method is named in reports, maps and tests. */
export function methodName<V extends Verb, Path extends string>(declaration: {
  readonly verb: V;
  readonly path: Path;
}): `${V} ${Path}` {
  return `${declaration.verb} ${declaration.path}`;
}
