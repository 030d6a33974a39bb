// `npm run api:coverage`: prints how much of the published contract has a handler; `--json` for programs.
// Exits with 1 when a declaration differs from the contract.

import { measureCoverage, renderCoverage } from './coverage-report.ts';
import { declarationsWithHandlers } from './implemented.ts';

const coverage = measureCoverage(await declarationsWithHandlers());
if (process.argv.includes('--json')) {
  const { implemented, missing, mismatches } = coverage;
  process.stdout.write(`${JSON.stringify({ implemented, missing, mismatches }, null, 1)}\n`);
} else {
  process.stdout.write(`${renderCoverage(coverage)}\n`);
}
process.exitCode = coverage.mismatches.length > 0 ? 1 : 0;
