// The mock's answers about the appliance: one situation at a time, chosen by `?mode=` or CROFT_MOCK_MODE.
import { setTimeout } from 'node:timers/promises';
import { machine, situations } from './appliance-fixtures.ts';
import { type Handlers, Refusal } from './reply.ts';
import type { World } from './world.ts';

type Situation = keyof typeof situations;
/** Situations, and live systems on which something goes wrong. */
export type ApplianceMode =
  | Situation
  | 'live-empty'
  | 'live-slow'
  | 'live-unreadable'
  | 'check-fails'
  | 'install-fails';

const faulty: Readonly<Record<string, Situation>> = {
  'live-empty': 'live',
  'live-slow': 'live',
  'live-unreadable': 'live',
  'check-fails': 'live',
  'install-fails': 'live',
};

/** The first node is the one that is looked at; the other is well. */
const subject = 'croft1';

export class ApplianceMock {
  mode: ApplianceMode = 'installed';
  readonly #world: World;
  constructor(world: World) {
    this.#world = world;
  }

  /** A live system is alone and has no guests. Unknown names are as `installed`. */
  setMode(mode: ApplianceMode): void {
    this.mode = mode;
    const alone = this.situation() === 'live';
    this.#world.shown = (one) => !alone || (one.node === subject && one.vmid === undefined);
    this.#world.emit({ type: 'reset' });
  }

  /** Forgets what an earlier picture did. */
  async settle(): Promise<void> {
    const running = () =>
      [...this.#world.tasks.values()].filter(
        (task) => task.endtime === undefined && /^(croft|image)/.test(task.type),
      );
    for (const { upid } of running()) this.#world.cancel(upid);
    while (running().length > 0) await setTimeout(50);
    for (const { upid, type } of this.#world.tasks.values())
      if (/^(croft|image)/.test(type)) this.#world.tasks.delete(upid);
  }

  situation(): Situation {
    return (
      faulty[this.mode] ?? (Object.hasOwn(situations, this.mode) ? (this.mode as Situation) : 'installed')
    );
  }
}

export function applianceHandlers(world: World, appliance: ApplianceMock): Handlers {
  const goAway = (node: string, ms: number, then: () => void = () => {}) => {
    globalThis.setTimeout(() => world.change(`node/${node}`, { status: 'offline' }), 1500);
    globalThis.setTimeout(() => {
      then();
      world.change(`node/${node}`, { status: 'online', uptime: 12 });
    }, 1500 + ms);
  };
  return {
    'GET /nodes/{node}/appliance': ({ params }) =>
      situations[params['node'] === subject ? appliance.situation() : 'installed'](),
    'GET /nodes/{node}/appliance/machine': () => {
      if (appliance.mode === 'live-slow') return new Promise(() => {});
      if (appliance.mode === 'live-unreadable') throw new Refusal(500, 'lsblk failed: no such device');
      return appliance.mode === 'live-empty' ? { ...machine, disks: [], nics: [] } : machine;
    },
    'POST /nodes/{node}/appliance/check': ({ params }) => check(appliance, params['answers'] ?? ''),
    'POST /nodes/{node}/appliance/install': ({ params }) =>
      install(world, appliance, params['node']!, params['confirm']!),
    'POST /nodes/{node}/appliance/update': ({ params }) =>
      writeUpdate(world, params['node']!, params['url']!, () => appliance.setMode('pending')),
    'POST /nodes/{node}/appliance/switch': ({ params }) =>
      world.task(params['node']!, 'imageswitch', '', 'System - Boot the other slot', [
        { text: 'reading slot B', ms: 1200 },
        { text: 'slot B holds version 0.3.0, all files are as they were written', ms: 800 },
        {
          text: 'rebooting into slot B, on trial',
          ms: 300,
          run: () => goAway(params['node']!, 5000, () => appliance.setMode('trial')),
        },
      ]),
    'POST /nodes/{node}/appliance/confirm': () => {
      appliance.setMode('installed');
      return null;
    },
    'POST /nodes/{node}/appliance/reset': ({ params }) => {
      if (params['confirm'] !== params['node'])
        throw new Refusal(400, 'confirm: must be the name of the node');
      goAway(params['node']!, 6000, () => appliance.setMode('first'));
      return world.task(params['node']!, 'factoryreset', '', 'System - Factory reset', [
        { text: 'the state will be forgotten at the next start', ms: 400 },
      ]);
    },
    'GET /nodes/{node}/appliance/state': () => 'the mock has no state',
    'POST /nodes/{node}/status': ({ params }) => {
      goAway(params['node']!, params['command'] === 'reboot' ? 6000 : 3_600_000);
      return null;
    },
  };
}

/** Reads of the answers only what it needs to say something about them. */
function check(appliance: ApplianceMock, answers: string) {
  if (appliance.mode === 'check-fails')
    return {
      problems: [
        {
          key: 'disk.devices',
          line: 15,
          message: 'sda (Samsung SSD 870 EVO, 500 GB): it is in use: /dev/sda4 is mounted at /mnt',
        },
        { key: 'system.ssh-keys', line: 7, message: 'key 1: is incomplete' },
        { key: 'disk.state-size', line: 0, message: 'leaves too little for guests: at most 4G on this disk' },
      ],
      destroys: [],
      warnings: [],
    };
  const names = [...answers.matchAll(/"\/dev\/(\w+)"/g)].map((match) => match[1] ?? '');
  const kept = /keep-guests = true/.test(answers);
  const destroys = names.map((name) => {
    const disk = machine.disks.find((one) => one.name === name);
    const title = `${name} (${disk?.model}, ${Math.round((disk?.sizeBytes ?? 0) / 1e9)} GB)`;
    if (disk?.contents.length === 0) return `${title} is empty`;
    if (kept)
      return `${title}: the system of Croft 0.1.0 of 'attic' is replaced; its settings and its guests are kept`;
    const what = disk?.contents.map((one) => `${one.description} on ${one.device.slice(5)}`).join('; ');
    return `${title} will be erased: ${what}`;
  });
  return {
    problems: [],
    destroys,
    warnings: kept
      ? ['Host name, passwords, network and all other settings stay as they are on the disk.']
      : names.length > 1
        ? ['The disks differ in size: 500 GB of nvme0n1 (KINGSTON SNV2S1000G, 1 TB) stay unused.']
        : [],
  };
}

function install(world: World, appliance: ApplianceMock, node: string, disks: string): string {
  const fails = appliance.mode === 'install-fails';
  return world.task(node, 'croftinstall', disks.replaceAll(',', '-'), `Install on ${disks}`, [
    { text: `installing on ${disks}`, ms: 300 },
    { text: `erasing ${disks}`, ms: 500 },
    { text: 'making partitions: 1 MiB, 256 MiB, 3 GiB, 16 GiB, the rest', ms: 500 },
    { text: 'making the mirrors and the file systems', ms: 700 },
    ...Array.from({ length: 8 }, (_, i) => ({
      text: `copying version 0.3.0: ${(i + 1) * 78} of 628 MiB`,
      ms: 300,
      ...(fails && i === 5
        ? {
            run: () => {
              throw new Error(
                'could not write /run/croft-install/system/A/filesystem.squashfs: Input/output error (the disk reports unreadable sectors)',
              );
            },
          }
        : {}),
    })),
    { text: `${disks} can start this system`, ms: 500 },
    { text: 'what was written was read back and is as it should be', ms: 500 },
    { text: 'the machine will restart in a few seconds', ms: 200 },
  ]);
}

/** The task of an update, from wherever it comes. */
export function writeUpdate(world: World, node: string, from: string, then: () => void = () => {}): string {
  return world.task(node, 'imageupdate', '', 'System - Update', [
    { text: `fetching ${from}`, ms: 500 },
    { text: 'version 0.3.0, signed by the project’s key', ms: 500 },
    ...Array.from({ length: 12 }, (_, i) => ({ text: `writing slot B: ${(i + 1) * 8} %`, ms: 500 })),
    { text: 'boot it on trial with "switch"', ms: 200, run: then },
  ]);
}
