// A container's whole life in a real browser on the real daemon: template, wizard, terminals, changes while it runs, snapshots, deletion.
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { randomName } from '../../server/core/ids.ts';
import { busyboxTemplate } from '../host/ct-templates.ts';
import { eventually } from '../host/wait.ts';
import { deskBridge as bridge, CtDesk, deskVmid as vmid } from './ct-desk.ts';
import type { Person } from './person.ts';

const desk = new CtDesk('ct', bridge);
const { world } = desk;
const rootPassword = randomName();
let person: Person;

beforeAll(async () => {
  await desk.open();
  ({ person } = desk);
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await desk.keep(`ct-failed-${task.name.split(' ').join('-')}`);
});
afterAll(() => desk.close());

describe('a container in the browser', () => {
  it('is made of a template by the wizard, and started', async () => {
    await desk.logIn();

    await person.goTo(/local/);
    await person.tab('Container templates');
    await person.button('Upload').first().click();
    const archive = { name: 'tiny_1_amd64.tar.gz', mimeType: 'application/gzip' };
    await person.page
      .getByLabel('File', { exact: true })
      .setInputFiles({ ...archive, buffer: readFileSync(busyboxTemplate()) });
    await person.button('Upload file').click();
    await person.button(`Remove ${archive.name}`).waitFor();
    await desk.keep('ct-template');

    await person.button('Create container').first().click();
    const choice = person.dialog().getByLabel('Template', { exact: true });
    await choice.selectOption(`local:vztmpl/${archive.name}`);
    // The rules of the form are told before anything is sent.
    await person.dialog().getByRole('button', { name: 'Review' }).click();
    await person.dialog().getByText('Without a password or a key nobody can log in').waitFor();
    await person.dialog().getByLabel('CT ID').fill(String(vmid));
    await person.dialog().getByLabel('Host name').fill('tiny');
    await person.dialog().getByLabel('Password', { exact: true }).fill(rootPassword);
    await person.dialog().getByLabel('Password again').fill(rootPassword);
    await person.dialog().getByLabel('Root size').fill('1');
    await person.dialog().getByLabel('Memory').fill('128');
    await person.dialog().getByLabel('Swap').fill('0');
    await person.dialog().getByLabel('Bridge', { exact: true }).last().selectOption(bridge);
    expect(await person.dialog().getByLabel('Unprivileged').isChecked()).toBe(true);
    expect(await person.dialog().getByLabel('IPv4').inputValue()).toBe('dhcp');
    await desk.keep('ct-create');
    await person.dialog().getByRole('button', { name: 'Review' }).click();
    await person.dialog().getByText('Unprivileged: root inside is nobody on the node').waitFor();
    expect(await person.dialog().textContent()).not.toContain(rootPassword);
    await desk.keep('ct-create-review');
    await person.dialog().getByRole('button', { name: 'Create', exact: true }).click();

    await person.main().getByText('Running').first().waitFor({ timeout: 60_000 });
    await person.page.getByRole('treeitem', { name: /tiny/ }).waitFor();
    const address = await world.address(vmid);
    await person.main().getByText(address, { exact: true }).waitFor({ timeout: 60_000 });
    await desk.keep('ct-summary');
    expect(await world.config(vmid)).toMatchObject({ hostname: 'tiny', unprivileged: 1, memory: 128 });
  });

  it('has a log-in and a root shell that follow the size of the window', async () => {
    await person.tab('Console');
    await person.page.getByText('Connected', { exact: true }).waitFor();
    await person.page.keyboard.press('Enter');
    await person.untilTerminal(/tiny login: /);
    await person.page.keyboard.type('root\r');
    await person.untilTerminal(/Password: /);
    await person.page.keyboard.type(`${rootPassword}\r`);
    await person.untilTerminal(/# *$/);
    await person.page.keyboard.type('echo sum $((40+2)) of $(id -un)\r');
    await person.untilTerminal(/sum 42 of root/);
    await desk.keep('ct-console-login');

    await person.button('Root shell').click();
    await person.main().getByText('Connected', { exact: true }).waitFor();
    await person.untilTerminal(/# *$/);
    // That of the browser's first look, which comes before the shell is there.
    const [columns, rows] = await sizeInside();
    expect(columns).toBeGreaterThan(100);
    expect(rows).toBeGreaterThan(30);
    await desk.keep('ct-console-shell');
    await person.page.setViewportSize({ width: 1100, height: 700 });
    await eventually('the shell hears of the new size', 20_000, async () => {
      const [narrow, low] = await sizeInside();
      return narrow < columns && low < rows;
    });
    await desk.keep('ct-console-small');
    await person.page.setViewportSize({ width: 1440, height: 900 });
    // The first one went on meanwhile.
    await person.button('Log-in 1').click();
    await person.untilTerminal(/sum 42 of root/);
  });

  it('is given memory and a mount point while it runs', async () => {
    await person.tab('Resources');
    await person.button('Edit Memory').click();
    await person.submit({ Memory: '192' }, 'Save');
    await person.row('Memory').filter({ hasText: '192 MiB' }).waitFor();
    expect(memoryLimit()).toBe(192 * 1024 ** 2);

    await person.button('Add volume').click();
    await person.submit({ Size: '1', 'Path inside the container': '/data' }, 'Mount');
    await person.row('mp0').filter({ hasText: 'at /data' }).waitFor();
    await eventually('the volume is mounted inside', 20_000, async () =>
      (await world.sh(vmid, 'mount')).includes(' on /data '),
    );
    expect(await world.sh(vmid, 'echo kept >/data/file && cat /data/file')).toBe('kept');
    await person.expectNoneWaits();
    await desk.keep('ct-resources');
  });

  it('is given a second card, a DNS server, and its start with the node', async () => {
    await person.tab('Network');
    await person.button('Add network card').click();
    await person.dialog().getByLabel('Bridge', { exact: true }).last().selectOption(bridge);
    expect(await person.dialog().getByLabel('Name inside').inputValue()).toBe('eth1');
    await desk.keep('ct-nic');
    await person.submit({}, 'Add network card');
    await person.row('net1').waitFor();
    await eventually('the card is inside', 20_000, async () =>
      (await world.sh(vmid, 'ip link show eth1')).includes('eth1'),
    );
    await person.expectNoneWaits();
    await desk.keep('ct-network');

    await person.tab('DNS');
    await person.button('Edit DNS servers').click();
    await person.submit({ 'DNS servers': '192.0.2.53, 192.0.2.54' }, 'Save');
    await person.setting('DNS servers').filter({ hasText: '192.0.2.53, 192.0.2.54' }).waitFor();
    await person.expectNoneWaits();
    await eventually('the container asks them', 20_000, async () =>
      (await world.sh(vmid, 'cat /etc/resolv.conf')).includes('nameserver 192.0.2.54'),
    );
    await desk.keep('ct-dns');

    await person.tab('Options');
    await person.button('Edit Start with the node').click();
    await person.dialog().getByLabel('Start with the node').check();
    await person.submit({}, 'Save');
    await person.setting('Start with the node').filter({ hasText: 'On' }).waitFor();
    expect(await world.config(vmid)).toMatchObject({ onboot: 1, nameserver: '192.0.2.53 192.0.2.54' });
    await desk.keep('ct-options');
  });

  it('has snapshots where its storage can, and says why when it cannot', async () => {
    expect(await world.sh(vmid, 'echo early >/root/early && sync && cat /root/early')).toBe('early');
    await person.tab('Snapshots');
    const take = person.button('Take snapshot').first();
    await person.untilAttribute(take, 'aria-disabled', 'true');
    await desk.keep('ct-snapshots-running');
    const reason = await take.getAttribute('title');
    expect(reason).toMatch(/running|stop/i);
    expect(await person.main().getByText(reason!, { exact: true }).isVisible()).toBe(true);

    await person.button('Shut down').click();
    await person.main().getByText('Stopped').first().waitFor({ timeout: 60_000 });
    await person.untilAttribute(take, 'aria-disabled', null);
    await take.click();
    await person.submit({ Name: 'clean', Description: 'before the experiment' }, 'Take');
    await person.row('clean').getByText('before the experiment').waitFor();
    await desk.keep('ct-snapshots');

    await person.button('Start').click();
    await person.main().getByText('Running').first().waitFor({ timeout: 60_000 });
    expect(await world.sh(vmid, 'echo late >/root/late && ls /root')).toBe('early\nlate');
    await person.button('Roll back to clean').click();
    await person.dialog().getByText('what its programs have in memory: it is stopped first').waitFor();
    await desk.keep('ct-rollback');
    await person.submit({}, 'Roll back');
    await eventually('it runs as it was', 60_000, async () => (await world.sh(vmid, 'ls /root')) === 'early');
    await person.main().getByText('Running').first().waitFor();

    await person.button('Remove snapshot clean').click();
    await person
      .dialog()
      .getByText(/while the container runs: stop it first/)
      .waitFor();
    await person.dialog().getByRole('button', { name: 'Cancel' }).click();
    await person.choose('Stop');
    await person.submit({}, 'Stop');
    await person.main().getByText('Stopped').first().waitFor({ timeout: 60_000 });
    await person.button('Remove snapshot clean').click();
    await person.submit({}, 'Remove');
    await person.main().getByText('No snapshots yet').waitFor();
  });

  it('is deleted with all that it had', async () => {
    await person.choose('Delete');
    await person.dialog().getByText('Deleted with everything on it, and not to be undone:').waitFor();
    await person.dialog().getByText('/data').waitFor();
    await desk.keep('ct-delete');
    await person.submit({ [`Type ${vmid} to confirm`]: String(vmid) }, 'Delete');
    await person.page.getByRole('treeitem', { name: /tiny/ }).waitFor({ state: 'detached' });
    await eventually('nothing is left', 20_000, () => world.leftovers(vmid).length === 0).catch(() => {});
    expect(world.leftovers(vmid)).toEqual([]);
    expect(world.mounts()).toEqual([]);
    await desk.keep('ct-deleted');
    expect(await desk.failedTasks()).toEqual([]);
    expect(desk.errors).toEqual([]);
  });
});

/** Columns and rows, as programs in the terminal see them. */
async function sizeInside(): Promise<[number, number]> {
  const mark = randomName().slice(0, 6);
  await person.page.keyboard.type(`echo ${mark}:$(stty size):\r`);
  const [, rows, columns] = /:(\d+) (\d+):/.exec(
    (await person.untilTerminal(new RegExp(`${mark}:\\d+ \\d+:`))).split(`${mark}`).at(-1) ?? '',
  )!;
  return [Number(columns), Number(rows)];
}

/** In bytes, as the kernel has it: under v1 and v2 of control groups. */
function memoryLimit(): number {
  const file = existsSync('/sys/fs/cgroup/cgroup.controllers') ? 'memory.max' : 'memory.limit_in_bytes';
  return Number(world.cgroup(vmid, 'memory', file));
}
