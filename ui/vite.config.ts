// The UI's build: one page, hashed assets, each page and console its own chunk; in development a proxy to the daemon.
import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vite';
import solid from 'vite-plugin-solid';

const daemon = process.env['CROFT_DAEMON'] ?? 'https://localhost:8006';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [solid(), tailwindcss()],
  build: {
    outDir: '../dist/ui',
    emptyOutDir: true,
    target: 'es2023',
    assetsDir: 'assets',
    // Data URIs would need a wider content policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  server: {
    port: 5173,
    proxy: { '/api2': { target: daemon, secure: false, ws: true, changeOrigin: true } },
  },
});
