// What can be done with all guests of a node at once, in a real browser on the real daemon: they start, pause, and are shut down.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TestDaemon } from '../host/daemon.ts';
import { eventually } from '../host/wait.ts';
import { Desk } from './desk.ts';
import type { Person } from './person.ts';

const [wished, unwished] = [10_000 + (process.pid % 40_000), 50_000 + (process.pid % 40_000)];
const desk = new Desk('vmall', new TestDaemon());
const { daemon } = desk;
let person: Person;

beforeAll(async () => {
  await desk.open();
  ({ person } = desk);
  // There is no system inside that could shut itself down: it is cut off when it had its time.
  const params = { memory: 32, startup: 'down=2' };
  for (const one of [
    { vmid: wished, name: 'wished', onboot: 1 },
    { vmid: unwished, name: 'unwished' },
  ])
    expect(await daemon.task('POST', '/nodes/testnode/qemu', { ...params, ...one })).toBe('OK');
  await desk.logIn();
  await person.goTo(/^testnode/);
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await desk.keep('all-guests-failed');
});
afterAll(() => desk.close());

/** Chooses from the menu, and waits for the dialog. */
async function choose(item: string): Promise<void> {
  await person.button('All guests').click();
  await person.page.getByRole('menuitem', { name: item, exact: true }).click();
  await person.dialog().waitFor();
}

async function untilStates(states: Readonly<Record<number, string>>): Promise<void> {
  await eventually(`the guests are ${JSON.stringify(states)}`, 60_000, async () => {
    const found: Record<number, string> = {};
    for (const vmid of [wished, unwished]) {
      const status = await daemon.ok<{ qmpstatus: string }>(
        'GET',
        `/nodes/testnode/qemu/${vmid}/status/current`,
      );
      found[vmid] = status.qmpstatus;
    }
    expect(found).toEqual(states);
    return true;
  });
}

describe('all guests of a node', () => {
  it('start: those that start with the node, or all', { timeout: 120_000 }, async () => {
    await choose('Start all');
    await person.dialog().getByText('2 guests are off').waitFor();
    await desk.keep('all-guests-start');
    await person.submit({}, 'Start all');
    await untilStates({ [wished]: 'running', [unwished]: 'stopped' });
    await choose('Start all');
    await person.dialog().getByText('1 guest is off').waitFor();
    await person.dialog().getByLabel('Also those that do not start with the node').check();
    await person.submit({}, 'Start all');
    await untilStates({ [wished]: 'running', [unwished]: 'running' });
    await choose('Start all');
    const again = person.dialog().getByRole('button', { name: 'Start all', exact: true });
    await person.untilAttribute(again, 'aria-disabled', 'true');
    await person.page.keyboard.press('Escape');
  });

  it('pause', { timeout: 120_000 }, async () => {
    await choose('Pause all VMs');
    await person.dialog().getByText('2 virtual machines are running').waitFor();
    await person.submit({}, 'Pause all VMs');
    await untilStates({ [wished]: 'paused', [unwished]: 'paused' });
    for (const vmid of [wished, unwished])
      expect(await daemon.task('POST', `/nodes/testnode/qemu/${vmid}/status/resume`)).toBe('OK');
  });

  it('are shut down, and cut off when they do not react', { timeout: 120_000 }, async () => {
    await choose('Shut down all');
    await person.dialog().getByText('2 guests are running').waitFor();
    expect(await person.dialog().getByLabel('Cut off those').isChecked()).toBe(true);
    await person.submit({}, 'Shut down all');
    await untilStates({ [wished]: 'stopped', [unwished]: 'stopped' });
    expect(await daemon.domains()).toEqual([]);
  });
});
