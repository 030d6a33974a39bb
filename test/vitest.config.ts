// The layers of tests. Unit tests stand beside their file and need nothing outside Node; the others need root and this machine's services.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('..', import.meta.url));
const served = ['**/node_modules/**', '**/dist/**'];

/** Tests that share the machine's libvirt and network run one file after the other. */
function serial(name: string, include: string[], timeoutSeconds: number) {
  return {
    root,
    test: {
      name,
      include,
      exclude: served,
      fileParallelism: false,
      testTimeout: timeoutSeconds * 1000,
      hookTimeout: timeoutSeconds * 1000,
    },
  };
}

export default defineConfig({
  root,
  test: {
    reporters: ['default', './test/closing-line.ts'],
    projects: [
      {
        root,
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...served, '**/*.host.test.ts', 'test/browser/**', 'test/clients/**', 'test/lab/**'],
          // One import of the sources for all files of a worker: they keep no state at module level.
          isolate: false,
          testTimeout: 15_000,
        },
      },
      serial('host', ['**/*.host.test.ts'], 120),
      serial('browser', ['test/browser/**/*.test.ts'], 240),
      serial('lab', ['test/lab/**/*.lab.test.ts'], 1200),
      serial('clients', ['test/clients/**/*.test.ts'], 240),
    ],
  },
});
