// A virtual machine of another product in a real browser on the real daemon: its OVA is uploaded, looked at, imported, and boots.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { exec } from '../../server/core/exec.ts';
import { ovaOf, ovfText } from '../fixtures/appliance.ts';
import { ConsoleClient, type Login, logIn, openConsole } from '../host/console-client.ts';
import { countingDisk, countsIn } from '../host/counting-guest.ts';
import { TestDaemon } from '../host/daemon.ts';
import { eventually } from '../host/wait.ts';
import { Desk } from './desk.ts';
import type { Person } from './person.ts';

const vmid = 10_000 + (process.pid % 80_000);
const desk = new Desk('vmimp', new TestDaemon());
const { daemon } = desk;
const work = join(daemon.folder, 'work');
const box = join(work, 'box.ova');
let person: Person;
let login: Login;

beforeAll(async () => {
  await desk.open();
  ({ person } = desk);
  login = await logIn(daemon, 'watcher');
  await mkdir(work);
  const [raw, vmdk] = [join(work, 'box.raw'), join(work, 'box-disk1.vmdk')];
  await writeFile(raw, countingDisk());
  await exec('qemu-img', ['convert', '-O', 'vmdk', '-o', 'subformat=streamOptimized', raw, vmdk]);
  const description = ovfText({ name: 'office-box', sizeBytes: 1024 ** 2, memoryMib: 64 });
  const members = [
    { name: 'box.ovf', bytes: description },
    { name: 'box-disk1.vmdk', bytes: await readFile(vmdk) },
  ];
  await writeFile(box, ovaOf(members));
  await desk.logIn();
  await person.goTo(/local/);
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await desk.keep('vm-import-failed');
});
afterAll(() => desk.close());

describe('an appliance of another product', () => {
  it('is uploaded, and told what would become of it', async () => {
    await person.tab('Imports');
    await person.button('Upload').first().click();
    await person.dialog().getByLabel('File', { exact: true }).setInputFiles(box);
    await person.dialog().getByRole('button', { name: 'Upload file', exact: true }).click();
    await person.button('Make a VM of box.ova').click();
    const name = person.dialog().getByLabel('Name', { exact: true });
    await eventually(
      'the name of the appliance',
      20_000,
      async () => (await name.inputValue()) === 'office-box',
    );
    await person.dialog().getByText('What is taken over').waitFor();
    await desk.keep('vm-import');
  });

  it('becomes a VM that boots', { timeout: 120_000 }, async () => {
    await person.submit({ 'VM ID': String(vmid) }, 'Import');
    await person.untilState('Stopped');
    const guest = `/nodes/testnode/qemu/${vmid}`;
    const config = () => daemon.call('GET', `${guest}/config`);
    await eventually('the VM', 60_000, async () => {
      const { status, body } = await config();
      return status === 200 && (body.data as Record<string, unknown>)['lock'] === undefined;
    });
    expect((await config()).body.data).toMatchObject({ name: 'office-box', memory: '64', cores: 2 });
    await daemon.ok('PUT', `${guest}/config`, { serial0: 'socket', delete: 'net0' });
    await person.button('Start').click();
    await person.untilState('Running');
    const grant = await openConsole(daemon, login, vmid, 'termproxy');
    const client = await ConsoleClient.connect(daemon, vmid, grant, { cookie: login.cookie });
    client.send(`${grant.user}:${grant.ticket}\n`);
    await eventually('its system counts', 30_000, () => (countsIn(client.received).at(-1) ?? 0) > 3);
    client.close();
    await desk.keep('vm-imported');
  });
});
