// An update by the web interface, in a real browser: the file is chosen, the node restarts into it on trial, and the page
// that was open all the while tells that it was kept.
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { launchChromium, openPage } from '../browser/chromium.ts';
import { Person } from '../browser/person.ts';
import { labPassword } from './answer-medium.ts';
import { applianceOf, bootWithinMs } from './appliance-steps.ts';
import { withLab } from './fixture.ts';
import { keepPage } from './install-pictures.ts';
import { findIso } from './iso-image.ts';
import { apiPort } from './machine-spec.ts';
import { builtUpdate, isoVersion } from './make-update.ts';
import type { LabNode } from './node.ts';

const minute = 60_000;
/** An emulated machine answers slowly, and more so while it writes. */
const answerWithinMs = minute;
const writtenWithinMs = 6 * minute;
/** The trial gives the new version ten minutes to prove itself. */
const keptWithinMs = 11 * minute;

it('is brought, tried and kept by the page of the node', { timeout: 30 * minute }, async () => {
  const iso = await findIso();
  const next = await builtUpdate(iso, 'next');
  const browser = await launchChromium();
  try {
    await withLab(1, async ([node]) => {
      const page = await openPage(browser, `https://127.0.0.1:${node!.machine.port(apiPort)}/`, []);
      page.setDefaultTimeout(answerWithinMs);
      await update(node!, new Person(page), page, isoVersion(iso), next);
    });
  } finally {
    await browser.close();
  }
});

async function update(
  node: LabNode,
  person: Person,
  page: Page,
  before: string,
  next: { readonly path: string; readonly version: string },
): Promise<void> {
  await person.logIn('root', labPassword);
  await person.goTo(new RegExp(node.name));
  await person.tab('System');
  const slots = page.getByRole('list', { name: 'Slots' }).getByRole('listitem');
  await slots
    .filter({ hasText: 'Slot A' })
    .filter({ hasText: 'Running' })
    .filter({ hasText: before })
    .waitFor();
  await slots.filter({ hasText: 'Slot B' }).filter({ hasText: 'Empty' }).waitFor();

  await page.getByLabel('From a file').setInputFiles(next.path);
  await page.getByRole('progressbar').first().waitFor();
  await keepPage(page, 'update-sending');
  const restart = person.button('Restart into the new version');
  await restart.waitFor({ timeout: writtenWithinMs });
  await slots
    .filter({ hasText: 'Slot B' })
    .filter({ hasText: 'Ready to try' })
    .filter({ hasText: next.version })
    .waitFor();
  await keepPage(page, 'update-written');

  const events = await node.machine.eventCount();
  await restart.click();
  await person.dialog().getByText('No guest runs on it.').waitFor();
  await person.dialog().getByRole('button', { name: 'Restart now' }).click();
  await node.ssh.close();
  await node.machine.waitEvent('RESET', 6 * minute, events);
  await keepPage(page, 'update-away');

  // The page was never left: it finds the node again by itself, and says what runs there now.
  const kept = page.getByText(`Updated from ${before} to ${next.version}`);
  await page.getByText(`Version ${next.version} is on trial`).or(kept).waitFor({ timeout: bootWithinMs });
  await keepPage(page, 'update-trial');
  await kept.waitFor({ timeout: keptWithinMs });
  await slots.filter({ hasText: 'Slot B' }).filter({ hasText: 'Boots by default' }).waitFor();
  expect(await person.button('Previous version').isEnabled()).toBe(true);
  await keepPage(page, 'update-kept');
  expect(await applianceOf(node)).toMatchObject({ slot: 'B', version: next.version, trial: 0, warnings: [] });
}
