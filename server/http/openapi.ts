// The API's description as OpenAPI 3.1, made from the declarations.
import { z } from 'zod';
import { isRefused, type MethodDeclaration, methodName } from '../contract/method.ts';
import { factsOf, type ParamFacts } from '../contract/params.ts';
import type { Permission, PermissionCheck } from '../contract/permission.ts';

type JsonObject = Record<string, unknown>;

/** The document. Permissions are in `x-permission`, as an expression and in words; refused parameters have `x-refused`. */
export function openApiDocument(methods: readonly MethodDeclaration[], version: string): JsonObject {
  const paths: Record<string, JsonObject> = {};
  const sorted = [...methods].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  for (const method of sorted) {
    const item = paths[method.path] ?? {};
    item[method.verb.toLowerCase()] = operation(method);
    paths[method.path] = item;
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Croft',
      version,
      description:
        "Proxmox VE's REST API as Croft has it. Bodies are form-encoded or JSON; flags are 0 or 1; the text of an error is in the HTTP reason phrase and in `message`.",
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/api2/json' }],
    security: [{ ticket: [] }, { token: [] }],
    paths,
    components: {
      securitySchemes: {
        ticket: {
          type: 'apiKey',
          in: 'cookie',
          name: 'PVEAuthCookie',
          description:
            'A ticket of POST /access/ticket; all but GET also need the header CSRFPreventionToken.',
        },
        token: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description: '`PVEAPIToken=user@realm!name=secret`',
        },
      },
      responses: { error: errorResponse },
    },
  };
}

const errorResponse = {
  description: 'An error; its text is also in the reason phrase.',
  content: {
    'application/json': {
      schema: {
        type: 'object',
        required: ['data', 'message'],
        properties: {
          data: { type: 'null' },
          message: { type: 'string' },
          errors: { type: 'object', additionalProperties: { type: 'string' } },
          code: { type: 'string' },
        },
      },
    },
  },
};

function operation(method: MethodDeclaration): JsonObject {
  const inPath = new Set([...method.path.matchAll(/\{([^}]+)\}/g)].map((found) => found[1]));
  const shape = Object.entries(method.params.shape as Record<string, z.ZodType>);
  const hasBody = method.verb === 'POST' || method.verb === 'PUT';
  const parameters = shape
    .filter(([name]) => inPath.has(name) || !hasBody)
    .map(([name, schema]) => ({
      name,
      in: inPath.has(name) ? 'path' : 'query',
      required: inPath.has(name) || !schema.isOptional(),
      schema: parameterSchema(method, name, schema),
    }));
  const body = shape.filter(([name]) => hasBody && !inPath.has(name));
  return {
    operationId: methodName(method),
    summary: method.summary,
    tags: [method.path.split('/')[1] ?? ''],
    ...(method.permission.user === 'world' ? { security: [] } : {}),
    'x-permission': method.permission,
    'x-permission-text': permissionText(method.permission),
    ...(method.extension ? { 'x-croft-extension': true } : {}),
    ...(method.transport ? { 'x-transport': method.transport } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body.length > 0 ? { requestBody: requestBody(method, body) } : {}),
    responses: {
      '200': {
        description: method.summary,
        content: { 'application/json': { schema: replySchema(method) } },
      },
      default: { $ref: '#/components/responses/error' },
    },
  };
}

function requestBody(method: MethodDeclaration, body: readonly (readonly [string, z.ZodType])[]): JsonObject {
  const schema = {
    type: 'object',
    properties: Object.fromEntries(
      body.map(([name, schema]) => [name, parameterSchema(method, name, schema)]),
    ),
    required: body.filter(([, schema]) => !schema.isOptional()).map(([name]) => name),
    additionalProperties: false,
  };
  const types =
    method.transport === 'stream'
      ? ['multipart/form-data']
      : ['application/x-www-form-urlencoded', 'application/json'];
  return {
    required: schema.required.length > 0,
    content: Object.fromEntries(types.map((type) => [type, { schema }])),
  };
}

function parameterSchema(method: MethodDeclaration, name: string, schema: z.ZodType): JsonObject {
  return {
    ...factsSchema(factsOf(schema)),
    ...(isRefused(method, name) ? { 'x-refused': true } : {}),
  };
}

/** Facts are nearly JSON Schema; a property string's keys go to an own field, because its value is one text. */
function factsSchema(facts: Partial<ParamFacts> | undefined): JsonObject {
  if (!facts) return {};
  const { format, requires, items, pattern, ...plain } = facts;
  return {
    ...plain,
    ...(pattern === undefined
      ? {}
      : { pattern: `^(?:${pattern.replaceAll('(?^:', '(?:').replaceAll('(?^i:', '(?i:')})$` }),
    ...(typeof format === 'string' ? { format } : {}),
    ...(typeof format === 'object' ? { 'x-property-string': format } : {}),
    ...(requires === undefined ? {} : { 'x-requires': requires }),
    ...(items === undefined ? {} : { items: factsSchema(items) }),
  };
}

function replySchema(method: MethodDeclaration): JsonObject {
  const { $schema: _dialect, ...data } = z.toJSONSchema(method.returns, {
    io: 'output',
    unrepresentable: 'any',
  });
  return { type: 'object', required: ['data'], properties: { data } };
}

/** A permission for people. */
export function permissionText(permission: Permission): string {
  if (permission.user === 'world') return 'Open to everybody, without logging in.';
  if (permission.user === 'all') return 'Every user; each sees only what it may see.';
  return permission.check ? checkText(permission.check) : 'Only root@pam.';
}

function checkText(check: PermissionCheck): string {
  switch (check[0]) {
    case 'and':
    case 'or': {
      const parts = (check.slice(1) as PermissionCheck[]).map(checkText);
      return `(${parts.join(` ${check[0]} `)})`;
    }
    case 'perm': {
      const any = check.includes('any');
      return `${check[2].join(any ? ' or ' : ' and ')} on ${check[1]}`;
    }
    case 'userid-param':
      return check[1] === 'self' ? 'for the own user' : `${check[1]} on the realm of the user`;
    case 'userid-group':
      return `${check[1].join(' or ')} on /access/groups or a group of the user`;
    case 'perm-modify':
      return `Permissions.Modify on ${check[1]}`;
  }
}
