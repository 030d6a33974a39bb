// A container's settings in a real browser on the real daemon: network, DNS, options; and two terminals at once.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../host/wait.ts';
import { deskBridge as bridge, CtDesk, deskVmid as vmid } from './ct-desk.ts';
import type { Person } from './person.ts';

const desk = new CtDesk('set', bridge);
const { world } = desk;
/** Of addresses that only documents have (RFC 5737), another for each run. */
const routed = `198.51.100.${1 + (process.pid % 250)}`;
let person: Person;

beforeAll(async () => {
  await desk.open();
  ({ person } = desk);
  const params = { hostname: 'sets', net0: `name=eth0,bridge=${bridge},ip=dhcp`, memory: 128 };
  expect(await world.create(vmid, desk.addTemplate(), params)).toBe('OK');
  expect(await world.power(vmid, 'start')).toBe('OK');
  await desk.logIn();
  await person.goTo(/sets/);
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await desk.keep('ct-settings-failed');
});
afterAll(() => desk.close());

/** Opens the card's dialog, changes it, and saves. */
async function editCard(change: () => Promise<void>): Promise<void> {
  await person.button('Edit net0').click();
  await change();
  await person.submit({}, 'Save');
}
const addressesInside = () => world.sh(vmid, 'ip -4 -o addr show dev eth0');

describe("a container's settings in the browser", () => {
  it('give a card a fixed address, which is checked first, and comes with a restart; others then at once', async () => {
    const lease = await world.address(vmid);
    const net = lease.split('.').slice(0, 3).join('.');
    await person.tab('Network');
    await person.button('Edit net0').click();
    await person.dialog().getByLabel('IPv4', { exact: true }).selectOption('static');
    const address = person.dialog().getByLabel('IPv4 address');
    await address.fill(`${net}.250`);
    await person.dialog().getByRole('button', { name: 'Save' }).click();
    await person.dialog().getByText('An address with its prefix length: 192.0.2.5/24').waitFor();
    await person.dialog().getByLabel('IPv4 gateway').fill('203.0.113.1');
    await address.fill(`${net}.250/24`);
    await person.dialog().getByText('An IPv4 address in the same network').waitFor();
    await desk.keep('ct-nic-errors');
    await person.submit({ 'IPv4 gateway': `${net}.1` }, 'Save');
    // Only the system inside can end its DHCP client: what it has and what it will have stand below each other.
    await person.main().getByText('After restart').waitFor();
    await person.main().getByText('IPv4: DHCP').waitFor();
    await person.main().getByText(`${net}.250/24 → ${net}.1`).waitFor();
    await desk.keep('ct-network-pending');
    await person.choose('Reboot');
    await person.main().getByText('After restart').waitFor({ state: 'detached', timeout: 60_000 });
    await eventually('the card has it inside', 20_000, async () =>
      (await addressesInside()).includes(` ${net}.250/24 `),
    );

    await editCard(() => address.fill(`${net}.251/24`));
    await person.main().getByText(`${net}.251/24 → ${net}.1`).waitFor();
    await person.expectNoneWaits();
    expect(await addressesInside()).toContain(` ${net}.251/24 `);
  });

  it('can be taken back while they wait', async () => {
    await editCard(async () => {
      await person.dialog().getByLabel('IPv4', { exact: true }).selectOption('dhcp');
    });
    await person.main().getByText('After restart').waitFor();
    await person.button('Revert net0').click();
    await person.main().getByText('After restart').waitFor({ state: 'detached' });
    expect((await world.config(vmid))['net0']).toContain('.251/24');
    expect(await person.main().getByText('IPv4: DHCP').count()).toBe(0);
  });

  it('take a card off its bridge and route its address instead', async () => {
    await editCard(async () => {
      await person.dialog().getByLabel('Routed private address').check();
      expect(await person.dialog().getByRole('combobox', { name: 'Bridge' }).count()).toBe(0);
      await person.dialog().getByLabel('IPv4 address').fill(routed);
      await desk.keep('ct-nic-routed');
    });
    await person.main().getByText('Routed').first().waitFor();
    await person.main().getByText(`${routed}/32`).waitFor();
    const net0 = String((await world.config(vmid))['net0']);
    expect(net0).toContain(`ip=${routed}/32`);
    expect(net0).not.toContain('bridge=');
    await eventually('the card has it inside', 20_000, async () =>
      (await addressesInside()).includes(routed),
    );
    await editCard(async () => {
      await person
        .dialog()
        .getByRole('radio', { name: /^Bridge/ })
        .check();
      await person.dialog().getByRole('combobox', { name: 'Bridge' }).selectOption(bridge);
      await person.dialog().getByLabel('IPv4', { exact: true }).selectOption('dhcp');
    });
    await person.main().getByText('IPv4: DHCP').waitFor();
    await person.expectNoneWaits();
  });

  it('name it and where it looks names up', async () => {
    await person.tab('DNS');
    await person.setting('Search domains').filter({ hasText: 'As the node' }).waitFor();
    await person.button('Edit Search domains').click();
    await person.submit({ 'Search domains': 'office.example, example.org' }, 'Save');
    await person.setting('Search domains').filter({ hasText: 'office.example, example.org' }).waitFor();
    await person.button('Edit Host name').click();
    await person.dialog().getByLabel('Host name').fill('not_a_name');
    await person.dialog().getByRole('button', { name: 'Save' }).click();
    await person.untilAttribute(person.dialog().getByLabel('Host name'), 'aria-invalid', 'true');
    await person.submit({ 'Host name': 'renamed' }, 'Save');
    await person.page.getByRole('treeitem', { name: /renamed/ }).waitFor();
    await desk.keep('ct-dns-page');
    expect(await world.config(vmid)).toMatchObject({
      hostname: 'renamed',
      searchdomain: 'office.example example.org',
    });
  });

  it('protect it, and say what it may do', async () => {
    await person.tab('Options');
    await person.button('Edit Start with the node').click();
    await person.dialog().getByLabel('Start with the node').check();
    await person.submit({}, 'Save');
    await person.button('Edit Start order').click();
    await person.submit({ Place: '2', 'Then wait': '10' }, 'Save');
    await person.setting('Start order').filter({ hasText: 'Place 2, then wait 10 s' }).waitFor();
    await person.button('Edit Protection').click();
    await person.dialog().getByLabel('Protection').check();
    await person.submit({}, 'Save');
    await person.setting('Protection').filter({ hasText: 'On' }).waitFor();
    await person.button('Edit Features').click();
    await person.dialog().getByLabel('Nesting').check();
    await person.dialog().getByLabel('Kernel keys').check();
    await desk.keep('ct-features');
    await person.submit({}, 'Save');
    await person.setting('Features').filter({ hasText: 'After restart' }).waitFor();
    expect(await person.button('Edit Unprivileged').getAttribute('title')).toContain(
      'when a container is made',
    );
    await desk.keep('ct-options-page');

    await person.button('Shut down').click();
    await person.untilState('Stopped');
    await person.setting('Features').filter({ hasText: 'Nesting, Kernel keys' }).waitFor();
    await person.button('More').click();
    const remove = person.page.getByRole('menuitem', { name: /^Delete/ });
    await person.untilAttribute(remove, 'aria-disabled', 'true');
    expect(await remove.textContent()).toContain('It is protected: see its options');
    await desk.keep('ct-protected');
    await person.page.keyboard.press('Escape');
    expect(await world.config(vmid)).toMatchObject({
      ...{ onboot: 1, startup: 'order=2,up=10', protection: 1, features: 'keyctl=1,nesting=1' },
    });
  });
});

describe('two terminals of a container at once', () => {
  it('go on side by side, and closing one leaves the other', async () => {
    await person.page.goto(`${world.daemon.url}/cts/${vmid}/console`);
    await person.main().getByText('This container is not running').waitFor();
    await person.button('Start now').click();
    await person.main().getByText('Connected', { exact: true }).waitFor({ timeout: 60_000 });
    const { keyboard } = person.page;
    await person.button('Root shell').click();
    await person.untilTerminal(/# *$/);
    // It counts while the other is looked at.
    await keyboard.type('i=0; while [ $i -lt 600 ]; do i=$((i+1)); echo tick-$i; sleep 0.5; done\r');
    await person.untilTerminal(/^tick-2$/m);
    await person.button('Root shell').click();
    await person.untilTerminal(/# *$/);
    await keyboard.type('echo second says $((6*7))\r');
    await person.untilTerminal(/second says 42/);
    expect(await person.terminalText()).not.toContain('tick-');
    const terminals = person.main().getByRole('group', { name: 'Terminals' });
    expect(await terminals.getByRole('button', { name: /^(Log-in|Shell) \d$/ }).allInnerTexts()).toEqual([
      'Log-in 1',
      'Shell 1',
      'Shell 2',
    ]);
    await person.button('Shell 1').click();
    await person.untilTerminal(/^tick-8$/m);
    await desk.keep('ct-two-terminals');
    await person.button('Close Shell 1').click();
    await person.button('Log-in 1').click();
    await person.button('Shell 2').click();
    await keyboard.type('echo still $((1+1))\r');
    await person.untilTerminal(/still 2/);
    await eventually(
      'the shell that was closed has ended',
      20_000,
      async () => !(await world.sh(vmid, 'ps')).includes('sleep 0.5'),
    );
    expect(desk.errors).toEqual([]);
  });
});
