// The end of a test run in a form that any reader of logs understands: what failed, and `12 passed, 0 failed, 1 skipped`.
import { appendFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule, Vitest } from 'vitest/node';

/** Where the failures are noted for who runs several layers and tells them at the end: the path of a file, one line each. */
const noteFile = process.env.CROFT_TEST_FAILURES;

export default class ClosingLine implements Reporter {
  private root = '';

  onInit(vitest: Vitest): void {
    this.root = vitest.config.root;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 };
    const failures: string[] = [];
    for (const module of modules) {
      const file = module.moduleId.replace(`${this.root}/`, '');
      const note = (name: string, errors: readonly { message: string }[]) =>
        failures.push(`${file}${name === '' ? '' : ` > ${name}`}: ${firstLine(errors[0]?.message)}`);
      if (module.errors().length > 0) {
        count.failed += 1;
        note('', module.errors());
      }
      // Failed hooks belong to a suite: no test of it fails by them.
      for (const suite of module.children.allSuites()) {
        if (suite.errors().length > 0) note(suite.fullName, suite.errors());
      }
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state !== 'pending') count[result.state] += 1;
        if (result.state === 'failed') note(test.fullName, result.errors);
      }
    }
    for (const error of unhandled) failures.push(`outside of any test: ${firstLine(error.message)}`);
    for (const failure of failures) process.stdout.write(`\nfailed: ${failure}`);
    if (noteFile !== undefined) appendFileSync(noteFile, failures.map((failure) => `${failure}\n`).join(''));
    process.stdout.write(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`);
  }
}

function firstLine(message: string | undefined): string {
  return (message ?? 'no error was given').split('\n', 1)[0]?.slice(0, 300) ?? '';
}
