// An installer on a machine of the tests, with an image of a few bytes; and what an installation leaves, as plain data.
import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { imageFiles, stateSchema } from '../../server/core/appliance-layout.ts';
import type { Clock } from '../../server/core/clock.ts';
import type { Exec } from '../../server/core/exec.ts';
import { gibibyte } from '../../server/core/units.ts';
import { manifestFiles, renderManifest } from '../../server/core/update-manifest.ts';
import { type CroftInstaller, createInstaller, type InstallerParts } from './create-installer.ts';
import { readImageSource } from './image-source.ts';
import { diskBytes, FakeMachine } from './machine-fixture.ts';
import type { Answers, InstallPlan } from './types.ts';

export const uuids = {
  system: '11111111-1111-4111-8111-111111111111',
  state: '22222222-2222-4222-8222-222222222222',
};

export interface InstallWorld {
  readonly machine: FakeMachine;
  readonly installer: CroftInstaller;
  /** The medium's folder. */
  readonly medium: string;
  readonly runDir: string;
  readonly confirm: string;
  /** What is open, what starts, what was installed. */
  snapshot(): unknown;
  dispose(): Promise<void>;
}

export interface InstallWorldOptions {
  readonly disks?: readonly string[];
  readonly keepGuests?: boolean;
  readonly answers?: Partial<Answers['system']>;
  readonly network?: Partial<Answers['network']>;
  /** Of the squashfs on the medium; default a few. */
  readonly imageBytes?: number;
  readonly diskBytes?: number;
  /** Around the machine's programs. */
  readonly wrap?: (exec: Exec) => Exec;
  readonly parts?: Partial<InstallerParts>;
}

const statePaths = {
  folders: ['/root', '/etc/croft', '/etc/systemd/network'],
  files: [
    '/etc/hostname',
    '/etc/hosts',
    '/etc/timezone',
    '/etc/localtime',
    '/etc/default/keyboard',
    '/etc/vconsole.conf',
    '/etc/locale.conf',
    '/etc/network/interfaces',
    '/etc/ssh/sshd_config.d/50-croft-answers.conf',
  ],
};

const clock: Clock = {
  now: () => Date.UTC(2026, 0, 31),
  sleep: async (_ms, signal) => signal?.throwIfAborted(),
};

export function installWorld(options: InstallWorldOptions = {}): InstallWorld {
  const { disks = ['/dev/sda'], keepGuests = false } = options;
  // Flushing files is what takes the time in these tests; in RAM it costs nothing.
  const base = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'croft-install-'));
  const medium = join(base, 'medium');
  writeImage(medium, options.imageBytes);
  const machine = new FakeMachine(join(base, 'devices'), disks);
  if (keepGuests) layOut(machine);
  const mirror = disks.length > 1;
  const answers = readyAnswers(disks, keepGuests, options);
  const installer = createInstaller({
    exec: options.wrap ? options.wrap(machine.exec) : machine.exec,
    runtimeDir: join(base, 'run'),
    image: () => readImageSource(medium),
    observe: async () => ({
      disks: [],
      nics: [
        {
          name: 'eth0',
          mac: '52:54:00:00:00:01',
          link: true,
          speedMbit: 1000,
          driver: 'e1000',
          addresses: [],
        },
      ],
      firmware: 'bios',
      memoryBytes: 4 * gibibyte,
    }),
    readAnswers: () => ({ answers }),
    plan: (_answers, _facts, image) => ({
      plan: {
        disks: disks.map((path) => ({
          path,
          name: path.slice(5),
          sizeBytes: options.diskBytes ?? diskBytes,
        })),
        mirror,
        keepGuests,
        sizes: { systemBytes: 3 * gibibyte, stateBytes: 2 * gibibyte, localBytes: 4 * gibibyte },
        uuids,
        image,
        destroys: disks.map((path) => `${path} is erased`),
        warnings: [],
      } satisfies InstallPlan,
    }),
    renderHostNetwork: ({ mac }) => [
      { path: '/etc/network/interfaces', text: `# ${mac}\n` },
      { path: '/etc/systemd/network/10-croft-uplink.network', text: '[Match]\n' },
    ],
    clock,
    statePaths: async () => statePaths,
    exists: async (path) => machine.exists(path),
    ...options.parts,
  });
  const runDir = join(base, 'run/install');
  return {
    machine,
    installer,
    medium,
    runDir,
    confirm: disks.map((path) => path.slice(5)).join(','),
    snapshot: () => snapshot(machine, runDir),
    dispose: async () => rmSync(base, { recursive: true }),
  };
}

function readyAnswers(disks: readonly string[], keepGuests: boolean, options: InstallWorldOptions): Answers {
  return {
    system: {
      ...{ hostname: 'server1', domain: 'example.org', timezone: 'Europe/Rome', keyboard: 'it' },
      ...{ language: 'it', password: 'geheim-0815', passwordHash: undefined },
      ...{ sshKeys: ['ssh-ed25519 AAAA me'], sshPasswordLogin: false },
      ...options.answers,
    },
    network: {
      ...{ mode: 'dhcp', nic: undefined, address: undefined, gateway: undefined, dns: [] },
      ...options.network,
    },
    disk: { devices: disks, mirror: disks.length > 1, erase: true, keepGuests, stateBytes: undefined },
    after: 'reboot',
  };
}

function writeImage(folder: string, squashBytes?: number): void {
  mkdirSync(folder, { recursive: true });
  const files = manifestFiles.map((name) => {
    const large = name === 'filesystem.squashfs' && squashBytes !== undefined;
    const content = large ? randomBytes(squashBytes) : Buffer.from(`this is ${name}`);
    writeFileSync(join(folder, name), content);
    return { name, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
  });
  const facts = { version: '1.2.3', built: '2026-01-30T12:00:00Z', stateSchema, files };
  writeFileSync(join(folder, 'manifest.json'), renderManifest(facts));
}

/** An installation that is there already: open, as udev leaves it. */
function layOut(machine: FakeMachine): void {
  const shared = (number: number, name: string) => {
    const members = machine.disks.map((disk) => machine.partition(disk, number));
    if (machine.disks.length === 1) return members[0]!;
    for (const member of members) machine.signatures.set(member, 'linux_raid_member');
    machine.arrays.set(`/dev/md/${name}`, members);
    return `/dev/md/${name}`;
  };
  for (const disk of machine.disks) Object.assign(disk, { table: 'croft', parts: 5, bootCode: 'croft' });
  machine.signatures.set(shared(3, 'croft-system'), 'ext4');
  const state = shared(4, 'croft-state');
  machine.signatures.set(state, 'ext4');
  machine.uuids.set(state, '33333333-3333-4333-8333-333333333333');
  const guests = shared(5, 'croft-guests');
  machine.signatures.set(guests, 'LVM2_member');
  machine.groups.set('croft', {
    ...{ uuid: 'old-uuid', volume: guests, active: true },
    volumes: new Set(['local', 'data', 'vm-100-disk-0']),
  });
  const folder = machine.folderOf(state);
  mkdirSync(join(folder, 'accounts'), { recursive: true });
  writeFileSync(join(folder, 'schema'), `${stateSchema}\n`);
  writeFileSync(join(folder, 'install.json'), '{"installId":"first","hostname":"old","language":"ru"}');
  mkdirSync(join(folder, 'update'));
  writeFileSync(join(folder, 'update/pending.json'), '{}');
  writeFileSync(join(folder, 'update/last.json'), '{}');
  writeFileSync(join(folder, 'accounts/shadow'), 'root:$6$old:1:0:99999:7:::\nanna:$6$a:1:0:99999:7:::\n');
  mkdirSync(join(folder, 'files/etc'), { recursive: true });
  writeFileSync(join(folder, 'files/etc/hostname'), 'old\n');
}

function snapshot(machine: FakeMachine, runDir: string): unknown {
  const shared = (number: number, name: string) =>
    machine.disks.length > 1 ? `/dev/md/${name}` : machine.partition(machine.disks[0]!, number);
  const complete =
    machine.disks.every((disk) =>
      existsSync(join(machine.folderOf(machine.partition(disk, 2)), 'grub/grub.cfg')),
    ) &&
    imageFiles.every((name) => existsSync(join(machine.folderOf(shared(3, 'croft-system')), 'A', name))) &&
    existsSync(join(machine.folderOf(shared(4, 'croft-state')), 'schema'));
  const started = machine.disks.filter((disk) => machine.starts(disk)).map((disk) => disk.path);
  return {
    mounts: [...machine.mounts],
    arrays: [...machine.arrays.keys()],
    active: [...machine.groups].filter(([, group]) => group.active).map(([name]) => name),
    installed: complete ? started : [],
    pretending: complete ? [] : started,
    // An accepted installation has its secret; nothing else may stay of it.
    left: foldersBelow(runDir).filter((name) => name !== 'secret.json'),
  };
}

function foldersBelow(runDir: string): string[] {
  if (!existsSync(runDir)) return [];
  return readdirSync(runDir).flatMap((id) => readdirSync(join(runDir, id)));
}

/** Text of a file on a device that is not mounted. */
export function textOn({ machine }: InstallWorld, device: string, path: string): string {
  return readFileSync(join(machine.folderOf(device), path), 'utf8');
}
