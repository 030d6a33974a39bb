// How a container's files come to stand still, on fakes: which way, what is in it, and a clean slate after every failure.
import { afterEach, describe, expect, test } from 'vitest';
import { type CtWorld, ctConfig, ctWorld } from '../../../test/fixtures/ct-world.ts';
import type { Exec } from '../../core/exec.ts';
import { quietContext } from '../../core/work-context.ts';
import type { VmConfig } from '../../guests/config/config-keys.ts';
import { beginTree, endTree, type TreeWorkParts, treeSnapshot } from './tree.ts';
import { planTree, type TreeMode, treeTexts } from './tree-plan.ts';

const config: VmConfig = {
  ...ctConfig(100),
  mp0: 'local:100/subvol-100-disk-1.subvol,mp=/srv,size=1G,backup=1',
  mp1: 'local:100/subvol-100-disk-2.subvol,mp=/scratch,size=1G',
  mp2: '/srv/shared,mp=/shared',
};
const wish = { scratch: '/var/tmp', exclude: [], standardExcludes: true };
const noExec: Exec = async () => ({ exitCode: 0, stdout: '', stderr: '' });
let world: CtWorld;
afterEach(() => world.dispose());

/** `live`: as if the storage could have snapshots of what is open. */
async function make(how: { running?: boolean; live?: boolean } = {}): Promise<TreeWorkParts> {
  world = await ctWorld();
  await world.addCt(100, config, { running: how.running ?? false });
  const { storages } = world.parts;
  const capabilities = (id: string) =>
    storages.capabilities(id).map((row) => ({ ...row, live: how.live === true }));
  return { ...world.parts, storages: { ...storages, capabilities }, exec: noExec };
}
const planned = (parts: TreeWorkParts, mode: TreeMode) =>
  planTree(parts, quietContext(), 100, { ...wish, mode });

describe('the plan', () => {
  test.each([
    ['snapshot', { running: false }, 'stopped', false],
    ['suspend', { running: false }, 'stopped', false],
    ['snapshot', { running: true }, 'copy', true],
    ['snapshot', { running: true, live: true }, 'snapshot', true],
    ['suspend', { running: true, live: true }, 'copy', true],
    ['stop', { running: true, live: true }, 'snapshot', false],
    ['stop', { running: true }, 'stopped', false],
  ] as const)('%s of %j: %s, frozen: %s', async (mode, how, way, freezes) => {
    const { plan } = await planned(await make(how), mode);
    expect(plan).toMatchObject({ way, freezes, idMap: { first: 100_000, count: 65_536 } });
  });

  test('has the root and what is to be backed up, and tells the rest, and why it is a copy', async () => {
    const { plan, remarks } = await planned(await make({ running: true }), 'snapshot');
    expect(plan.volumes.map(({ key, target }) => [key, target])).toEqual([
      ['rootfs', '/'],
      ['mp0', '/srv'],
    ]);
    expect(remarks.join('\n')).toMatch(/mp1 \(\/scratch\).*backup=1/);
    expect(remarks.join('\n')).toMatch(/mp2 \(\/shared\).*folder of the host/);
    expect(remarks.at(-1)).toBe("mode 'suspend' is used instead");
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  test('one that somebody froze stays frozen', async () => {
    const parts = await make({ running: true, live: true });
    await parts.driver.pause(100);
    await parts.states.refresh();
    const { plan } = await planned(parts, 'snapshot');
    expect(plan.freezes).toBe(false);
    await beginTree(parts, quietContext(), plan, []);
    await endTree(parts, quietContext(), plan);
    expect(parts.states.stateOf(100)).toBe('paused');
  });

  test('no container, a folder that is no path, a pattern that is none', async () => {
    const parts = await make();
    await expect(planTree(parts, quietContext(), 999, { ...wish, mode: 'stop' })).rejects.toMatchObject({
      code: 'not-found',
    });
    for (const wrong of [{ scratch: 'tmp' }, { exclude: ['/'] }])
      await expect(
        planTree(parts, quietContext(), 100, { ...wish, ...wrong, mode: 'stop' }),
      ).rejects.toMatchObject({ code: 'invalid-input' });
  });
});

describe('begun and ended', () => {
  test('by snapshots: frozen only while they are taken; all is as before at the end', async () => {
    const parts = await make({ running: true, live: true });
    const before = await world.snapshot();
    const { plan } = await planned(parts, 'snapshot');
    const source = await beginTree(parts, quietContext(), plan, treeTexts('arch: amd64\n'));
    expect(source.parts.map(({ key, target }) => [key, target])).toEqual([
      ['rootfs', '/'],
      ['mp0', '/srv'],
    ]);
    expect(source.texts).toEqual([{ name: 'pct.conf', text: 'arch: amd64\n' }]);
    expect(parts.states.stateOf(100)).toBe('running');
    for (const { volume } of plan.volumes) expect(await world.snapshotsOf(volume)).toEqual([treeSnapshot]);
    await endTree(parts, quietContext(), plan);
    await endTree(parts, quietContext(), plan);
    expect(await world.snapshot()).toEqual(before);
  });

  test('stopped: mounted and let go of; refused when it runs again', async () => {
    const parts = await make();
    const before = await world.snapshot();
    const { plan } = await planned(parts, 'stop');
    await beginTree(parts, quietContext(), plan, []);
    await endTree(parts, quietContext(), plan);
    expect(await world.snapshot()).toEqual(before);
  });

  test.each(['pause', 'mount', 'resume', 'snapshot', 'attach'])(
    '%s that fails leaves nothing',
    async (call) => {
      const parts = await make({ running: true, live: true });
      const { plan } = await planned(parts, 'snapshot');
      const before = await world.snapshot();
      let failed = false;
      const once = <T extends object>(target: T): T =>
        new Proxy(target, {
          get(of, name) {
            const found = Reflect.get(of, name) as unknown;
            if (typeof found !== 'function') return found;
            return (...args: unknown[]) => {
              if (name !== call || failed) return (found as (...all: unknown[]) => unknown).apply(of, args);
              failed = true;
              return Promise.reject(new Error('it broke'));
            };
          },
        });
      const { storages } = parts;
      const broken: TreeWorkParts = {
        ...parts,
        driver: once(parts.driver),
        storages: { ...storages, storage: (id) => once(storages.storage(id)) },
      };
      await expect(beginTree(broken, quietContext(), plan, [])).rejects.toThrow('it broke');
      await endTree(parts, quietContext(), plan);
      expect(await world.snapshot()).toEqual(before);
    },
  );
});
