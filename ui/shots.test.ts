// Every address of the app has a picture, so that nobody forgets to look at a page; and names do not meet.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { shots } from './shots.ts';

const source = readFileSync(new URL('./app.tsx', import.meta.url), 'utf8');
const routes = [...source.matchAll(/<Route\s+path="([^"]+)"/g)].map(([, path]) => path ?? '');

/** Whether the address is one that the route's pattern means. `?` marks a part that may be missing. */
function fits(route: string, address: string): boolean {
  const given = (address.split(/[?#]/)[0] ?? '').split('/').filter(Boolean);
  const wanted = route.split('/').filter(Boolean);
  const needed = wanted.filter((part) => !part.endsWith('?')).length;
  if (given.length < needed || given.length > wanted.length) return false;
  return given.every((part, i) => wanted[i]?.startsWith(':') || wanted[i] === part);
}

it('reads the routes of the app', () => {
  expect(routes.length).toBeGreaterThan(5);
  expect(fits('/vms/:vmid/:tab?', '/vms/100')).toBe(true);
  expect(fits('/vms/:vmid/:tab?', '/vms/100/console?full=1')).toBe(true);
  expect(fits('/vms/:vmid/:tab?', '/cts/100')).toBe(false);
  expect(fits('/nodes/:node/:tab?', '/nodes/a/storage/local')).toBe(false);
});

it.each(routes.filter((route) => route !== '*'))('%s has a picture', (route) => {
  expect(shots.map(({ path }) => path).filter((path) => fits(route, path))).not.toEqual([]);
});

it('has a name of its own for each picture', () => {
  const names = shots.map(({ name }) => name);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});
