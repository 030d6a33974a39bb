// The UI's build: one page, hashed assets, each page and console its own chunk; in development a proxy to the daemon.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig, type Plugin } from 'vite';
import solid from 'vite-plugin-solid';

const daemon = process.env['CROFT_DAEMON'] ?? 'https://localhost:8006';

/** What floats above the page: not needed for logging in. */
const overlays =
  /node_modules[\\/](@kobalte|@floating-ui|@corvu|@internationalized|solid-presence|solid-prevent-scroll)[\\/]|ui[\\/](components[\\/](dialog|confirm-dialog)|pages[\\/]guest[\\/]edit-dialog)\./;
/** What every page uses. Tables, charts and what is done with many at once come when the first is shown; words come by language. */
const base =
  /node_modules[\\/](@solid-primitives|lucide-solid)[\\/]|ui[\\/](i18n[\\/](?!..[\\/])|(api|format|theme|live)[\\/]|components[\\/](?!as-code|data-table|table-|guest-(list|columns|bulk|words)|bulk-|task-(list|details)|drawer|chart|metrics))|contract[\\/]guest-actions/;

/** Below this a packed copy saves nothing. */
const packFromBytes = 1024;

/** Puts a `.gz` and a `.br` beside each text: the daemon serves files as they are and packs nothing by itself. */
function packed(): Plugin {
  return {
    name: 'packed',
    apply: 'build',
    writeBundle({ dir }) {
      if (dir === undefined) return;
      for (const name of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
        const file = join(dir, name);
        if (!/\.(js|css|svg)$/.test(name) || statSync(file).size < packFromBytes) continue;
        const bytes = readFileSync(file);
        writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
        writeFileSync(`${file}.br`, brotliCompressSync(bytes));
      }
    },
  };
}

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [solid(), tailwindcss(), packed()],
  build: {
    outDir: '../dist/ui',
    emptyOutDir: true,
    target: 'es2023',
    assetsDir: 'assets',
    // Data URIs would need a wider content policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    rolldownOptions: {
      output: {
        // Few files instead of dozens of tiny ones: HTTP/1.1 fetches six at a time.
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [
            { name: 'overlays', test: overlays, priority: 3 },
            { name: 'solid', test: /node_modules[\\/](solid-js|@solidjs)[\\/]/, priority: 2 },
            { name: 'base', test: base, priority: 1 },
          ],
        },
      },
    },
  },
  server: {
    port: 5173,
    proxy: { '/api2': { target: daemon, secure: false, ws: true, changeOrigin: true } },
  },
});
