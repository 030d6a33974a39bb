// The API's description: complete, self-consistent, and the page that shows it is allowed by its own policy.
import { describe, expect, it } from 'vitest';
import { declarations } from '../contract/index.ts';
import { testApp } from './app-fixture.ts';
import { openApiDocument, permissionText } from './openapi.ts';

type Json = Record<string, never>;
const document = openApiDocument(declarations, '1.2.3') as unknown as {
  openapi: string;
  info: { version: string };
  paths: Record<string, Record<string, Json>>;
};

describe('the document', () => {
  it('has every declared method, in plain JSON', () => {
    const operations = Object.values(document.paths).flatMap((item) => Object.keys(item));
    expect(operations).toHaveLength(declarations.length);
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
    expect(document).toMatchObject({ openapi: '3.1.0', info: { version: '1.2.3' } });
  });

  it('declares every parameter of a path', () => {
    for (const [path, item] of Object.entries(document.paths)) {
      const names = [...path.matchAll(/\{([^}]+)\}/g)].map((found) => found[1]);
      for (const operation of Object.values(item)) {
        const parameters = (operation['parameters'] ?? []) as { name: string; in: string }[];
        const inPath = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
        expect(inPath.sort(), path).toEqual([...names].sort());
      }
    }
  });

  it('tells bounds, permissions and refusals', () => {
    expect(document.paths['/cluster/nextid']?.['get']).toMatchObject({
      parameters: [{ name: 'vmid', in: 'query', required: false, schema: { type: 'integer', minimum: 100 } }],
    });
    expect(document.paths['/storage']?.['post']).toMatchObject({
      'x-permission-text': 'Datastore.Allocate on /storage',
      requestBody: {
        content: {
          'application/json': {
            schema: {
              required: expect.arrayContaining(['storage', 'type']),
              properties: {
                krbd: { 'x-refused': true },
                path: expect.not.objectContaining({ 'x-refused': true }),
              },
            },
          },
        },
      },
    });
  });
});

describe('permissions in words', () => {
  it.each([
    [{ user: 'world' }, 'Open to everybody, without logging in.'],
    [{}, 'Only root@pam.'],
    [
      { check: ['or', ['userid-param', 'self'], ['perm', '/a', ['Sys.Audit', 'Sys.Modify'], 'any', 1]] },
      '(for the own user or Sys.Audit or Sys.Modify on /a)',
    ],
  ] as const)('%j', (permission, text) => {
    expect(permissionText(permission)).toBe(text);
  });
});

describe('the page', () => {
  const { hono } = testApp();

  it('and the document are open to everybody', async () => {
    const response = await hono.request('/api2/openapi.json');
    expect(response.status).toBe(200);
    expect(await response.json()).toHaveProperty('paths');
  });

  it('holds nothing inline, under a policy that would not allow it', async () => {
    const page = await hono.request('/api2/docs');
    const html = await page.text();
    expect(page.headers.get('content-security-policy')).toMatch(/script-src 'self';/);
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|\bon[a-z]+=|\bstyle=|https?:\/\//);
    for (const [, path] of html.matchAll(/(?:src|href)="(\/api2\/docs[^"]+)"/g)) {
      expect((await hono.request(path!)).status, path).toBe(200);
    }
  });
});
