// The daemon and the processes that it starts, bundled as the image ships them: from the sources each of them would compile these first.
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from './child-server.ts';

/** Runs `work` with the daemon's entry; what was bundled is removed afterwards. */
export async function withShippedDaemon<T>(work: (entry: string) => Promise<T>): Promise<T> {
  // Below the project, so that packages with addons are found.
  const folder = join(root, 'dist', `bench-${process.pid}-shipped`);
  mkdirSync(folder, { recursive: true });
  try {
    await build({
      absWorkingDir: root,
      entryPoints: {
        server: 'server/main.ts',
        'storage-child': 'server/storage/isolation/storage-child.ts',
        'backup-worker': 'server/backup/worker/worker-main.ts',
      },
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      splitting: true,
      minify: true,
      keepNames: true,
      platform: 'node',
      mainFields: ['module', 'main'],
      format: 'esm',
      target: 'node24',
      external: ['better-sqlite3', '@lydell/node-pty'],
      // Dependencies in CommonJS ask for Node's own modules by `require`.
      banner: {
        js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
      },
      logLevel: 'error',
    });
    for (const part of ['guests/ct/config/files', 'guests/ct/driver/hooks'])
      cpSync(join(root, 'server', part), join(folder, part), { recursive: true });
    for (const place of ['openapi-page', 'chunks/openapi-page'])
      cpSync(join(root, 'server/http/openapi-page'), join(folder, place), { recursive: true });
    return await work(join(folder, 'server.mjs'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
