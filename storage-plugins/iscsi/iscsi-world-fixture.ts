// A made-up iSCSI target with open-iscsi and a kernel before it, for tests: iscsiadm's calls change a folder that stands for `/`.
import { AppError } from '../../server/core/errors.ts';
import { commandFailed, type Exec } from '../../server/core/exec.ts';
import { type DeviceTree, makeDeviceTree } from '../block-devices/devices-fixture.ts';
import { createIscsiPlugin, type IscsiWorld } from './iscsi-plugin.ts';

export const target = 'iqn.2026-01.org.example:san';
export const lunName = '0.0.1.scsi-36001405aaaabbbbccccddddeeeeffff0';

/** The file of a record as `iscsiadm -m node -o new` writes it, shortened. */
export const record = `# BEGIN RECORD 2.1.11
node.name = ${target}
node.tpgt = 1
node.startup = manual
node.session.auth.authmethod = None
node.session.auth.chap_algs = MD5
node.conn[0].address = 10.0.0.1
node.conn[0].port = 3260
# END RECORD
`;

export interface FakeWorld {
  readonly tree: DeviceTree;
  readonly exec: Exec;
  readonly world: IscsiWorld;
  /** All programs run, as text. */
  readonly calls: string[];
  /** Portals that nothing listens at: `10.0.0.1:3260`. */
  readonly dead: Set<string>;
  /** Exit codes for the next calls of iscsiadm whose arguments hold the text. */
  readonly failing: Map<string, number>;
  /** What discovery answers. */
  discovery: string;
  /** What the target asks for in the record before it lets in. */
  secret: string | undefined;
  plugin(): ReturnType<typeof createIscsiPlugin>;
  setState(session: number, state: string): Promise<void>;
  addLun(lun: { id: string; number: number; sizeBytes?: number; start?: Uint8Array }): void;
  readRecord(portal: string): Promise<string>;
}

interface Lun {
  readonly id: string;
  readonly number: number;
  readonly sizeBytes?: number;
  readonly start?: Uint8Array;
}

export async function makeIscsiWorld(): Promise<FakeWorld> {
  const tree = await makeDeviceTree();
  await tree.write('etc/iscsi/initiatorname.iscsi', 'InitiatorName=iqn.1993-08.org.debian:01:abc\n');
  await tree.write('proc/net/unix', '0000: 00000002 0 00010000 0001 01 2 @ISCSIADM_ABSTRACT_NAMESPACE\n');
  const luns: Lun[] = [{ id: 'scsi-36001405aaaabbbbccccddddeeeeffff0', number: 1 }];
  const sessions = new Map<number, string>();
  const recordFile = (portal: string) => `var/lib/iscsi/nodes/${target}/${portal.replace(':', ',')}/default`;
  const { readFile } = await import('node:fs/promises');
  const { join } = await import('node:path');
  const readRecord = (portal: string) => readFile(join(tree.root, recordFile(portal)), 'utf8');

  const show = async (session: number) => {
    for (const [index, lun] of luns.entries()) {
      // Each session sees each LUN as a disk of its own.
      const letter = String.fromCharCode(97 + session * 8 + index);
      const folder = `sys/class/iscsi_session/session${session}/device/target${session}:0:0/${session}:0:0:${lun.number}`;
      await tree.write(`${folder}/state`, 'running\n');
      await tree.write(`${folder}/block/sd${letter}/x`, '');
      await tree.device(`sd${letter}`, {
        number: `8:${session * 128 + index * 16}`,
        sizeBytes: lun.sizeBytes ?? 1024 ** 3,
        links: [lun.id],
        ...(lun.start ? { start: lun.start } : {}),
      });
    }
  };
  const hide = async (session: number) => {
    for (const [index, lun] of luns.entries()) {
      await tree.remove(`sys/class/block/sd${String.fromCharCode(97 + session * 8 + index)}`);
      await tree.remove(`dev/disk/by-id/${lun.id}`);
    }
    await tree.remove(`sys/class/iscsi_session/session${session}`);
    await tree.remove(`sys/class/iscsi_connection/connection${session}:0`);
  };
  const iscsiadm = async (args: readonly string[]): Promise<{ exitCode: number; stdout: string }> => {
    const text = args.join(' ');
    for (const [part, exitCode] of world.failing) if (text.includes(part)) return { exitCode, stdout: '' };
    const portal = /-p (\S+)/.exec(text)?.[1] ?? '';
    const [address, group = '1'] = portal.split(',');
    if (text.includes('--discover'))
      return { exitCode: world.discovery === '' ? 21 : 0, stdout: world.discovery };
    if (text.includes('-o new')) {
      await tree.write(recordFile(`${address},${group}`), record);
      return { exitCode: 0, stdout: '' };
    }
    if (text.includes('-o delete')) {
      await tree.remove(`var/lib/iscsi/nodes/${target}`);
      return { exitCode: 0, stdout: '' };
    }
    if (text.includes('--login')) {
      const known = await readRecord(`${address},${group}`);
      if (world.secret !== undefined && !known.includes(`node.session.auth.password = ${world.secret}\n`))
        return { exitCode: 24, stdout: '' };
      const session = sessions.size + 1;
      sessions.set(session, address!);
      const [host, port] = address!.split(':');
      await tree.write(`sys/class/iscsi_session/session${session}/targetname`, `${target}\n`);
      await tree.write(`sys/class/iscsi_session/session${session}/state`, 'LOGGED_IN\n');
      await tree.write(`sys/class/iscsi_connection/connection${session}:0/persistent_address`, `${host}\n`);
      await tree.write(`sys/class/iscsi_connection/connection${session}:0/persistent_port`, `${port}\n`);
      await show(session);
      return { exitCode: 0, stdout: '' };
    }
    const session = Number(/-r (\d+)/.exec(text)?.[1]);
    if (!sessions.has(session)) return { exitCode: 21, stdout: '' };
    if (text.includes('--logout')) {
      sessions.delete(session);
      await hide(session);
      return { exitCode: 0, stdout: '' };
    }
    if (text.includes('--rescan')) {
      await show(session);
      return { exitCode: 0, stdout: '' };
    }
    throw new Error(`an iscsiadm call that the fake does not know: ${text}`);
  };
  const exec: Exec = async (file, args, options = {}) => {
    const text = [file, ...args].join(' ');
    world.calls.push(text);
    if (file === 'udevadm') return { exitCode: 0, stdout: '', stderr: '' };
    if (file === 'systemctl')
      throw new AppError('command-failed', 'start iscsid: Unit iscsid.service not found.');
    if (file !== 'iscsiadm') throw new Error(`a program that the fake does not know: ${text}`);
    const { exitCode, stdout } = await iscsiadm(args);
    if (!(options.okExitCodes ?? [0]).includes(exitCode))
      throw commandFailed(options.intention ?? file, text, exitCode, 'iscsiadm: some words of its own');
    return { exitCode, stdout, stderr: '' };
  };
  const world: FakeWorld = {
    tree,
    exec,
    calls: [],
    dead: new Set(),
    failing: new Map(),
    discovery: `10.0.0.1:3260,1 ${target}\n`,
    secret: undefined,
    world: {
      root: tree.root,
      connect: async ({ host, port }) => {
        if (world.dead.has(`${host}:${port}`))
          throw new AppError('unavailable', `the iSCSI portal ${host}:${port} does not answer`);
      },
    },
    plugin: () => createIscsiPlugin(exec, world.world),
    setState: (session, state) => tree.write(`sys/class/iscsi_session/session${session}/state`, `${state}\n`),
    addLun: (lun) => {
      luns.push(lun);
    },
    readRecord,
  };
  return world;
}
