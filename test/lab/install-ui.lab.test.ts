// The installation by the web interface, in a real browser: the ISO as a USB stick by UEFI, onto an NVMe disk that then boots.
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, Locator, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { launchChromium, openPage } from '../browser/chromium.ts';
import { LabApi } from './api.ts';
import { bootIso } from './boot-kinds.ts';
import { useMachine } from './fixture.ts';
import {
  bootWithinMs,
  diskBytes,
  inScratch,
  installWithinMs,
  liveWithinMs,
  makeEmptyDisk,
  statusOf,
} from './install-machines.ts';
import { keepPage, keepScreen } from './install-pictures.ts';
import { findIso } from './iso-image.ts';
import type { Machine } from './machine.ts';
import { apiPort } from './machine-spec.ts';

/** The emulated firmware reads kernel and initrd from a stick very slowly: minutes, beside other machines. */
const firmwareWithinMs = 6 * 60_000;
/** An emulated machine answers slowly, and more so while it installs. */
const answerWithinMs = 60_000;
/** The console looks for a new head every five seconds. */
const consoleTurnMs = 8_000;
const hostname = 'croft1';
const password = 'walnut ferry candle 27';

it('installs by the web interface from a USB stick; the disk then boots by UEFI', async () => {
  const iso = await findIso();
  const browser = await launchChromium();
  try {
    await inScratch(async (folder) => {
      const path = await makeEmptyDisk(join(folder, 'disk.raw'), 4 * diskBytes);
      const disk = { path, format: 'raw', bus: 'nvme', serial: 'S4EWNX0R512345' } as const;
      await useMachine(
        () => bootIso('usb-uefi', iso, { name: 'ui', disks: [disk] }),
        (machine) => installByBrowser(machine, browser),
      );
    });
  } finally {
    await browser.close();
  }
});

async function installByBrowser(machine: Machine, browser: Browser): Promise<void> {
  const url = `https://127.0.0.1:${machine.port(apiPort)}/`;
  const errors: string[] = [];
  const [, livePassword = ''] = await machine.serial.waitFor(
    /10\.0\.2\.15:8006[\s\S]*log in as root, password (\S+)\n/,
    firmwareWithinMs + liveWithinMs,
  );
  await delay(consoleTurnMs);
  await keepScreen(machine, 'console');

  const page = await openPage(browser, url, errors);
  page.setDefaultTimeout(answerWithinMs);
  await page.getByLabel('User name').fill('root');
  await page.getByLabel('Password').fill(livePassword);
  await keepPage(page, 'live-login');
  await page.getByRole('button', { name: 'Log in' }).click();
  const banner = page.getByRole('region', { name: 'Live system' });
  await banner.getByText('it runs in memory and forgets everything at power-off').waitFor();
  await banner.getByRole('link', { name: 'Install' }).click();

  await chooseAnswers(page);
  await install(machine, page);
  // The live system is left behind; only from here on its page may complain that it is gone.
  expect(errors).toEqual([]);
  await page.context().close();
  await logInToInstalled(machine, browser, url);
}

/** The four steps, up to the last button. */
async function chooseAnswers(page: Page): Promise<void> {
  const next = () => page.getByRole('button', { name: 'Next', exact: true }).click();
  const disk = page.getByRole('checkbox', { name: /nvme0n1/ });
  await disk.waitFor();
  // The only disk is proposed.
  expect(await disk.isChecked()).toBe(true);
  await disk.uncheck();
  await next();
  await page.getByRole('alert').getByText('Choose a disk').waitFor();
  await disk.check();
  await keepPage(page, 'install-disk');
  await next();

  await page.getByText('Now 10.0.2.15').waitFor();
  await page.getByRole('radio', { name: /By DHCP/ }).check();
  await keepPage(page, 'install-network');
  await next();

  await page.getByLabel('Host name').fill(hostname);
  await page.getByLabel('Time zone').selectOption('Europe/Rome');
  await page.getByLabel('Password of root').fill(password);
  await page.getByLabel('Password again').fill('something else');
  await next();
  await page.getByText('The two passwords differ').waitFor();
  await page.getByLabel('Password again').fill(password);
  await keepPage(page, 'install-access');
  await next();
}

async function install(machine: Machine, page: Page): Promise<void> {
  const submit = page.getByRole('main').getByRole('button', { name: 'Install', exact: true });
  const word = page.getByLabel(/nvme0n1/).and(page.getByRole('textbox'));
  await word.fill('nvme0n2');
  expect(await submit.getAttribute('aria-disabled')).toBe('true');
  await word.fill('nvme0n1');
  expect(await submit.getAttribute('aria-disabled')).toBeNull();
  await keepPage(page, 'install-review');
  const events = await machine.eventCount();
  await submit.click();

  await page.getByRole('heading', { name: 'Installing' }).waitFor();
  const bar = page.getByRole('progressbar', { name: 'Installing' });
  // A bar in its first tenth would say little in a picture.
  await expect.poll(() => shareOf(bar), { timeout: installWithinMs, interval: 250 }).toBeGreaterThan(20);
  await keepPage(page, 'install-running');
  await page.getByRole('heading', { name: 'Installed' }).waitFor({ timeout: installWithinMs });
  await page.getByText('Remove the installation medium').waitFor();
  await keepPage(page, 'install-done');
  // As the page says: pulled out under the live system that still runs from it.
  await machine.unplug('disk1');
  await machine.waitEvent('RESET', 4 * 60_000, events);
}

/** Percent of a progress bar. */
async function shareOf(bar: Locator): Promise<number> {
  return Number(await bar.getAttribute('aria-valuenow'));
}

async function logInToInstalled(machine: Machine, browser: Browser, url: string): Promise<void> {
  const api = new LabApi(machine.port(apiPort), password);
  await api.waitUntilUp(bootWithinMs, () => machine.running);
  const status = await statusOf(api);
  expect(status).toMatchObject({ mode: 'installed', firmware: 'uefi', slot: 'A', warnings: [] });

  const errors: string[] = [];
  const page = await openPage(browser, url, errors);
  page.setDefaultTimeout(answerWithinMs);
  await page.getByLabel('User name').fill('root');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('treeitem', { name: new RegExp(hostname) }).waitFor();
  await keepPage(page, 'install-first-login');
  await expect(page.getByRole('region', { name: 'Live system' }).count()).resolves.toBe(0);
  expect(errors).toEqual([]);
}
