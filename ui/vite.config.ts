// The UI's build: one page, hashed assets, each page and console its own chunk; in development a proxy to the daemon.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig, type Plugin } from 'vite';
import solid from 'vite-plugin-solid';

const root = fileURLToPath(new URL('.', import.meta.url));
const daemon = process.env['CROFT_DAEMON'] ?? 'https://localhost:8006';

/** What floats above the page, and what pages have in common: fetched when the first of it is opened, or when there is time. */
const parts =
  /node_modules[\\/](@kobalte|@floating-ui|@corvu|@internationalized|@solid-primitives|solid-presence|solid-prevent-scroll|lucide-solid)[\\/]|ui[\\/]((api|format|live|theme)[\\/]|components[\\/](dialog|confirm-dialog|drawer)|pages[\\/]guest[\\/]edit-dialog)|contract[\\/]guest-actions/;

/** Where what is needed before somebody has logged in begins, and what is drawn behind the door. */
const doorEntry = 'main.tsx';
const frameEntries = ['shell/shell.tsx', 'pages/datacenter-page.tsx'];

interface ModuleGraph {
  getModuleInfo(id: string): { readonly importedIds: readonly string[] } | null;
}

/** What a module needs before it runs: not `import(...)`, that waits. Each file's is looked for once in a build. */
function reachable(entry: string, graph: ModuleGraph, seen: Set<string>): Set<string> {
  const ids = [join(root, entry)];
  for (let id = ids.pop(); id !== undefined; id = ids.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    ids.push(...(graph.getModuleInfo(id)?.importedIds ?? []));
  }
  return seen;
}

/** Chunks by when they are needed. The first load is few files: each costs its headers, and HTTP/1.1 fetches six at a time. */
function chunkNames(): (id: string, graph: ModuleGraph) => string | null {
  let door: Set<string> | undefined;
  let frame: Set<string> | undefined;
  return (id, graph) => {
    door ??= reachable(doorEntry, graph, new Set());
    const known = door;
    frame ??= frameEntries.reduce((seen, entry) => reachable(entry, graph, seen), new Set(known));
    // The entry stays what it is: it waits for words, and what it waits for must not wait for it.
    if (id.endsWith('.css') || id === join(root, doorEntry)) return null;
    if (door.has(id)) return /node_modules[\\/](solid-js|@solidjs)[\\/]/.test(id) ? 'solid' : 'base';
    if (frame.has(id)) return 'frame';
    return parts.test(id) ? 'parts' : null;
  };
}

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
  root,
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
        codeSplitting: { includeDependenciesRecursively: false, groups: [{ name: chunkNames() }] },
      },
    },
  },
  server: {
    port: 5173,
    proxy: { '/api2': { target: daemon, secure: false, ws: true, changeOrigin: true } },
  },
});
