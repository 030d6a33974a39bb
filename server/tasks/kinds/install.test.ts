// The task `croftinstall` under the suite of task kinds, with the real installer on a machine of the tests; its progress and
// what follows its end.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  type InstallWorldOptions,
  installWorld,
  textOn,
} from '../../../iso-builder/installer/install-fixture.ts';
import { Faults } from '../../../test/contracts/faults.ts';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import type { Installer } from '../../contract/installer.ts';
import { installKind } from './install.ts';

const requester = 'root@pam';

async function kindWorld(options: InstallWorldOptions = {}) {
  const faults = new Faults();
  const asked: string[] = [];
  const world = installWorld({
    ...options,
    wrap: (exec) => {
      const target = faults.wrap({ exec }, ['exec']);
      return (...call) => target.exec(...call);
    },
  });
  const installer: Installer = world.installer;
  const soon = (what: string) => ({
    ask: () => {
      if (!asked.includes(what)) asked.push(what);
    },
    cancel: () => void asked.splice(0),
  });
  const afterwards = { reboot: soon('reboot'), poweroff: soon('poweroff') };
  const kind = installKind({ node: 'pve1', installer, afterwards });
  const params = await installer.accept('', world.confirm, new AbortController().signal);
  return {
    ...{ world, faults, asked, kind, params },
    snapshot: () => ({ ...(world.snapshot() as object), asked: [...asked] }),
    dispose: () => world.dispose(),
  };
}

// The mirror's has all outside calls: the single disk is among the tests of the installer itself.
describeTaskKind('croftinstall, guests kept', async () => {
  const { faults: _faults, ...made } = await kindWorld({ keepGuests: true, answers: { hostname: '' } });
  const { machine } = made.world;
  const group = machine.groups.get('croft')!;
  group.active = false;
  return {
    ...made,
    // The system is written anew and its old one is lost; guests and settings must outlive every failure.
    snapshot: () => ({
      ...{
        mounts: [...machine.mounts],
        active: group.active,
        volumes: [...group.volumes],
        asked: made.asked,
      },
      table: machine.disks.map((disk) => disk.table),
      hostname: textOn(made.world, '/dev/sda4', 'files/etc/hostname'),
    }),
  };
});
describeTaskKind('croftinstall, mirror on NVMe', () =>
  kindWorld({ disks: ['/dev/nvme0n1', '/dev/nvme1n1'] }),
);

describe('croftinstall', () => {
  test('tells how far it is, says what follows, and forgets the secret', async () => {
    const made = await kindWorld();
    const { runner, changes, log } = runnerWorld();
    runner.register(made.kind);
    const upid = await runner.start('croftinstall', made.params, { requester });
    const record = await runner.wait(upid);
    expect(record).toMatchObject({ exitStatus: 'OK', description: 'Install on sda', objectId: 'sda' });
    const seen = changes.flatMap(({ progress }) => (progress === undefined ? [] : [progress]));
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(log(upid).at(-2)).toBe('the machine will restart in a few seconds');
    expect(made.asked).toEqual(['reboot']);
    expect(readdirSync(join(made.world.runDir, made.params.id))).not.toContain('secret.json');
    await (made.world.installer as Installer).finish(made.params);
    expect(readdirSync(made.world.runDir)).toEqual([]);
    await made.dispose();
  });

  test('no password is in what is stored, in programs, or in the log', async () => {
    const made = await kindWorld();
    const { runner, db } = runnerWorld();
    runner.register(made.kind);
    await runner.wait(await runner.start('croftinstall', made.params, { requester }));
    const stored = JSON.stringify(db.prepare('select * from tasks').all());
    expect(stored).toContain('server1');
    for (const text of [stored, made.world.machine.commands.join('\n'), JSON.stringify(made.params)]) {
      expect(text).not.toContain('geheim-0815');
      expect(text).not.toContain('$6$salt');
    }
    expect(made.world.machine.inputs).toEqual(['geheim-0815\n']);
    await made.dispose();
  });

  test('a failure before the disk is touched leaves what was on it', async () => {
    const made = await kindWorld();
    made.world.machine.mounts.set('/mnt', '/dev/sda1');
    const { runner } = runnerWorld();
    runner.register(made.kind);
    const record = await runner.wait(await runner.start('croftinstall', made.params, { requester }));
    expect(record.exitStatus).toMatch(/sda1 is mounted at \/mnt/);
    expect(made.world.machine.disks[0]).toMatchObject({ table: 'old', bootCode: 'old' });
    await made.dispose();
  });

  test('a failure after it was erased leaves a disk that starts nothing, and no secret', async () => {
    const made = await kindWorld();
    const { runner } = runnerWorld({
      onBoundary: ({ step, moment }) => {
        if (step === 'verify' && moment === 'after-run') throw new Error('broken');
      },
    });
    runner.register(made.kind);
    const record = await runner.wait(await runner.start('croftinstall', made.params, { requester }));
    expect(record.state).toBe('failed');
    expect(made.world.machine.disks[0]).toMatchObject({ table: 'none', bootCode: 'none' });
    expect(existsSync(made.world.runDir) && readdirSync(made.world.runDir)).toEqual([]);
    await made.dispose();
  });
});
