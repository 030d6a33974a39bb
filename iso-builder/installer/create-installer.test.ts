// The installer as the daemon calls it: checks without effect, the confirmation, secrets, an early end.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { AppError, invalidInput } from '../../server/core/errors.ts';
import { hashPassword } from '../../server/core/hash-password.ts';
import { quietContext } from '../../server/core/work-context.ts';
import { chooseNic } from './choose-nic.ts';
import { type InstallWorld, type InstallWorldOptions, installWorld } from './install-fixture.ts';
import { placeInState, readStatePaths } from './state-paths.ts';
import { poolMetadataBytes } from './steps/lvm.ts';
import { partitionArguments } from './steps/partition.ts';

let world: InstallWorld;
afterEach(() => world?.dispose().catch(() => {}));

const { signal } = new AbortController();
function make(options?: InstallWorldOptions): InstallWorld {
  world = installWorld(options);
  return world;
}
const fieldsOf = (work: Promise<unknown>) =>
  work.then(
    () => 'fine',
    (error: unknown) => (error instanceof AppError ? error.fields : error),
  );

describe('before it begins', () => {
  test('a check tells what would be destroyed, and keeps nothing', async () => {
    const { installer, machine, runDir } = make();
    expect(await installer.check('', signal)).toEqual({
      ...{ problems: [], warnings: [] },
      destroys: ['/dev/sda is erased'],
    });
    expect(machine.commands).toEqual([]);
    expect(existsSync(runDir)).toBe(false);
  });

  test('problems of the plan get the lines of the text', async () => {
    const problem = { key: 'disk.devices', line: 0, message: 'there is no disk /dev/sdx' };
    const { installer } = make({ parts: { plan: () => ({ problems: [problem] }) } });
    const text = '[disk]\n\ndevices = ["/dev/sdx"]\n';
    expect((await installer.check(text, signal)).problems).toEqual([{ ...problem, line: 3 }]);
    expect(await fieldsOf(installer.accept(text, 'sdx', signal))).toEqual({
      answers: 'disk.devices (line 3): there is no disk /dev/sdx',
    });
  });

  test('what the network renderer refuses is a problem of the answers', async () => {
    const renderHostNetwork = () => {
      throw invalidInput({ gateway: 'is not in the network', mac: 'is not the address of a card' });
    };
    const { installer } = make({ parts: { renderHostNetwork } });
    expect((await installer.check('[network]\ngateway = "x"\n', signal)).problems).toEqual([
      { key: 'network.gateway', line: 2, message: 'is not in the network' },
      { key: 'network.nic', line: 1, message: 'is not the address of a card' },
    ]);
  });

  test.each([
    ['/dev/sda', ''],
    ['/dev/sda', 'sdb'],
    ['/dev/sda', 'sda,sdb'],
    ['/dev/sda', 'sda,sda'],
  ])('%s is not confirmed by %j', async (disk, confirm) => {
    const { installer, runDir } = make({ disks: [disk] });
    expect(await fieldsOf(installer.accept('', confirm, signal))).toEqual({
      confirm: 'must be the names of the disks that are written to: sda',
    });
    expect(existsSync(runDir)).toBe(false);
  });

  test('two disks are confirmed in any order', async () => {
    const { installer } = make({ disks: ['/dev/sda', '/dev/sdb'] });
    expect((await installer.accept('', ' sdb, sda', signal)).disks).toEqual(['sda', 'sdb']);
  });

  test('a medium that lost a file cannot be installed from, but disks can be looked at', async () => {
    const { installer, medium } = make();
    writeFileSync(join(medium, 'vmlinuz'), 'short');
    await expect(installer.check('', signal)).rejects.toThrow(/vmlinuz on the medium has 5 bytes/);
    expect((await installer.facts(signal)).nics).toHaveLength(1);
  });

  test('a state path that the image does not keep is found before anything is erased', async () => {
    const { installer, machine } = make({
      parts: { renderHostNetwork: () => [{ path: '/etc/elsewhere', text: '' }] },
    });
    await expect(installer.accept('', 'sda', signal)).rejects.toThrow(
      'the image does not keep /etc/elsewhere',
    );
    expect(machine.commands.filter((command) => !command.startsWith('openssl'))).toEqual([]);
  });
});

describe('secrets', () => {
  test('lie in a file of their own, for root alone, until they are forgotten', async () => {
    const { installer, runDir } = make();
    const job = await installer.accept('', 'sda', signal);
    const file = join(runDir, job.id, 'secret.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(runDir, job.id)).mode & 0o777).toBe(0o700);
    expect(JSON.parse(readFileSync(file, 'utf8')).passwordHash).toMatch(/^\$6\$/);
    expect(JSON.stringify(job)).not.toMatch(/geheim|\$6\$/);
    await installer.forget(job);
    await expect(installer.requireReady(job)).rejects.toThrow(/start it anew/);
    await installer.finish(job);
    await installer.finish(job);
    expect(readdirSync(runDir)).toEqual([]);
  });

  test('a new life of the daemon sweeps them, but not how far an installation went', async () => {
    const { installer, runDir } = make();
    const idle = await installer.accept('', 'sda', signal);
    const begun = await installer.accept('', 'sda', signal);
    await installer.runStep('prepare', quietContext(), begun);
    await installer.sweep();
    expect(readdirSync(runDir)).toEqual([begun.id]);
    expect(readdirSync(join(runDir, begun.id))).toEqual(['stage']);
    await installer.abandon(quietContext(), idle);
  });

  test('what is still mounted is not deleted with the folder', async () => {
    const { installer, runDir } = make();
    const job = await installer.accept('', 'sda', signal);
    mkdirSync(join(runDir, job.id, 'state'), { recursive: true });
    writeFileSync(join(runDir, job.id, 'state/precious'), '');
    await expect(installer.finish(job)).rejects.toThrow(/ENOTEMPTY/);
    expect(existsSync(join(runDir, job.id, 'state/precious'))).toBe(true);
  });

  test('a job cannot lead out of the folder', async () => {
    const { installer } = make();
    const job = { ...(await installer.accept('', 'sda', signal)), id: '../../../etc' };
    expect(() => installer.finish(job)).toThrow(/no valid id/);
  });

  test.each(['x'.repeat(257), 'a\nb'])(
    'a password that openssl would cut off is refused',
    async (password) => {
      await expect(hashPassword(make().machine.exec, password, 'system.password')).rejects.toMatchObject({
        code: 'invalid-input',
      });
    },
  );
});

describe('small decisions', () => {
  test('the card with a link and an address, unless one is named', () => {
    const nic = (name: string, link: boolean, addresses: string[] = []) => {
      return { name, mac: name, link, speedMbit: undefined, driver: undefined, addresses };
    };
    const network = {
      mode: 'dhcp',
      nic: undefined,
      address: undefined,
      gateway: undefined,
      dns: [],
    } as const;
    const nics = [nic('a', false), nic('b', true), nic('c', true, ['192.0.2.1/24'])];
    expect(chooseNic(network, nics)?.name).toBe('c');
    expect(chooseNic(network, nics.slice(0, 2))?.name).toBe('b');
    expect(chooseNic(network, nics.slice(0, 1))?.name).toBe('a');
    expect(chooseNic({ ...network, nic: 'a' }, nics)?.name).toBe('a');
    expect(chooseNic(network, [])).toBeUndefined();
  });

  test('where a file lies in the state', () => {
    const paths = readStatePaths('# list\ndir /root\ndir /etc/croft 0755\nfile /etc/hosts\n\n');
    expect(placeInState(paths, '/root/.ssh/authorized_keys')).toBe('dirs/root/.ssh/authorized_keys');
    expect(placeInState(paths, '/etc/hosts')).toBe('files/etc/hosts');
    for (const path of ['/etc/rooted', '/rooted', '/root/../etc/hosts', 'etc/hosts', '/root/'])
      expect(() => placeInState(paths, path)).toThrow();
  });

  test("the pool's metadata with its spare fits beside 95 % of the space", () => {
    const gib = 1024 ** 3;
    for (const free of [2 * gib, 8 * gib, 500 * gib, 20_000 * gib]) {
      const metadata = poolMetadataBytes(free);
      expect(2 * metadata).toBeLessThan(free * 0.05);
      expect(metadata).toBeLessThan(15.81 * gib);
    }
  });

  test('sectors of 4 KiB: the same alignment, and enough clusters for FAT32', async () => {
    const { plan } = await make().installer.accept('', 'sda', signal);
    const args = partitionArguments(plan, '/dev/sda', 4096);
    expect(args).toContain('--set-alignment=256');
    expect(args).toContain(`--new=2:0:+${288 * 1024}K`);
  });
});
