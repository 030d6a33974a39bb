// The steps of the installation on a machine of the tests: which programs run with which arguments, and what is there then.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { quietContext } from '../../server/core/work-context.ts';
import {
  type InstallWorld,
  type InstallWorldOptions,
  installWorld,
  textOn,
  uuids,
} from './install-fixture.ts';
import type { InstallJob } from './job.ts';

let world: InstallWorld;
afterEach(() => world.dispose());

const context = quietContext();

async function accept(options: InstallWorldOptions = {}): Promise<InstallJob> {
  world = installWorld(options);
  const job = await world.installer.accept('', world.confirm, context.signal);
  world.machine.commands.splice(0);
  return job;
}

async function install(options: InstallWorldOptions = {}): Promise<InstallJob> {
  const job = await accept(options);
  for (const { name } of world.installer.steps) await world.installer.runStep(name, context, job);
  return job;
}

/** What was run, without what only looks or waits; folders of this run are `RUN`. */
function changes(job: InstallJob): string[] {
  const looking = /^(lsblk|blkid|pvs|vgs|lvs|mountpoint|udevadm|sync|blockdev --get|mount -o remount)/;
  return world.machine.commands
    .filter((command) => !looking.test(command))
    .map((command) => command.replaceAll(join(world.runDir, job.id), 'RUN'));
}

const rw = 'noatime,nodev,nosuid,noexec';
const grub =
  '--boot-directory=RUN/esp --modules=part_gpt fat ext2 mdraid1x search_fs_uuid loadenv --locales= --themes=';
const efi = `grub-install --target=x86_64-efi --efi-directory=RUN/esp ${grub} --removable --no-nvram --no-uefi-secure-boot`;

describe('one disk', () => {
  test('every program in its order', async () => {
    const job = await install();
    expect(changes(job)).toEqual([
      'dd if=/dev/zero of=/dev/sda bs=440 count=1 conv=notrunc,fsync status=none',
      'wipefs --all --quiet /dev/sda1',
      'wipefs --all --quiet /dev/sda2',
      'wipefs --all --quiet /dev/sda',
      'sgdisk --zap-all /dev/sda',
      'flock --exclusive --timeout=30 /dev/sda blockdev --rereadpt /dev/sda',
      'sgdisk --clear --disk-guid=R --set-alignment=2048' +
        ' --new=1:0:+1024K --typecode=1:ef02 --change-name=1:croft-bios' +
        ' --new=2:0:+262144K --typecode=2:ef00 --change-name=2:croft-esp' +
        ' --new=3:0:+3145728K --typecode=3:8300 --change-name=3:croft-system' +
        ' --new=4:0:+2097152K --typecode=4:8300 --change-name=4:croft-state' +
        ' --new=5:0:0 --typecode=5:8e00 --change-name=5:croft-guests /dev/sda',
      'flock --exclusive --timeout=30 /dev/sda blockdev --rereadpt /dev/sda',
      ...[1, 2, 3, 4, 5].map((number) => `wipefs --all --quiet /dev/sda${number}`),
      'mkfs.vfat -F 32 -n CROFT_ESP /dev/sda2',
      `mkfs.ext4 -F -q -O ^metadata_csum_seed,^orphan_file -m 0 -L croft-system -U ${uuids.system} /dev/sda3`,
      `mkfs.ext4 -F -q -O ^metadata_csum_seed,^orphan_file -m 1 -L croft-state -U ${uuids.state} /dev/sda4`,
      'pvcreate --yes --force --force /dev/sda5',
      'vgcreate --yes croft /dev/sda5',
      'lvcreate --yes --wipesignatures y --zero y --size 4096m --name local croft',
      'mkfs.ext4 -F -q -O ^metadata_csum_seed,^orphan_file,quota,project -E quotatype=prjquota -m 0 -L croft-local /dev/croft/local',
      'lvcreate --yes --type thin-pool --extents 95%FREE --poolmetadatasize 204m --zero y --name data croft',
      'vgchange --activate n croft',
      `mount -t ext4 -o ${rw} /dev/sda3 RUN/system`,
      'umount RUN/system',
      `mount -t ext4 -o ${rw} /dev/sda4 RUN/state`,
      'umount RUN/state',
      `mount -t vfat -o ${rw} /dev/sda2 RUN/esp`,
      efi,
      'umount RUN/esp',
      `mount -t vfat -o ${rw} /dev/sda2 RUN/esp`,
      `grub-install --target=i386-pc ${grub} /dev/sda`,
      'umount RUN/esp',
      'blockdev --flushbufs /dev/sda',
      `mount -t ext4 -o ${rw},ro /dev/sda3 RUN/system`,
      'umount RUN/system',
      `mount -t vfat -o ${rw},ro /dev/sda2 RUN/esp`,
      'umount RUN/esp',
    ]);
    expect(world.snapshot()).toMatchObject({ installed: ['/dev/sda'], mounts: [], active: [] });
  });

  test('what the state holds', async () => {
    const job = await install({
      network: { mode: 'static', address: '192.0.2.10/24', gateway: '192.0.2.1' },
    });
    const text = (path: string) => textOn(world, '/dev/sda4', path);
    expect(text('schema')).toBe('1\n');
    expect(JSON.parse(text('install.json'))).toEqual({
      version: '1.2.3',
      installedAt: '2026-01-31T00:00:00.000Z',
      installId: job.id,
      hostname: 'server1',
      language: 'it',
    });
    expect(text('files/etc/hostname')).toBe('server1\n');
    expect(text('files/etc/hosts')).toContain('192.0.2.10 server1.example.org server1\n');
    expect(text('accounts/shadow')).toBe(`root:$6$salt$${'x'.repeat(86)}:20484:0:99999:7:::\n`);
    expect(text('dirs/root/.ssh/authorized_keys')).toBe('ssh-ed25519 AAAA me\n');
    expect(text('dirs/etc/croft/croft.toml')).toContain('privateBridge = "vmbr1"');
    expect(text('files/etc/vconsole.conf')).toBe('KEYMAP=it\n');
    expect(text('files/etc/ssh/sshd_config.d/50-croft-answers.conf')).toMatch(/PasswordAuthentication no/);
    expect(text('files/etc/network/interfaces')).toBe('# 52:54:00:00:00:01\n');
    expect(text('dirs/etc/systemd/network/10-croft-uplink.network')).toBe('[Match]\n');
    expect(textOn(world, '/dev/sda2', 'grub/grub.cfg')).toContain(`croft.state=UUID=${uuids.state}`);
    expect(textOn(world, '/dev/sda2', 'grub/grubenv')).toHaveLength(1024);
    expect(textOn(world, '/dev/sda3', 'A/vmlinuz')).toBe('this is vmlinuz');
  });

  test('a damaged file of the medium ends it, and nothing on the disk starts', async () => {
    const job = await accept();
    writeFileSync(join(world.medium, 'initrd.img'), 'this is initrd.IMG');
    const run = async () => {
      for (const { name } of world.installer.steps) await world.installer.runStep(name, context, job);
    };
    await expect(run()).rejects.toThrow(/initrd\.img on the medium is damaged/);
    await world.installer.abandon(context, job);
    expect(world.machine.disks[0]).toMatchObject({ table: 'none', bootCode: 'none' });
    expect(world.snapshot()).toMatchObject({ mounts: [], active: [], installed: [], pretending: [] });
  });
});

describe('a mirror', () => {
  test('arrays but for the ESPs, GRUB on both disks, BIOS last', async () => {
    const job = await install({ disks: ['/dev/nvme0n1', '/dev/nvme1n1'] });
    const run = changes(job);
    const made = run.filter((command) => command.startsWith('mdadm --create'));
    expect(made).toEqual(
      (
        [
          ['system', 3],
          ['state', 4],
          ['guests', 5],
        ] as const
      ).map(
        ([part, number]) =>
          `mdadm --create /dev/md/croft-${part} --run --level=1 --raid-devices=2 --metadata=1.2 --bitmap=internal` +
          ` --homehost=any --name=croft-${part} /dev/nvme0n1p${number} /dev/nvme1n1p${number}`,
      ),
    );
    expect(run.filter((command) => command.includes('--typecode=3:fd00'))).toHaveLength(2);
    expect(run.filter((command) => command.startsWith('mkfs.vfat')).map((c) => c.split(' ').at(-1))).toEqual([
      '/dev/nvme0n1p2',
      '/dev/nvme1n1p2',
    ]);
    const loaders = run.filter((command) => command.startsWith('grub-install'));
    expect(loaders.map((command) => command.split(' ')[1])).toEqual([
      '--target=x86_64-efi',
      '--target=x86_64-efi',
      '--target=i386-pc',
      '--target=i386-pc',
    ]);
    expect(world.snapshot()).toMatchObject({ installed: ['/dev/nvme0n1', '/dev/nvme1n1'], arrays: [] });
  });
});

describe('what held the disks', () => {
  test('swap, volume groups and arrays are peeled off', async () => {
    const job = await accept();
    const { machine } = world;
    machine.swaps.add('/dev/sda1');
    machine.arrays.set('/dev/md/old', ['/dev/sda2']);
    machine.groups.set('pve', {
      ...{ uuid: 'pve-uuid', volume: '/dev/md/old', active: true },
      volumes: new Set(['root', 'data']),
    });
    await world.installer.runStep('prepare', context, job);
    expect(changes(job)).toEqual([
      'swapoff /dev/sda1',
      'vgchange --activate n --select vg_uuid=pve-uuid',
      'mdadm --stop /dev/md/old',
    ]);
  });

  test('a mirror that comes back while the disk is erased is released again, and again no more than four times', async () => {
    const job = await accept();
    const { machine } = world;
    const assemble = (times: number) => {
      let left = times;
      machine.onWipe = (device) => {
        if (device !== '/dev/sda2') return;
        left -= 1;
        if (left >= 0) machine.arrays.set('/dev/md/old', ['/dev/sda2']);
      };
    };
    assemble(4);
    await world.installer.runStep('prepare', context, job);
    await world.installer.runStep('wipe', context, job);
    expect(changes(job).filter((command) => command === 'mdadm --stop /dev/md/old')).toHaveLength(4);
    expect(machine.disks[0]).toMatchObject({ table: 'none' });
    Object.assign(machine.disks[0]!, { table: 'old', parts: 2 });
    assemble(5);
    await expect(world.installer.runStep('wipe', context, job)).rejects.toThrow(/sda2.*busy/);
  });

  test.each([
    ['a mounted partition', () => world.machine.mounts.set('/mnt', '/dev/sda1'), /sda1 is mounted at \/mnt/],
    [
      'a group of our name elsewhere',
      () =>
        world.machine.groups.set('croft', {
          ...{ uuid: 'x', volume: '/dev/sdb5', active: false },
          volumes: new Set<string>(),
        }),
      /sdb5 holds a volume group 'croft' already/,
    ],
  ])('%s is refused before anything is changed', async (_name, occupy, text) => {
    const job = await accept();
    occupy();
    await expect(world.installer.requireReady(job)).rejects.toThrow(text);
    await expect(world.installer.runStep('prepare', context, job)).rejects.toThrow(text);
    expect(changes(job)).toEqual([]);
    world.machine.mounts.clear();
    await world.installer.abandon(context, job);
    expect(world.machine.disks[0]).toMatchObject({ table: 'old', bootCode: 'old' });
  });

  test('a disk of another size is not the one that was chosen', async () => {
    const job = await accept();
    const other = { ...job, plan: { ...job.plan, disks: [{ ...job.plan.disks[0]!, sizeBytes: 1 }] } };
    await expect(world.installer.requireReady(other)).rejects.toThrow(/sda is not the disk that was chosen/);
  });
});

describe('an installation that is kept', () => {
  const kept = { keepGuests: true, answers: { hostname: '', password: undefined, sshKeys: [] } };

  test.each([[['/dev/sda']], [['/dev/sda', '/dev/sdb']]])('on %s: only the system is new', async (disks) => {
    const job = await install({ ...kept, disks });
    const run = changes(job).join('\n');
    expect(run).not.toMatch(/sgdisk|wipefs|dd |pvcreate|vgcreate|lvcreate|mdadm --create|croft-state -U/);
    const mirror = disks.length > 1;
    const state = mirror ? '/dev/md/croft-state' : '/dev/sda4';
    const text = (path: string) => textOn(world, state, path);
    expect(text('files/etc/hostname')).toBe('old\n');
    expect(text('accounts/shadow')).toBe('root:$6$old:1:0:99999:7:::\nanna:$6$a:1:0:99999:7:::\n');
    expect(JSON.parse(text('install.json'))).toMatchObject({
      ...{ installId: 'first', hostname: 'old', version: '1.2.3', language: 'ru' },
    });
    expect(() => text('update/pending.json')).toThrow('ENOENT');
    expect(text('update/last.json')).toBe('{}');
    expect([...world.machine.groups.get('croft')!.volumes]).toContain('vm-100-disk-0');
    expect(textOn(world, '/dev/sda2', 'grub/grub.cfg')).toContain(
      'croft.state=UUID=33333333-3333-4333-8333-333333333333',
    );
  });

  test('a password that is given is set, and other accounts stay', async () => {
    await install({ ...kept, answers: { ...kept.answers, password: 'geheim-0815' } });
    expect(textOn(world, '/dev/sda4', 'accounts/shadow').split('\n')).toEqual([
      expect.stringMatching(/^root:\$6\$salt/),
      'anna:$6$a:1:0:99999:7:::',
      '',
    ]);
  });

  test.each([
    [
      'settings of a newer version',
      () => writeFileSync(join(world.machine.folderOf('/dev/sda4'), 'schema'), '99\n'),
      /settings on the disk have version 99/,
    ],
    [
      "another machine's",
      () => writeFileSync(join(world.machine.folderOf('/dev/sda4'), 'files/etc/hostname'), 'other\n'),
      /is called 'other', not 'server1'/,
    ],
    ['no guests', () => world.machine.groups.clear(), /volume group 'croft' with the guests is not on/],
  ])('%s: it ends before anything is written', async (_name, spoil, text) => {
    const job = { ...(await accept(kept)), hostname: 'server1' };
    writeFileSync(join(world.machine.folderOf('/dev/sda4'), 'files/etc/hostname'), 'server1\n');
    spoil();
    await world.installer.runStep('prepare', context, job);
    await expect(world.installer.runStep('filesystems', context, job)).rejects.toThrow(text);
    expect(world.machine.commands.filter((command) => command.startsWith('mkfs'))).toEqual([]);
  });
});
