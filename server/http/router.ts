// Finds the route of a path: a tree of segments, literal ones first, decoded exactly once.
import type { Verb } from '../contract/method.ts';
import { invalidInput } from '../core/errors.ts';
import type { Route } from './route.ts';

interface Node {
  readonly literal: Map<string, Node>;
  parameter: { readonly name: string; readonly node: Node } | undefined;
  /** A last parameter that may hold slashes: volume names do. */
  rest: { readonly name: string; readonly routes: Map<Verb, Route> } | undefined;
  readonly routes: Map<Verb, Route>;
}

/** Parameters of paths whose values hold slashes that clients do not encode. Only as a path's last segment. */
const withSlashes = new Set(['volume']);

const newNode = (): Node => ({
  literal: new Map(),
  parameter: undefined,
  rest: undefined,
  routes: new Map(),
});

export interface Match {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

export class Router {
  readonly #root = newNode();
  readonly routes: readonly Route[];

  /** Throws for two routes of the same method, or two names for the same parameter of a path. */
  constructor(routes: readonly Route[]) {
    this.routes = routes;
    for (const route of routes) this.#add(route);
  }

  #add(route: Route): void {
    const { path, verb } = route.declaration;
    const segments = path.split('/').filter(Boolean);
    let node = this.#root;
    let table = node.routes;
    for (const [index, segment] of segments.entries()) {
      const name = /^\{(.+)\}$/.exec(segment)?.[1];
      if (name !== undefined && withSlashes.has(name) && index === segments.length - 1) {
        node.rest ??= { name, routes: new Map() };
        table = node.rest.routes;
        break;
      }
      if (name === undefined) {
        let next = node.literal.get(segment);
        if (!next) {
          next = newNode();
          node.literal.set(segment, next);
        }
        node = next;
      } else {
        node.parameter ??= { name, node: newNode() };
        if (node.parameter.name !== name)
          throw new Error(`${path}: parameter is named ${node.parameter.name} elsewhere`);
        node = node.parameter.node;
      }
      table = node.routes;
    }
    if (table.has(verb)) throw new Error(`two routes for ${verb} ${path}`);
    table.set(verb, route);
  }

  /** The route of a raw, still percent-encoded path below `/api2/json`; undefined when there is none. Throws `invalid-input` for bad escapes. */
  match(verb: Verb, rawPath: string): Match | undefined {
    const segments = rawPath.split('/').filter(Boolean).map(decodeSegment);
    return find(this.#root, verb, segments, 0, {});
  }
}

function find(
  node: Node,
  verb: Verb,
  segments: readonly string[],
  at: number,
  params: Readonly<Record<string, string>>,
): Match | undefined {
  const segment = segments[at];
  if (segment === undefined) {
    const route = node.routes.get(verb);
    return route && { route, params };
  }
  const literal = node.literal.get(segment);
  const found = literal && find(literal, verb, segments, at + 1, params);
  if (found) return found;
  if (node.parameter) {
    const { name, node: next } = node.parameter;
    const below = find(next, verb, segments, at + 1, { ...params, [name]: segment });
    if (below) return below;
  }
  const route = node.rest?.routes.get(verb);
  return (
    route && node.rest && { route, params: { ...params, [node.rest.name]: segments.slice(at).join('/') } }
  );
}

function decodeSegment(segment: string): string {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    throw invalidInput({}, 'the path holds a malformed percent escape');
  }
}
