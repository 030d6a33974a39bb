// Reads the published contract kept as test data and renders the coverage report.
import { readFileSync } from 'node:fs';
import { type Coverage, coverageOf, type PublishedContract } from '../../server/contract/coverage.ts';
import type { MethodDeclaration } from '../../server/contract/method.ts';

/** A path that existing clients call, and which ones do. */
export interface ClientPath {
  readonly path: string;
  readonly clients: readonly string[];
}

const fixtures = new URL('../fixtures/api/', import.meta.url);

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, fixtures), 'utf8'));
}

/** The published contract, by method name. */
export function readContract(): PublishedContract {
  return readJson('methods.json') as PublishedContract;
}

/** The paths that existing clients call, those with most clients first. */
export function readClientPaths(): ClientPath[] {
  return readJson('client-paths.json') as ClientPath[];
}

/** Compares the given declarations, which must be those with a handler, with the published contract. */
export function measureCoverage(implemented: readonly MethodDeclaration[]): Coverage {
  return coverageOf(
    implemented,
    readContract(),
    readClientPaths().map((entry) => entry.path),
  );
}

/** The report for people: the summary line, then mismatches, extensions and what is missing, by number of clients. */
export function renderCoverage(coverage: Coverage): string {
  const methods = coverage.implemented.length + coverage.missing.length;
  const paths = coverage.clientPaths.covered.length + coverage.clientPaths.missing.length;
  const lines = [
    `implemented ${coverage.implemented.length}/${methods} methods, ${coverage.clientPaths.covered.length}/${paths} client-used paths, ${coverage.mismatches.length} mismatches`,
  ];
  const section = (title: string, entries: readonly string[]): void => {
    if (entries.length > 0) lines.push('', `${title}:`, ...entries.map((entry) => `  ${entry}`));
  };
  section(
    'mismatches',
    coverage.mismatches.map((m) => `${m.method}${m.param ? ` ${m.param}` : ''}: ${m.problem}`),
  );
  section('implemented', coverage.implemented);
  section('beside the contract', coverage.extensions);
  const clients = new Map(readClientPaths().map((entry) => [entry.path, entry.clients]));
  section(
    'client-used paths that are missing',
    coverage.clientPaths.missing.map((path) => `${path} (${clients.get(path)?.join(', ') ?? ''})`),
  );
  return lines.join('\n');
}
