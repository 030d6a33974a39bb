// Pictures of the installation: into the documentation when CROFT_LAB_PICTURES=1, else to the results of the tests.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import type { Machine } from './machine.ts';

const folder = fileURLToPath(
  new URL(
    process.env['CROFT_LAB_PICTURES'] === '1' ? '../../docs/images' : '../../test-results/lab',
    import.meta.url,
  ),
);

function fileOf(name: string): string {
  mkdirSync(folder, { recursive: true });
  return join(folder, `${name}.png`);
}

/** What the browser shows, at the size of its window. */
export async function keepPage(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: fileOf(name), animations: 'disabled' });
}

/** What the machine's screen shows. */
export async function keepScreen(machine: Machine, name: string): Promise<void> {
  await machine.screenshot(fileOf(name));
}
