// A container's volumes in a real browser on the real daemon: folders of the node and whose files they hold, growing, moving, detaching.
import { chownSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../host/wait.ts';
import { CtDesk, deskVmid as vmid } from './ct-desk.ts';
import type { Person } from './person.ts';

const desk = new CtDesk('vol');
const { world } = desk;
const shared = join(world.bindFolder, 'shared');
let person: Person;

beforeAll(async () => {
  await desk.open();
  ({ person } = desk);
  mkdirSync(shared);
  writeFileSync(join(shared, 'theirs'), 'of user 1234\n');
  for (const path of [shared, join(shared, 'theirs')]) chownSync(path, 1234, 1234);
  const more = { type: 'dir', path: join(world.daemon.folder, 'second'), content: 'rootdir,images' };
  await world.daemon.ok('POST', '/storage', { storage: 'second', ...more });
  expect(await world.create(vmid, desk.addTemplate(), { hostname: 'vols' })).toBe('OK');
  await desk.logIn();
  await person.goTo(/vols/);
  await person.tab('Resources');
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await desk.keep('ct-volumes-failed');
});
afterAll(() => desk.close());

describe("a container's volumes in the browser", () => {
  it('are checked before anything is sent: /proc is its own, a target is used once', async () => {
    await person.button('Add volume').click();
    const target = person.dialog().getByLabel('Path inside the container');
    await target.fill('/proc/data');
    await person.dialog().getByRole('button', { name: 'Mount', exact: true }).click();
    await person.dialog().getByText('/proc, /sys and /dev are its own').waitFor();
    await person.submit({ Size: '1', 'Path inside the container': '/data' }, 'Mount');
    await person.row('mp0').filter({ hasText: 'at /data' }).waitFor();
    await person.button('Add volume').click();
    await target.fill('/data/');
    await person.dialog().getByRole('button', { name: 'Mount', exact: true }).click();
    await person.dialog().getByText('Something is mounted there already').waitFor();
    await person.dialog().getByRole('button', { name: 'Cancel' }).click();
  });

  it('can be a folder of the node, with its users as they are on the node, or the container’s own', async () => {
    await person.button('Mount a folder of the node').click();
    await person.dialog().getByText('Whose files are these?').waitFor();
    await person.dialog().getByText('User 1000 inside is user 1000 on the node.').waitFor();
    expect(await person.dialog().getByLabel('The same users as on the node').isChecked()).toBe(true);
    await desk.keep('ct-bind');
    await person.submit({ 'Folder on the node': shared, 'Path inside the container': '/shared' }, 'Mount');
    await person.row('mp1').filter({ hasText: 'owners as on the node' }).waitFor();

    await person.button('Mount a folder of the node').click();
    await person.dialog().getByLabel("The container's own users").check();
    await person.submit({ 'Folder on the node': shared, 'Path inside the container': '/own' }, 'Mount');
    await person.row('mp2').filter({ hasText: "owners in the container's own range" }).waitFor();

    await person.button('Start').click();
    await person.untilState('Running');
    expect(await world.sh(vmid, 'stat -c %u /shared/theirs /own/theirs')).toBe('1234\n65534');
    await world.sh(vmid, 'touch /shared/of-root');
    expect(statSync(join(shared, 'of-root')).uid).toBe(0);
    await desk.keep('ct-bind-mounted');
  });

  it('is only a folder that the node hands out, and the error says so at its field', async () => {
    await person.button('Mount a folder of the node').click();
    const folder = person.dialog().getByLabel('Folder on the node');
    await folder.fill('/opt/secrets');
    await person.dialog().getByLabel('Path inside the container').fill('/stolen');
    await person.dialog().getByRole('button', { name: 'Mount', exact: true }).click();
    await person.untilAttribute(folder, 'aria-invalid', 'true');
    expect(await person.dialog().getByRole('alert').first().textContent()).toContain(world.bindFolder);
    expect(await person.dialog().getByText('missing privilege').count()).toBe(0);
    await desk.keep('ct-bind-refused');
    await person.dialog().getByRole('button', { name: 'Cancel' }).click();
    expect(Object.keys(await world.config(vmid))).not.toContain('mp3');
  });

  it('grow', async () => {
    await person.button('Resize mp0').click();
    await person.dialog().getByText('1 GiB').waitFor();
    await person.submit({ 'Grow by': '1' }, 'Save');
    await person.row('mp0').filter({ hasText: '2 GiB' }).waitFor();
    expect((await world.config(vmid))['mp0']).toContain('size=2G');
  });

  it('move to another storage with what is on them', async () => {
    expect(await world.sh(vmid, 'echo precious >/data/file && cat /data/file')).toBe('precious');
    await person.button('Shut down').click();
    await person.untilState('Stopped');
    await person.button('Move mp0').click();
    expect(await person.dialog().getByLabel('To storage').inputValue()).toBe('second');
    expect(await person.dialog().getByLabel('Delete the original').isChecked()).toBe(true);
    await desk.keep('ct-move');
    await person.submit({}, 'Move');
    await person.row('mp0').filter({ hasText: 'second:' }).waitFor({ timeout: 60_000 });
    await person.button('Start').click();
    await person.untilState('Running');
    expect(await world.sh(vmid, 'cat /data/file')).toBe('precious');
    expect(await person.row('Unused volume').count()).toBe(0);
  });

  it('are detached, are still there to be mounted again, and are destroyed only by name', async () => {
    await person.button('Shut down').click();
    await person.untilState('Stopped');
    await person.button('Detach mp0').click();
    await person.submit({}, 'Detach');
    await person.row('unused0').waitFor();
    await person.button('Mount unused0').click();
    await person.submit({ 'Path inside the container': '/again' }, 'Mount');
    await person.row('mp0').filter({ hasText: 'at /again' }).waitFor();
    await person.button('Detach mp0').click();
    await person.submit({}, 'Detach');
    await person.button('Remove unused0').click();
    await person.submit({ 'Type unused0 to confirm': 'unused0' }, 'Remove');
    await person.row('unused0').waitFor({ state: 'detached' });
    await eventually('no volume is left on the storage', 20_000, () =>
      world.volumes(join(world.daemon.folder, 'second')).every((name) => !name.includes('/')),
    );
    // The node's folder is nobody's to remove.
    expect(statSync(join(shared, 'theirs')).uid).toBe(1234);
    expect(await desk.failedTasks()).toEqual([]);
    expect(desk.errors).toEqual([]);
  });
});
