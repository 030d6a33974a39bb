// Bundles a suite or a benchmark into one file that an appliance's own Node runs: nothing of this project need be there.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const runner = fileURLToPath(new URL('runner.ts', import.meta.url));

/** `entry` relative to the project, `outfile` ending in `.mjs`. Imports of vitest become those of `runner.ts`. */
export async function bundleForAppliance(entry: string, outfile: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    sourcemap: 'inline',
    keepNames: true,
    mainFields: ['module', 'main'],
    external: ['better-sqlite3', '@lydell/node-pty'],
    // Dependencies in CommonJS ask for Node's own modules by `require`.
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
    logLevel: 'error',
    plugins: [
      {
        name: 'runner-for-vitest',
        setup(plugin) {
          plugin.onResolve({ filter: /^vitest$/ }, ({ importer }) =>
            importer === runner ? undefined : { path: runner },
          );
        },
      },
    ],
  });
}
