// Serves the built web UI: only files that were there at the start, so that no path can lead anywhere else.
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';

/**
 * No script but our own files. Styles may be inline because terminal and charts set them on elements that they make.
 * `'self'` in connect-src covers WebSockets to this server.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** Headers of every page and file of ours. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': contentSecurityPolicy,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
};

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
};
const encodings = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

/** Answers a request for the UI; undefined when it is none of its business. */
export type StaticUi = (
  method: string,
  path: string,
  header: (name: string) => string | undefined,
) => Response | undefined;

/** Reads the list of files once; their contents when first asked for. A folder without `index.html` serves nothing. */
export function loadStaticUi(uiDir: string): StaticUi {
  const files = new Map<string, string>();
  for (const entry of listFiles(uiDir)) files.set(`/${relative(uiDir, entry).split(sep).join('/')}`, entry);
  const contents = new Map<string, Buffer<ArrayBuffer>>();
  const read = (file: string): Buffer<ArrayBuffer> => {
    let bytes = contents.get(file);
    if (!bytes) {
      bytes = readFileSync(file);
      contents.set(file, bytes);
    }
    return bytes;
  };

  return (method, path, header) => {
    if (method !== 'GET' && method !== 'HEAD') return undefined;
    const name = nameOf(path, files);
    const file = name === undefined ? undefined : files.get(name);
    if (name === undefined || file === undefined) return undefined;
    const accepted = new Set(
      (header('accept-encoding') ?? '').split(',').map((word) => word.split(';', 1)[0]?.trim()),
    );
    const packed = encodings.find(([word, suffix]) => accepted.has(word) && files.has(`${name}${suffix}`));
    const headers: Record<string, string> = {
      ...pageHeaders,
      'Content-Type': types[extname(name)] ?? 'application/octet-stream',
      'Cache-Control': isHashed(name) ? 'public, max-age=31536000, immutable' : 'no-cache',
      Vary: 'Accept-Encoding',
      ...(packed ? { 'Content-Encoding': packed[0] } : {}),
    };
    return new Response(read(packed ? (files.get(`${name}${packed[1]}`) ?? file) : file), { headers });
  };
}

/** The file of a path; pages of the UI, which are no files, all are `index.html`. */
function nameOf(path: string, files: ReadonlyMap<string, string>): string | undefined {
  let name: string;
  try {
    name = decodeURIComponent(path);
  } catch {
    return undefined;
  }
  if (files.has(name) && !/\.(br|gz)$/.test(name)) return name;
  // A file that is not there must not come back as a page; pages may have dots in them (`/storages/pve1/my.store`).
  const isFile = /^\/(?:assets\/|[^/]*\.[a-z0-9]+$)/i.test(name);
  const isPage = !isFile && !name.split('/').includes('..');
  return isPage && files.has('/index.html') ? '/index.html' : undefined;
}

/** The bundler puts files whose name changes with their content under /assets/. */
function isHashed(name: string): boolean {
  return /^\/assets\/.+-[A-Za-z0-9_-]{8,}\.[a-z0-9]+$/.test(name);
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return listFiles(path);
    return entry.isFile() ? [path] : [];
  });
}
