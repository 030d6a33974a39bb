// Storages in a real browser on the real daemon: a folder is added, used, changed, disabled, found missing, and taken out again.
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TestDaemon } from '../host/daemon.ts';
import { eventually } from '../host/wait.ts';
import { Desk } from './desk.ts';
import type { Person } from './person.ts';

const node = 'testnode';
const desk = new Desk('sg', new TestDaemon());
const place = mkdtempSync(join(tmpdir(), 'croft-storages-'));
const folder = join(place, 'data');
let person: Person;

beforeAll(async () => {
  await desk.open();
  ({ person } = desk);
  await desk.logIn();
  await person.page.goto(`${desk.daemon.url}/storages`);
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await desk.keep('storages-failed');
});
afterAll(async () => {
  await desk.close();
  rmSync(place, { recursive: true, force: true });
});

const press = (name: string) => person.dialog().getByRole('button', { name, exact: true }).click();
const fill = (label: string, text: string) => person.dialog().getByLabel(label, { exact: true }).fill(text);
const config = () => desk.daemon.ok('GET', '/storage/data') as Promise<Record<string, unknown>>;
const gone = () => person.dialog().waitFor({ state: 'detached' });

describe('storages in the browser', () => {
  it('lists what there is', async () => {
    await person.main().getByRole('link', { name: 'local', exact: true }).waitFor();
    await desk.keep('storages-list');
  });

  it('says at its field what is wrong, before and after it is sent', async () => {
    await person.button('Add storage').click();
    await fill('Name of the storage', 'local');
    await fill('Folder', 'not/absolute');
    await press('Review');
    await person.dialog().getByText('Another storage has this name').waitFor();
    await person.dialog().getByText('An absolute path, as /mnt/data').waitFor();
    await fill('Name of the storage', 'data');
    // A file in the way of the folder: only the daemon can know.
    const file = join(place, 'file');
    writeFileSync(file, '');
    await fill('Folder', file);
    await press('Review');
    await press('Create');
    await person
      .dialog()
      .getByText(/not a directory/i)
      .first()
      .waitFor();
    await desk.keep('storages-refused');
    expect((await desk.daemon.call('GET', '/storage/data')).status).not.toBe(200);
  });

  it('adds a folder, which is there at once', async () => {
    await fill('Folder', folder);
    await person.dialog().getByRole('checkbox', { name: 'Snippets' }).uncheck();
    await press('Review');
    await person
      .dialog()
      .getByText(/--data-urlencode/)
      .first()
      .waitFor();
    await person.dialog().getByRole('tab', { name: 'croft command' }).click();
    await person
      .dialog()
      .getByText(/croft storage add dir data/)
      .first()
      .waitFor();
    await desk.keep('storages-review');
    await press('Create');
    await gone();
    await person.main().getByRole('link', { name: 'data', exact: true }).waitFor();
    expect(existsSync(join(folder, 'template/iso'))).toBe(true);
    expect(String((await config())['content'])).not.toContain('snippets');
  });

  it('changes only what was changed, and shows what is fixed', async () => {
    await person.button('Edit data').click();
    await person.dialog().getByText('Cannot be changed').waitFor();
    await person.dialog().getByText(folder).waitFor();
    expect(await person.dialog().getByLabel('Folder', { exact: true }).count()).toBe(0);
    const kinds = person.dialog().getByRole('group', { name: 'Content' }).getByRole('checkbox');
    for (const box of await kinds.all()) await box.uncheck();
    await press('Save');
    await person.dialog().getByText('Choose at least one kind of content').waitFor();
    await person.dialog().getByRole('checkbox', { name: 'ISO images' }).check();
    await press('Save');
    await gone();
    expect(await config()).toMatchObject({ content: 'iso', path: folder });
  });

  it('disables and enables', async () => {
    await person.button('Disable data').click();
    await person.button('Enable data').waitFor();
    await person.main().getByText('Disabled').waitFor();
    expect(await config()).toMatchObject({ disable: 1 });
    await person.button('Enable data').click();
    await person.button('Disable data').waitFor();
  });

  it('keeps the list when it cannot be read again, and says so', async () => {
    const list = '**/api2/json/storage';
    await person.page.route(list, (route) => route.fulfill({ status: 500, json: { message: 'It is busy' } }));
    await person.button('Disable data').click();
    await person.main().getByText('It is busy').waitFor();
    expect(await person.main().getByRole('link', { name: 'local', exact: true }).isVisible()).toBe(true);
    await person.page.unroute(list);
    // The next change is heard, and read.
    await desk.daemon.ok('PUT', '/storage/data', { disable: '0' });
    await person.main().getByText('It is busy').waitFor({ state: 'detached' });
    await person.button('Disable data').waitFor();
  });

  it('tells that it cannot be used when its folder is gone, and why', async () => {
    await desk.daemon.ok('PUT', '/storage/data', { 'create-base-path': '0' });
    renameSync(folder, `${folder}-away`);
    await person
      .main()
      .getByText(/directory does not exist/)
      .first()
      .waitFor({ timeout: 40_000 });
    await desk.keep('storages-missing');
    await person.main().getByRole('link', { name: 'data', exact: true }).click();
    await person.main().getByText('This storage cannot be used now').waitFor();
    await person.main().getByRole('table', { name: 'What its volumes can do' }).waitFor();
    renameSync(`${folder}-away`, folder);
    await person.page.goto(`${desk.daemon.url}/storages`);
  });

  it('is not removed while a guest uses it; then it is, and its files stay', async () => {
    await desk.daemon.ok('PUT', '/storage/data', { content: 'images,iso' });
    await eventually('it can be used again', 40_000, async () => {
      const status = (await desk.daemon.ok('GET', `/nodes/${node}/storage/data/status`)) as {
        active: number;
      };
      return status.active === 1 || undefined;
    });
    await desk.daemon.task('POST', `/nodes/${node}/qemu`, { vmid: '4711', scsi0: 'data:1' });
    await person.button('Remove data').click();
    await person
      .dialog()
      .getByText(/No data is deleted/)
      .waitFor();
    await press('Remove');
    await person
      .dialog()
      .getByText(/is used by VM 4711/)
      .waitFor();
    await desk.keep('storages-used');
    await press('Cancel');
    await desk.daemon.task('DELETE', `/nodes/${node}/qemu/4711`);
    writeFileSync(join(folder, 'template/iso/kept.iso'), 'kept');
    await person.button('Remove data').click();
    await press('Remove');
    await gone();
    await person.main().getByRole('link', { name: 'data', exact: true }).waitFor({ state: 'detached' });
    expect(existsSync(join(folder, 'template/iso/kept.iso'))).toBe(true);
  });

  it('breaks nothing that the browser would tell of', () => {
    expect(desk.errors.filter((line) => !/status of (4|5)\d\d/.test(line))).toEqual([]);
  });
});
