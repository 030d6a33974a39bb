// Copies of a container in a real browser on the real daemon: snapshots as a tree, clones in full and linked, templates.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CtDesk, deskVmid as vmid } from './ct-desk.ts';
import type { Person } from './person.ts';

const desk = new CtDesk('cop');
const { world } = desk;
const [full, ofSnapshot, ofTemplate] = [vmid + 1, vmid + 2, vmid + 3];
let person: Person;

/** Runs it for a moment. */
async function inside(id: number, script: string): Promise<string> {
  expect(await world.power(id, 'start')).toBe('OK');
  const text = await world.sh(id, script);
  expect(await world.power(id, 'stop')).toBe('OK');
  return text;
}

/** Warnings are of this machine, whose file system cannot limit a tree. */
const untilCloned = () =>
  expect
    .poll(async () => (await world.newest('vzclone')).status, { timeout: 30_000 })
    .toMatch(/^(OK|WARNINGS: 1)$/);

beforeAll(async () => {
  await desk.open();
  ({ person } = desk);
  expect(await world.create(vmid, desk.addTemplate(), { hostname: 'origin' })).toBe('OK');
  await inside(vmid, 'echo early >/root/file');
  await desk.logIn();
  await person.goTo(/origin/);
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await desk.keep('ct-copies-failed');
});
afterAll(() => desk.close());

describe('copies of a container in the browser', () => {
  it('begin with snapshots, which have names of their own, descriptions, and an order', async () => {
    await person.tab('Snapshots');
    await person.button('Take snapshot').click();
    const name = person.dialog().getByLabel('Name', { exact: true });
    await name.fill('1st');
    await person.dialog().getByRole('button', { name: 'Take', exact: true }).click();
    await person.dialog().getByText('Begins with a letter; 2 to 40 letters').waitFor();
    await person.submit({ Name: 'early' }, 'Take');
    await person.row('early').waitFor();
    await inside(vmid, 'echo late >/root/file');
    await person.button('Take snapshot').click();
    await name.fill('early');
    await person.dialog().getByRole('button', { name: 'Take', exact: true }).click();
    await person.dialog().getByText('There is a snapshot of this name').waitFor();
    await person.submit({ Name: 'late' }, 'Take');
    await person.button('Edit the description of late').click();
    await person.submit({ Description: 'after the change' }, 'Save');
    await person.row('late').getByText('after the change').waitFor();
    await desk.keep('ct-snapshot-tree');

    await person.button('Roll back to early').click();
    await person.dialog().getByText('all other snapshots, also those taken later').waitFor();
    await person.submit({}, 'Roll back');
    // What is now comes after the one that was gone back to: its row stands below it.
    const rows = person.main().getByRole('list', { name: 'Snapshots' }).getByRole('listitem');
    await expect
      .poll(async () => (await rows.allInnerTexts()).map((text) => /early|late|Now/.exec(text)?.[0]))
      .toEqual(expect.arrayContaining(['early', 'late', 'Now']));
    await expect.poll(() => inside(vmid, 'cat /root/file'), { timeout: 30_000 }).toBe('early');
  });

  it('can be full', async () => {
    await person.choose('Clone');
    // Of what goes on changing there is no linked clone.
    expect(
      await person
        .dialog()
        .getByRole('radio', { name: /^Linked/ })
        .isDisabled(),
    ).toBe(true);
    await person.submit({ 'New ID': String(full), 'Host name': 'full' }, 'Clone');
    await person.page.getByRole('treeitem', { name: /full/ }).waitFor();
    await untilCloned();
    expect(await inside(full, 'cat /root/file; hostname')).toBe('early\nfull');
    expect(await world.config(full)).toMatchObject({ hostname: 'full' });
  });

  it('can be linked to a snapshot, whose state they have', async () => {
    await person.choose('Clone');
    await person.dialog().getByLabel('From').selectOption('late');
    await person.dialog().getByLabel('Linked').check();
    expect(await person.dialog().getByLabel('Storage').count()).toBe(0);
    await desk.keep('ct-clone-linked');
    // A number that another guest has is told before anything is sent.
    await person.dialog().getByLabel('New ID').fill(String(full));
    await person.dialog().getByRole('button', { name: 'Clone', exact: true }).click();
    await person.dialog().getByText('Another guest has this number').waitFor();
    await person.submit({ 'New ID': String(ofSnapshot), 'Host name': 'linked' }, 'Clone');
    await person.page.getByRole('treeitem', { name: /linked/ }).waitFor();
    await expect
      .poll(() => inside(ofSnapshot, 'cat /root/file').catch(String), { timeout: 30_000 })
      .toBe('late');
  });

  it('can be made of a template, which runs no more itself', async () => {
    await person.goTo(/full/);
    await person.choose('Convert to template');
    await person.dialog().getByText('This cannot be undone').waitFor();
    await person.submit({}, 'Convert');
    await expect.poll(async () => (await world.config(full))['template']).toBe(1);
    await person.button('Clone').waitFor();
    for (const name of ['Start', 'Shut down']) expect(await person.button(name).count()).toBe(0);
    for (const name of ['Console', 'Snapshots'])
      expect(await person.page.getByRole('tab', { name, exact: true }).count()).toBe(0);
    await desk.keep('ct-template');
    await person.button('Clone').click();
    expect(await person.dialog().getByLabel('Linked').isChecked()).toBe(true);
    await person.submit({ 'New ID': String(ofTemplate), 'Host name': 'child' }, 'Clone');
    await person.goTo(/child/);
    await untilCloned();
    await person.button('Start').click();
    await person.untilState('Running');
    expect(await world.sh(ofTemplate, 'cat /root/file; hostname')).toBe('early\nchild');
  });

  it('keep what they share from being removed', async () => {
    await person.goTo(/full/);
    await person.choose('Delete');
    await person.dialog().getByLabel(`Type ${full} to confirm`).fill(String(full));
    await person.dialog().getByRole('button', { name: 'Delete', exact: true }).click();
    await person.page
      .getByText(/linked clones/)
      .first()
      .waitFor();
    await desk.keep('ct-template-kept');
    expect(await world.config(full)).toMatchObject({ template: 1 });
    expect(desk.errors).toEqual([]);
  });
});
