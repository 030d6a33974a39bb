// A virtual machine's settings in a real browser on the real daemon: its hardware while it runs and while it does not, its
// options, the history of its tasks, and its end.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TestDaemon } from '../host/daemon.ts';
import { upload } from '../host/upload.ts';
import { eventually } from '../host/wait.ts';
import { deskBridge as bridge } from './ct-desk.ts';
import { Desk } from './desk.ts';
import type { Person } from './person.ts';

const vmid = 100;
const gibibyte = 1024 ** 3;
const desk = new Desk('vm', new TestDaemon({ privateBridge: bridge }));
const { daemon } = desk;
let person: Person;

beforeAll(async () => {
  await desk.open();
  ({ person } = desk);
  const iso = await upload({ socket: daemon.socket }, { content: 'iso', file: '/usr/lib/ipxe/ipxe.iso' });
  expect(await daemon.taskEnd(iso)).toBe('OK');
  const params = {
    name: 'sets',
    memory: 128,
    scsihw: 'virtio-scsi-pci',
    scsi0: 'local:1',
    boot: 'order=scsi0',
  };
  expect(await daemon.task('POST', '/nodes/testnode/qemu', { vmid, ...params })).toBe('OK');
  await desk.logIn();
  await person.goTo(/sets/);
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await desk.keep('vm-settings-failed');
});
afterAll(() => desk.close());

const config = () => daemon.ok<Record<string, string | number>>('GET', `/nodes/testnode/qemu/${vmid}/config`);
const volumes = () =>
  daemon.ok<{ volid: string; size: number }[]>('GET', '/nodes/testnode/storage/local/content', { vmid });

describe("a virtual machine's hardware in the browser", () => {
  it('is given a disk while it runs, which grows, is detached, and is destroyed only by name', async () => {
    await person.button('Start').click();
    await person.untilState('Running');
    await person.tab('Hardware');
    await person.button('Add disk').click();
    await person.submit({ 'Disk size': '1' }, 'Save');
    await person.row('scsi1').waitFor();
    await person.expectNoneWaits();
    await person.button('Resize scsi1').click();
    await person.submit({ 'Grow by': '2' }, 'Save');
    await person.row('scsi1').filter({ hasText: '3 GiB' }).waitFor();
    const volid = String((await config())['scsi1']).split(',')[0];
    expect((await volumes()).find((one) => one.volid === volid)?.size).toBe(3 * gibibyte);
    await desk.keep('vm-hardware');

    await person.button('Detach scsi1').click();
    await person.dialog().getByText('nothing on it is lost').waitFor();
    await person.submit({}, 'Detach');
    await person.row('unused0').waitFor();
    await person.button('Remove unused0').click();
    const remove = person.dialog().getByRole('button', { name: 'Remove', exact: true });
    expect(await remove.getAttribute('aria-disabled')).toBe('true');
    await person.submit({ 'Type unused0 to confirm': 'unused0' }, 'Remove');
    await person.row('unused0').waitFor({ state: 'detached' });
    await eventually('its volume is gone', 10_000, async () =>
      (await volumes()).every((one) => one.volid !== volid),
    );
  });

  it('has what waits for a restart beside what is, and can be taken back', async () => {
    await person.button('Edit Processor').click();
    await person.submit({ 'Cores per socket': '2' }, 'Save');
    const processor = person.row('Processor').filter({ hasText: 'After restart' });
    await processor.filter({ hasText: '1 core' }).filter({ hasText: '2 cores' }).waitFor();
    await desk.keep('vm-hardware-waiting');
    await person.tab('Options');
    await person.main().getByRole('link', { name: 'Hardware' }).click();
    await person.button('Revert Processor').click();
    await person.expectNoneWaits();
    expect(Number((await config())['cores'] ?? 1)).toBe(1);
  });

  it('says at the field what cannot be, and changes nothing', async () => {
    await person.button('Edit Memory').click();
    const memory = person.dialog().getByLabel('Memory', { exact: true });
    await memory.fill('1');
    await person.dialog().getByRole('button', { name: 'Save' }).click();
    await person.untilAttribute(memory, 'aria-invalid', 'true');
    await person.dialog().getByRole('button', { name: 'Cancel' }).click();
    expect((await config())['memory']).toBe('128');
  });

  it('gets a card and a disc, which can be changed and taken out', async () => {
    await person.choose('Stop');
    await person.dialog().getByRole('button', { name: 'Stop', exact: true }).click();
    await person.untilState('Stopped');
    await person.button('Add network card').click();
    await person.dialog().getByLabel('Bridge').selectOption(bridge);
    await person.submit({}, 'Save');
    await person.row('net0').filter({ hasText: bridge }).waitFor();
    await person.button('Edit net0').click();
    await person.dialog().getByLabel('Cable unplugged').check();
    await person.dialog().getByText('More settings').click();
    await person.submit({ 'MAC address': 'BC:24:11:00:00:77' }, 'Save');
    await person.row('net0').filter({ hasText: 'BC:24:11:00:00:77' }).waitFor();
    expect((await config())['net0']).toContain('link_down=1');

    await person.button('Add device').click();
    await person.page.getByRole('menuitem', { name: 'CD/DVD drive' }).click();
    await person.dialog().getByLabel('ISO image').selectOption('local:iso/ipxe.iso');
    await person.submit({}, 'Save');
    await person.row('ide2').filter({ hasText: 'ipxe.iso' }).waitFor();
    await person.button('Change disc in ide2').click();
    await person.dialog().getByLabel('ISO image').selectOption('');
    await person.submit({}, 'Save');
    await person.row('ide2').filter({ hasText: 'No disc' }).waitFor();
    for (const device of ['net0', 'ide2']) {
      await person.button(`Remove ${device}`).click();
      await person.submit({}, 'Remove');
      await person.row(device).waitFor({ state: 'detached' });
    }
    // The image itself stays where it is.
    expect(statSync(join(daemon.storagePath, 'template/iso/ipxe.iso')).size).toBeGreaterThan(0);
  });
});

describe('its other tabs', () => {
  it('name and describe it, say what it boots from, and that it stays', async () => {
    await person.tab('Options');
    await person.button('Edit Name').click();
    await person.submit({ Name: 'renamed' }, 'Save');
    await person.page.getByRole('treeitem', { name: /renamed/ }).waitFor();
    await person.button('Edit Notes').click();
    await person.submit({ Notes: 'of the test\nsecond line' }, 'Save');
    await person.setting('Notes').filter({ hasText: 'second line' }).waitFor();
    await person.button('Edit Tags').click();
    await person.submit({ Tags: 'web, db' }, 'Save');
    await person.button('Edit Boot order').click();
    await person.dialog().getByRole('checkbox', { name: 'scsi0' }).uncheck();
    await person.submit({}, 'Save');
    await person.button('Edit Protection').click();
    await person.dialog().getByLabel('Protection').check();
    await person.submit({}, 'Save');
    await person.setting('Protection').filter({ hasText: 'On' }).waitFor();
    const { tags, boot, ...named } = await config();
    expect(named).toMatchObject({ name: 'renamed', protection: 1, description: 'of the test\nsecond line' });
    expect(String(tags).split(';').sort()).toEqual(['db', 'web']);
    expect(String(boot ?? '')).not.toContain('scsi0');
    await desk.keep('vm-options');

    await person.button('More').click();
    const remove = person.page.getByRole('menuitem', { name: /^Delete/ });
    expect(await remove.getAttribute('aria-disabled')).toBe('true');
    await person.page.keyboard.press('Escape');
    await person.button('Edit Protection').click();
    await person.dialog().getByLabel('Protection').uncheck();
    await person.submit({}, 'Save');
    await person.setting('Protection').filter({ hasText: 'Off' }).waitFor();
  });

  it('keep what was done with it, with the logs', async () => {
    await person.tab('Tasks');
    await person.main().getByText(`VM ${vmid} - Stop`, { exact: true }).click();
    await person.main().getByRole('log', { name: 'Task log' }).waitFor();
    await desk.keep('vm-task-history');
  });
});

describe('its end', () => {
  it('is asked for by its number, and leaves nothing', async () => {
    await person.page.keyboard.press('Escape');
    await person.choose('Delete');
    await person.submit({ [`Type ${vmid} to confirm`]: String(vmid) }, 'Delete');
    await person.page.getByRole('treeitem', { name: /renamed/ }).waitFor({ state: 'detached' });
    await eventually('its volumes are gone', 20_000, async () => (await volumes()).length === 0);
    expect(await daemon.domains()).toEqual([]);
    expect(desk.errors).toEqual([]);
  });
});
