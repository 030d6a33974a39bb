// The declarations say the same as the published contract, and the comparison notices when they do not.
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { compareMethod, type PublishedContract } from '../../server/contract/coverage.ts';
import { declarations } from '../../server/contract/index.ts';
import { defineMethod, type MethodDeclaration, methodName } from '../../server/contract/method.ts';
import { boolean, choice, indexed, integer, string } from '../../server/contract/params.ts';
import { measureCoverage, readClientPaths, readContract, renderCoverage } from './coverage-report.ts';
import { declarationsWithHandlers } from './implemented.ts';

const asDeclaration = (declaration: unknown): MethodDeclaration => declaration as MethodDeclaration;

describe('declared methods', () => {
  it.each(declarations.map((declaration) => [methodName(declaration), declaration] as const))(
    '%s is as published',
    (_name, declaration) => {
      expect(compareMethod(declaration, readContract())).toEqual([]);
    },
  );

  it('are declared once each', () => {
    expect(measureCoverage(declarations).mismatches).toEqual([]);
  });
});

describe('methods with a handler', () => {
  it('are as published', async () => {
    expect(measureCoverage(await declarationsWithHandlers()).mismatches).toEqual([]);
  });
});

describe('the comparison', () => {
  const contract: PublishedContract = {
    'PUT /thing/{id}': {
      permission: { check: ['perm', '/thing/{id}', ['Sys.Modify']] },
      params: {
        id: { type: 'integer', minimum: 1 },
        kind: { type: 'string', enum: ['a', 'b'], optional: true, default: 'a' },
        on: { type: 'boolean', optional: true, default: 1 },
        'net[n]': { type: 'string', optional: true, maxLength: 9 },
      },
    },
  };
  const good = {
    verb: 'PUT',
    path: '/thing/{id}',
    summary: '',
    permission: { check: ['perm', '/thing/{id}', ['Sys.Modify']] },
    params: z.object({
      id: integer({ minimum: 1 }),
      kind: choice(['a', 'b'], { default: 'a' }).optional(),
      on: boolean({ default: 'yes' }).default(true),
      ...indexed('net', 2, string({ maxLength: 9 })),
      'confirm-timeout': integer().optional(),
    }),
    returns: z.null(),
  } as const;
  const problems = (change: object): string[] =>
    compareMethod(asDeclaration({ ...good, ...change }), contract).map(
      (m) => `${m.param ?? '-'}: ${m.problem}`,
    );

  it('finds nothing where all is equal', () => {
    expect(problems({})).toEqual([]);
  });

  it.each([
    ['a wrong bound', { id: integer({ minimum: 2 }) }, 'id: minimum is 2, published 1'],
    ['a wrong type', { id: string() }, 'id: type is "string", published "integer"'],
    [
      'a wrong optionality',
      { id: integer({ minimum: 1 }).optional() },
      'id: is optional, published otherwise',
    ],
    ['a missing default', { on: boolean().optional() }, 'on: default is -, published 1'],
    [
      'other words',
      { kind: choice(['a'], { default: 'a' }).optional() },
      'kind: enum is ["a"], published ["a","b"]',
    ],
    ['one too many', { more: string() }, 'more: not in the contract'],
    ['no facts', { id: z.number() }, 'id: carries no facts'],
  ])('finds %s', (_what, shape, problem) => {
    expect(problems({ params: z.object({ ...good.params.shape, ...shape }) })).toContain(problem);
  });

  it('finds a parameter that is not declared, a permission and a refusal that differ, an unknown method', () => {
    const { id: _id, ...without } = good.params.shape;
    expect(problems({ params: z.object(without) })).toContain('id: not declared');
    expect(problems({ permission: { user: 'all' } })[0]).toMatch(/permission is/);
    expect(problems({ refuses: ['nothing'] })).toContain('nothing: refused, but not in the contract');
    expect(problems({ refuses: ['id'] })).toContain('id: refused, but the contract requires it');
    expect(problems({ path: '/other' })).toEqual(['-: not in the contract: declare it as an extension']);
    expect(problems({ path: '/other', extension: true })).toEqual([]);
  });
});

describe('the report', () => {
  const version = defineMethod({
    verb: 'GET',
    path: '/version',
    summary: '',
    permission: { user: 'all' },
    params: z.object({}),
    returns: z.unknown(),
  });

  it('counts methods and client-used paths', () => {
    const coverage = measureCoverage([asDeclaration(version)]);
    expect(coverage.implemented).toEqual(['GET /version']);
    expect(coverage.missing).toHaveLength(648);
    expect(renderCoverage(coverage).split('\n')[0]).toBe(
      'implemented 1/649 methods, 1/189 client-used paths, 0 mismatches',
    );
  });

  it('rests on the whole contract', () => {
    expect(Object.keys(readContract())).toHaveLength(649);
    expect(readClientPaths()).toHaveLength(189);
  });
});
