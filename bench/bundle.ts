// Bundles an entry of the daemon into one file, as an image would ship it, to compare it with running from the sources.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { root } from './child-server.ts';

/** Runs `work` with the path of the bundle, which is removed afterwards. */
export async function withDaemonBundle<T>(entry: string, work: (bundle: string) => Promise<T>): Promise<T> {
  // Below the project, so that what is left outside of it is found.
  const bundle = join(root, 'dist', `bench-${process.pid}-${entry.replaceAll(/\W/g, '-')}.mjs`);
  try {
    await build({
      entryPoints: [join(root, entry)],
      outfile: bundle,
      bundle: true,
      minify: true,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      external: ['better-sqlite3'],
      // Dependencies in CommonJS ask for Node's own modules by `require`.
      banner: {
        js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
      },
      logLevel: 'error',
      plugins: [
        {
          // Files that the daemon reads from beside its sources stay where they are.
          name: 'keep-places',
          setup(plugin) {
            plugin.onLoad({ filter: /\/(server|network|storage-plugins)\/.*\.ts$/ }, ({ path }) => ({
              contents: readFileSync(path, 'utf8').replaceAll(
                'import.meta.url',
                JSON.stringify(pathToFileURL(path).href),
              ),
              loader: 'ts',
            }));
          },
        },
      ],
    });
    return await work(bundle);
  } finally {
    rmSync(bundle, { force: true });
  }
}
