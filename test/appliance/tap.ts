// Reads the end of what Node's test runner writes as TAP: how many tests there were, and which failed.

export interface TapClosing {
  readonly tests: number;
  readonly pass: number;
  readonly fail: number;
  readonly skipped: number;
  /** Names of the failed tests, those of the suites around them left out. */
  readonly failed: readonly string[];
}

/** Throws when the text has no end: the run was cut off. */
export function closingOf(tap: string): TapClosing {
  const number = (word: string) => {
    const found = new RegExp(`^# ${word} (\\d+)$`, 'm').exec(tap)?.[1];
    if (found === undefined) throw new Error(`the tests did not come to their end:\n${tap.slice(-4000)}`);
    return Number(found);
  };
  const failures = [...tap.matchAll(/^( *)not ok \d+ - (.*)$/gm)].map((match) => ({
    at: match.index,
    name: match[2] ?? '',
  }));
  const failed = failures
    // A suite fails when a test in it does; its block says what it is.
    .filter(({ at }) => !/^\s*type: 'suite'$/m.test(tap.slice(at, tap.indexOf('\n', at) + 200)))
    .map(({ name }) => name.replace(/ # .*$/, ''));
  return {
    tests: number('tests'),
    pass: number('pass'),
    fail: number('fail') + number('cancelled'),
    skipped: number('skipped'),
    failed,
  };
}
