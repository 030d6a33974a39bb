// Plans: sizes, refusals, warnings, sentences; and that none ever touches what it must not.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gibibyte } from '../../server/core/units.ts';
import { planInstall } from './plan.ts';
import { renderDiskSize } from './plan-sentences.ts';
import { largestStateOn, planSizes } from './plan-sizes.ts';
import type {
  Answers,
  DiskContent,
  DiskFacts,
  FoundCroft,
  ImageSource,
  MachineFacts,
  NicFacts,
} from './types.ts';

const image: ImageSource = { folder: '/image', version: '1.0.0', stateSchema: 1, bytes: 400_000_000 };

function disk(name: string, more: Partial<DiskFacts> = {}): DiskFacts {
  return {
    path: `/dev/${name}`,
    name,
    ids: [`/dev/disk/by-id/ata-${name}`],
    model: 'Samsung SSD',
    serial: name,
    sizeBytes: 500_107_862_016,
    sectorBytes: 512,
    transport: 'sata',
    rotational: false,
    contents: [],
    croft: undefined,
    problem: undefined,
    ...more,
  };
}

function content(device: string, more: Partial<DiskContent> = {}): DiskContent {
  return {
    device,
    sizeBytes: 100e9,
    type: 'ntfs',
    label: '',
    description: 'Windows (NTFS)',
    mountpoint: undefined,
    ...more,
  };
}

const nic: NicFacts = {
  name: 'eno1',
  mac: '52:54:00:00:00:01',
  link: true,
  speedMbit: 1000,
  driver: 'igb',
  addresses: [],
};

function facts(disks: DiskFacts[], more: Partial<MachineFacts> = {}): MachineFacts {
  return { disks, nics: [nic], firmware: 'uefi', memoryBytes: 8 * gibibyte, ...more };
}

interface Change {
  system?: Partial<Answers['system']>;
  network?: Partial<Answers['network']>;
  disk?: Partial<Answers['disk']>;
}

function answers(change: Change = {}): Answers {
  return {
    system: {
      hostname: 'server1',
      domain: undefined,
      timezone: 'UTC',
      keyboard: 'us',
      language: 'en',
      password: 'correct horse',
      passwordHash: undefined,
      sshKeys: [],
      sshPasswordLogin: true,
      ...change.system,
    },
    network: {
      mode: 'dhcp',
      nic: undefined,
      address: undefined,
      gateway: undefined,
      dns: [],
      ...change.network,
    },
    disk: {
      devices: ['/dev/sda'],
      mirror: false,
      erase: false,
      keepGuests: false,
      stateBytes: undefined,
      ...change.disk,
    },
    after: 'reboot',
  };
}

function plan(change: Change, machine: MachineFacts) {
  let count = 0;
  const result = planInstall(answers(change), machine, image, () => `uuid-${count++}`);
  return 'plan' in result
    ? { plan: result.plan, problems: [] }
    : { plan: undefined, problems: result.problems.map(({ key, message }) => `${key}: ${message}`) };
}

const mirrored = { devices: ['/dev/sda', '/dev/sdb'], mirror: true };
const keepable: FoundCroft = {
  hostname: 'server1',
  version: '0.9',
  stateSchema: 1,
  keepable: true,
  reason: undefined,
};
const kept = { keepGuests: true };
const oldCroft = (name: string, more: Partial<FoundCroft> = {}, type = 'ext4') =>
  disk(name, {
    croft: { ...keepable, ...more },
    contents: [content(`/dev/${name}4`, { type, sizeBytes: 5 * gibibyte, description: 'Croft: settings' })],
  });

test('an empty disk', () => {
  expect(plan({}, facts([disk('sda')])).plan).toEqual({
    disks: [{ path: '/dev/sda', name: 'sda', sizeBytes: 500_107_862_016 }],
    mirror: false,
    keepGuests: false,
    sizes: { systemBytes: 3 * gibibyte, stateBytes: 16 * gibibyte, localBytes: 128 * gibibyte },
    uuids: { system: 'uuid-0', state: 'uuid-1' },
    image,
    destroys: ['sda (Samsung SSD, 500 GB) is empty'],
    warnings: [],
  });
});

describe('disks', () => {
  const windows = disk('sda', {
    contents: [
      content('/dev/sda1', { label: 'Data' }),
      content('/dev/sda2', { sizeBytes: 5e8, description: 'Linux swap' }),
    ],
  });

  test('are erased only when that is allowed, and it is said what is lost', () => {
    expect(plan({}, facts([windows])).problems).toEqual([
      'disk.erase: sda (Samsung SSD, 500 GB) is not empty: Windows (NTFS) "Data" on sda1, 100 GB; Linux swap on sda2, 500 MB. With erase = true it is erased',
    ]);
    expect(plan({ disk: { erase: true } }, facts([windows])).plan?.destroys).toEqual([
      'sda (Samsung SSD, 500 GB) will be erased: Windows (NTFS) "Data" on sda1, 100 GB; Linux swap on sda2, 500 MB',
    ]);
  });

  test.each([
    [{ devices: ['/dev/disk/by-id/ata-sdb'] }, 'sdb'],
    [{ devices: ['/dev/sdb'] }, 'sdb'],
  ])('are found by %j', (change, name) => {
    expect(
      plan({ disk: change }, facts([disk('sda'), disk('sdb')])).plan?.disks.map((one) => one.name),
    ).toEqual([name]);
  });

  test.each<[Change['disk'], DiskFacts[], string]>([
    [
      { devices: ['/dev/sdq'] },
      [disk('sda'), disk('sdb')],
      'disk.devices: there is no disk /dev/sdq; there is /dev/sda, /dev/sdb',
    ],
    [
      { devices: ['/dev/sda1'] },
      [windows],
      'disk.devices: /dev/sda1 is a part of sda: name the whole disk, /dev/sda',
    ],
    [
      {},
      [disk('sda', { problem: 'it is read-only' })],
      'disk.devices: sda (Samsung SSD, 500 GB): it is read-only',
    ],
    [
      { devices: ['/dev/sda', '/dev/disk/by-id/ata-sda'], mirror: true },
      [disk('sda')],
      'disk.devices: /dev/disk/by-id/ata-sda is sda, which is named already',
    ],
    [
      {},
      [disk('sda'), oldCroft('sdb')],
      'disk.devices: sdb (Samsung SSD, 500 GB) holds another installation of Croft: choose that disk too, or take it out',
    ],
    [{ devices: [] }, [disk('sda')], 'disk.devices: exactly one disk is needed'],
    [
      { stateBytes: 16 * gibibyte },
      [disk('sda', { sizeBytes: 16 * gibibyte })],
      'disk.state-size: leaves too little for guests: at most 8G on this disk',
    ],
  ])('are refused: %j', (change, disks, problem) => {
    expect(plan({ disk: change ?? {} }, facts(disks)).problems).toEqual([problem]);
  });

  test('of different size make a mirror of the smaller', () => {
    const disks = [disk('sda', { sizeBytes: 40 * gibibyte }), disk('sdb', { sizeBytes: 50 * gibibyte })];
    const { plan: made } = plan({ disk: mirrored }, facts(disks));
    expect(made?.sizes).toEqual(planSizes(40 * gibibyte, undefined));
    expect(made?.warnings).toEqual([
      'The disks differ in size: 11 GB of sdb (Samsung SSD, 54 GB) stay unused.',
    ]);
    // The step that erases compares with the disk itself.
    expect(made?.disks.map(({ sizeBytes }) => sizeBytes)).toEqual([40 * gibibyte, 50 * gibibyte]);
  });
});

describe('keeping guests', () => {
  test('needs no leave to erase, and says what stays', () => {
    const { plan: made } = plan({ disk: kept }, facts([oldCroft('sda')]));
    expect(made?.destroys).toEqual([
      "sda (Samsung SSD, 500 GB): the system of Croft 0.9 of 'server1' is replaced; its settings and its guests are kept",
    ]);
    expect(made?.sizes.stateBytes).toBe(5 * gibibyte);
    const anew =
      'Both slots are written anew: there is no way back to a version that was there, and a pending update is dropped.';
    expect(made?.warnings).toEqual([
      "Host name, network, language and all other settings stay as they are on the disk, whatever the answers say, but for root's password.",
      anew,
    ]);
    const keys = plan({ disk: kept, system: { sshKeys: ['ssh-ed25519 AAAA'] } }, facts([oldCroft('sda')]));
    expect(keys.plan?.warnings).toEqual([
      expect.stringContaining("but for root's password and root's SSH keys."),
      "root's SSH keys that are on the disk are replaced by those of the answers.",
      anew,
    ]);
  });

  test('of a mirror whose arrays sleep: the name is not known yet', () => {
    const half = (name: string) => oldCroft(name, { hostname: undefined }, 'linux_raid_member');
    expect(plan({ disk: { ...mirrored, ...kept } }, facts([half('sda'), half('sdb')])).problems).toEqual([]);
    expect(plan({ disk: kept }, facts([half('sda')])).problems).toEqual([
      'disk.mirror: the installation on sda is half of a mirror: name both disks and write mirror = true',
    ]);
  });

  test.each<[Change, DiskFacts[], string]>([
    [
      { disk: kept },
      [disk('sda')],
      'disk.keep-guests: there is no installation of Croft on sda (Samsung SSD, 500 GB) to keep',
    ],
    [
      { disk: kept },
      [oldCroft('sda', { keepable: false, reason: 'it is too new' })],
      'disk.keep-guests: the installation on sda (Samsung SSD, 500 GB) cannot be kept: it is too new',
    ],
    [
      { disk: kept, system: { hostname: 'other' } },
      [oldCroft('sda')],
      "system.hostname: the installation on sda is called 'server1': leave it out",
    ],
    [
      { disk: { ...kept, ...mirrored } },
      [oldCroft('sda', { hostname: 'server1.lan' }), disk('sdb')],
      'disk.keep-guests: there is no installation of Croft on sdb (Samsung SSD, 500 GB) to keep',
    ],
    [
      { disk: { ...kept, ...mirrored }, system: { hostname: '' } },
      [oldCroft('sda', {}, 'linux_raid_member'), oldCroft('sdb', { hostname: 'b' }, 'linux_raid_member')],
      'disk.devices: the disks belong to different installations: server1, b',
    ],
  ])('is refused: %j', (change, disks, problem) => {
    expect(plan(change, facts(disks)).problems).toContain(problem);
  });

  test('is not asked for: then all of it is lost, and said', () => {
    expect(plan({ disk: { erase: true } }, facts([oldCroft('sda')])).plan?.destroys).toEqual([
      "sda (Samsung SSD, 500 GB) will be erased: Croft 0.9 of 'server1', with its guests: Croft: settings on sda4, 5.4 GB",
    ]);
  });
});

describe('the rest of the machine', () => {
  const dark = { ...nic, link: false };
  test.each<[Change, Partial<MachineFacts>, string[]]>([
    [
      {},
      { memoryBytes: 1.4 * gibibyte },
      ['The machine has only 1.4 GiB of memory: at least 2 GiB are needed.'],
    ],
    [{}, { memoryBytes: 1.9 * gibibyte }, []],
    [
      {},
      { nics: [dark] },
      ['No network card has a link: there will be no address from DHCP. Is the cable plugged in?'],
    ],
    [{}, { nics: [] }, ['No network card was found: the machine cannot be reached from outside.']],
    [
      { network: { nic: nic.mac } },
      { nics: [dark] },
      ['The network card eno1 (52:54:00:00:00:01) has no link: is the cable plugged in?'],
    ],
    [
      { network: { mode: 'static', address: '192.0.2.1/24' } },
      { nics: [dark] },
      [
        'No network card has a link. Is the cable plugged in?',
        'Without a gateway the machine reaches, and is reached from, its own network only.',
      ],
    ],
  ])('warnings: %j %j', (change, machine, warnings) => {
    expect(plan(change, facts([disk('sda')], machine)).plan?.warnings).toEqual(warnings);
  });

  test('a card that is not there is refused', () => {
    expect(plan({ network: { nic: '52:54:00:00:00:99' } }, facts([disk('sda')])).problems).toEqual([
      'network.nic: there is no network card 52:54:00:00:00:99; there is: 52:54:00:00:00:01 (eno1)',
    ]);
  });

  test('a disk by USB is told', () => {
    expect(plan({}, facts([disk('sda', { transport: 'usb' })])).plan?.warnings[0]).toContain(
      'connected by USB',
    );
  });
});

test('sizes of all disks fit on them', () => {
  const mebibyte = 1024 ** 2;
  expect(planSizes(12 * gibibyte, undefined)).toMatchObject({ stateBytes: gibibyte });
  fc.assert(
    fc.property(
      fc.integer({ min: 12 * 1024, max: 40e6 }).map((value) => value * mebibyte),
      fc.option(fc.integer({ min: 1024, max: 16 * 1024 }), { nil: undefined }),
      (diskBytes, wanted) => {
        const stateBytes = wanted === undefined ? undefined : wanted * mebibyte;
        fc.pre(stateBytes === undefined || stateBytes <= largestStateOn(diskBytes));
        const sizes = planSizes(diskBytes, stateBytes);
        for (const bytes of Object.values(sizes)) expect(bytes % mebibyte).toBe(0);
        const left = diskBytes - sizes.systemBytes - sizes.stateBytes - sizes.localBytes - 300 * mebibyte;
        expect(left).toBeGreaterThan(1.5 * gibibyte);
        expect(sizes.localBytes).toBeGreaterThanOrEqual(2 * gibibyte);
        expect(sizes.localBytes).toBeLessThanOrEqual(128 * gibibyte);
      },
    ),
  );
  expect([500_107_862_016, 999_999_999_999, 1_000_204_886_016, 5e8, 4096, 12].map(renderDiskSize)).toEqual([
    '500 GB',
    '1 TB',
    '1 TB',
    '500 MB',
    '4.1 kB',
    '12 B',
  ]);
});

const mostly = <T, U>(usual: T, unusual: fc.Arbitrary<U>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: unusual });

const anyDisk = (name: string) =>
  fc
    .record({
      contents: fc.subarray([
        content(`/dev/${name}1`),
        content(`/dev/${name}3`, { type: 'linux_raid_member' }),
      ]),
      problem: mostly(undefined, fc.constant('it is read-only')),
      croft: mostly(undefined, fc.constantFrom(keepable, { ...keepable, keepable: false, reason: 'no' })),
      sizeBytes: fc.integer({ min: 12, max: 4000 }).map((size) => size * gibibyte),
    })
    .map((more) => disk(name, more));

const anyDevices = fc.oneof(
  fc.constantFrom<string[][]>(['/dev/sda'], ['/dev/disk/by-id/ata-sdb'], ['/dev/sdb', '/dev/sda']),
  fc.array(fc.constantFrom('/dev/sda', '/dev/sdb', '/dev/disk/by-id/ata-sdb', '/dev/sda1', '/dev/sdx'), {
    maxLength: 3,
  }),
);

test('no plan names a disk with a problem, loses anything without leave, or keeps what cannot be kept', () => {
  let plans = 0;
  fc.assert(
    fc.property(
      fc.tuple(anyDisk('sda'), anyDisk('sdb'), anyDisk('sdc')),
      fc.record({
        devices: anyDevices,
        mirror: fc.boolean(),
        erase: fc.boolean(),
        keepGuests: fc.boolean(),
      }),
      (disks, wanted) => {
        const made = plan({ disk: wanted }, facts([...disks])).plan;
        if (made === undefined) return;
        plans += 1;
        expect(made.disks).toHaveLength(wanted.mirror ? 2 : 1);
        expect(new Set(made.disks.map(({ path }) => path)).size).toBe(made.disks.length);
        expect(made.destroys).toHaveLength(made.disks.length);
        for (const { path } of made.disks) {
          const found = disks.find((one) => one.path === path);
          expect(found?.problem).toBeUndefined();
          expect(wanted.devices.some((device) => device === path || found?.ids.includes(device))).toBe(true);
          if (!wanted.erase && !wanted.keepGuests) expect(found?.contents).toEqual([]);
          if (wanted.keepGuests) expect(found?.croft?.keepable).toBe(true);
        }
        if (!wanted.erase) expect(made.destroys.join()).not.toContain('erased');
        if (wanted.keepGuests) expect(made.destroys.join()).not.toContain('erased');
      },
    ),
    { numRuns: 3000 },
  );
  // Without plans nothing was tried.
  expect(plans).toBeGreaterThan(100);
});
