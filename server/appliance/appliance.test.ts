// The parts put together on a machine without the image; what counts as well before a switch.
import { afterEach, expect, test, vi } from 'vitest';
import { runnerWorld } from '../../test/fixtures/task-runner-world.ts';
import { vmWorld } from '../../test/fixtures/vm-world.ts';
import { systemClock } from '../core/clock.ts';
import { imageTaskKinds } from '../tasks/kinds/image-kinds.ts';
import { createAppliance } from './appliance.ts';
import { takeBaseline } from './baseline.ts';

const exec = vi.fn();
const power = vi.fn();
afterEach(() => vi.clearAllMocks());

test('on a machine without the image it says so, and runs no program', async () => {
  const appliance = createAppliance({
    ...{ exec, power, clock: systemClock, version: '0.0.1', onChange: () => {} },
    log: { info: vi.fn(), warn: vi.fn() },
    baseline: async () => ({ addressUp: false, storages: [], guests: [] }),
  });
  await appliance.service.open();
  expect(await appliance.service.status()).toMatchObject({ mode: 'none', version: '0.0.1', warnings: [] });
  const { runner } = runnerWorld();
  for (const kind of imageTaskKinds(appliance)) {
    runner.register(kind);
    const upid = await runner.start(
      kind,
      { from: 'url', url: 'https://example.org' },
      { requester: 'root@pam' },
    );
    expect(await runner.wait(upid)).toMatchObject({ errorCode: 'unsupported' });
  }
  appliance.close();
  expect(exec).not.toHaveBeenCalled();
  expect(power).not.toHaveBeenCalled();
});

test('well before a switch: active storages, and guests that run and start with the machine', async () => {
  const world = await vmWorld();
  await world.addVm(100, { onboot: '1' }, { running: true });
  await world.addVm(101, {}, { running: true });
  await world.addVm(102, { onboot: '1' });
  await world.states.refresh();
  const { store, states, storages } = world;
  const node = world.parts.node;
  const baseline = await takeBaseline({ node, store, states, storages, exceptInterfaces: [] });
  expect(baseline).toMatchObject({ storages: ['local', 'other'], guests: [100] });
  await world.dispose();
});
