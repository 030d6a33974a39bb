// The page to browse the API's description with: our own three files, nothing inline.
import { readFileSync } from 'node:fs';
import { pageHeaders } from './static-ui.ts';

interface Asset {
  readonly text: string;
  readonly headers: Record<string, string>;
}

const folder = new URL('./openapi-page/', import.meta.url);
const files = [
  ['/api2/docs', 'page.html', 'text/html; charset=utf-8'],
  ['/api2/docs/page.js', 'page.js', 'text/javascript; charset=utf-8'],
  ['/api2/docs/page.css', 'page.css', 'text/css; charset=utf-8'],
] as const;

/** Path and content of each file of the page. */
export function openApiPage(): Map<string, Asset> {
  return new Map(
    files.map(([path, file, type]) => [
      path,
      {
        text: readFileSync(new URL(file, folder), 'utf8'),
        headers: { ...pageHeaders, 'Content-Type': type, 'Cache-Control': 'no-cache' },
      },
    ]),
  );
}
