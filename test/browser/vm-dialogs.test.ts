// The dialogs of virtual machines, on the mock: where all places are taken nothing is overwritten, what is refused is told at its
// field, what somebody else changed meanwhile stays, and keys do what they should.
import type { Browser, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keysAndSizes } from '../../ui/mock/key-and-size-handlers.ts';
import { type MockServer, startMock } from '../../ui/mock/server.ts';
import { keepScreenshot, launchChromium, openPage } from './chromium.ts';
import { Person } from './person.ts';

const errors: string[] = [];
let mock: MockServer;
let browser: Browser;
let person: Person;

beforeAll(async () => {
  mock = await startMock(0);
  browser = await launchChromium();
  person = new Person(await openPage(browser, mock.url, errors));
  await person.logIn('root', 'croft');
});
afterAll(async () => {
  if (person) await keepScreenshot(person.page, 'vm-dialogs-end');
  await browser?.close();
  await mock?.close();
});

const vmid = 102;
const field = (label: string) => person.dialog().getByLabel(label, { exact: true });
const save = () => person.dialog().getByRole('button', { name: 'Save', exact: true });
const config = () => mock.world.configs.get(vmid) ?? {};
const untilFocus = (target: Locator) =>
  expect.poll(() => target.and(person.page.locator(':focus')).count(), { timeout: 10_000 }).toBe(1);

/** What somebody else does: the page reads the configuration again. */
async function elsewhere(change: Record<string, string>): Promise<void> {
  const read = person.page.waitForResponse(/\/pending$/);
  mock.world.configs.set(vmid, { ...config(), ...change });
  mock.world.emit({ type: 'config', path: `/vms/${vmid}` });
  await read;
}

/** Answers the next such request as the daemon refuses it. */
async function refuse(address: RegExp, refused: Record<string, string>): Promise<void> {
  await person.page.route(
    address,
    (route) =>
      ['POST', 'PUT'].includes(route.request().method())
        ? route.fulfill({
            status: 400,
            json: { data: null, message: 'Parameter verification failed.', errors: refused },
          })
        : route.fallback(),
    { times: 1 },
  );
}

const numbered = (prefix: string, count: number, value: string) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${prefix}${i}`, value]));

describe('hardware', () => {
  it('takes back nothing that somebody else changed while its dialog was open', async () => {
    await person.page.goto(`${mock.url}/vms/${vmid}/hardware`);
    await person.button('Edit Processor').click();
    await field('Cores per socket').fill('3');
    await elsewhere({ cpuunits: '77', shares: '900' });
    expect(await field('Cores per socket').inputValue()).toBe('3');
    await save().click();
    await person.dialog().waitFor({ state: 'detached' });
    expect(mock.world.pending.get(vmid) ?? config()).toMatchObject({ cores: '3' });
    expect(config()['cpuunits']).toBe('77');
    expect(mock.world.pending.get(vmid) ?? {}).not.toHaveProperty('cpuunits');
  });

  it('says at the field what the daemon refused', async () => {
    await person.button('Edit Processor').click();
    await field('Cores per socket').fill('2');
    await refuse(/\/config$/, { cpuunits: 'too heavy', cores: 'too many' });
    await save().click();
    await person.untilAttribute(field('Cores per socket'), 'aria-invalid', 'true');
    await person.untilAttribute(field('Weight'), 'aria-invalid', 'true');
    await person.dialog().getByText('too heavy').waitFor();
    await person.dialog().getByRole('button', { name: 'Cancel' }).click();

    await person.button('Edit Memory').click();
    await field('Memory').fill('1024');
    await refuse(/\/config$/, { memory: 'not so much' });
    await save().click();
    await person.untilAttribute(field('Memory'), 'aria-invalid', 'true');
    await person.dialog().getByRole('button', { name: 'Cancel' }).click();
  });

  it('says at the field that no storage holds disks', async () => {
    await person.page.route(/\/storage\?/, (route) => route.fulfill({ json: { data: [] } }), { times: 1 });
    await person.button('Add disk').click();
    await person.dialog().getByText('No storage of this node holds disk images').waitFor();
    await person.dialog().getByRole('button', { name: 'Cancel' }).click();
  });

  it('overwrites nothing where all places are taken', async () => {
    const drive = 'none,media=cdrom';
    await elsewhere({
      ...numbered('net', 32, 'virtio,bridge=vmbr0'),
      ...{ ...numbered('ide', 4, drive), ...numbered('sata', 6, drive), ...numbered('scsi', 31, drive) },
    });
    await person.row('net31').waitFor();
    await person.button('Add network card').click();
    await person.untilAttribute(save(), 'title', 'There are as many as there can be');
    await person.dialog().getByRole('button', { name: 'Cancel' }).click();
    await person.button('Add device').click();
    await person.page.getByRole('menuitem', { name: 'CD/DVD drive' }).click();
    await person.untilAttribute(save(), 'title', 'All places for drives are taken');
    await person.dialog().getByRole('button', { name: 'Cancel' }).click();
  });
});

async function openCreate(): Promise<void> {
  await person.page.goto(mock.url);
  await person.button('Create VM').first().click();
  await expect.poll(() => field('VM ID').inputValue(), { timeout: 20_000 }).not.toBe('');
}

describe('the keyboard', () => {
  it('keeps its place while devices are put into another order', async () => {
    await person.page.goto(`${mock.url}/vms/100/options`);
    await person.button('Edit Boot order').click();
    const down = person.dialog().getByRole('button', { name: 'Move scsi0 down' });
    await down.focus();
    await person.page.keyboard.press('Enter');
    await untilFocus(down);
    await person.page.keyboard.press('Enter');
    await untilFocus(down);
    const up = person.dialog().getByRole('button', { name: 'Move net0 up' });
    await up.focus();
    await person.page.keyboard.press('Enter');
    await untilFocus(up);
    await save().click();
    await person.dialog().waitFor({ state: 'detached' });
    await expect
      .poll(() => mock.world.pending.get(100)?.['boot'], { timeout: 10_000 })
      .toBe('order=net0;ide2;scsi0');
  });

  it('keeps its place while sizes are put into another order', async () => {
    await person.page.goto(`${mock.url}/sizes`);
    const down = person.main().getByRole('button', { name: 'Move Tiny down' }).first();
    const order = () =>
      keysAndSizes(mock.world)
        .sizes.filter(({ kind }) => kind === 'qemu')
        .map(({ id }) => id)
        .slice(0, 3);
    await down.focus();
    await person.page.keyboard.press('Enter');
    await expect.poll(order, { timeout: 10_000 }).toEqual(['vm-small', 'vm-tiny', 'vm-medium']);
    await untilFocus(down);
    await person
      .row('Tiny')
      .first()
      .locator('xpath=preceding-sibling::li[1]')
      .filter({ hasText: 'Small' })
      .waitFor();
    await person.page.keyboard.press('Enter');
    await expect.poll(order, { timeout: 10_000 }).toEqual(['vm-small', 'vm-medium', 'vm-tiny']);
    await untilFocus(down);
  });

  it('goes through what a machine begins with, and leaves the dialog only by what leads elsewhere', async () => {
    await openCreate();
    await field('Name').fill('typed');
    await person.dialog().getByRole('radio').first().focus();
    for (let i = 0; i < 6; i += 1) await person.page.keyboard.press('ArrowDown');
    expect(await field('Name').inputValue()).toBe('typed');
    await person.dialog().getByRole('button', { name: 'Another machine' }).focus();
    await person.page.keyboard.press('Enter');
    await person.dialog().getByText('Import a virtual machine').waitFor();
    await person.dialog().getByRole('button', { name: 'Cancel' }).click();
  });
});

describe('creating', () => {
  it('says at the disc that the disc was refused', async () => {
    await openCreate();
    await field('ISO image').selectOption({ index: 1 });
    await person.dialog().getByRole('button', { name: 'Review' }).click();
    await refuse(/\/qemu$/, { ide2: 'there is no such disc any more' });
    await person.dialog().getByRole('button', { name: 'Create', exact: true }).click();
    await person.untilAttribute(field('ISO image'), 'aria-invalid', 'true');
    await person.dialog().getByText('there is no such disc any more').waitFor();
    // The browser says itself that the requests failed.
    expect(errors.filter((text) => !text.includes('400'))).toEqual([]);
  });
});
