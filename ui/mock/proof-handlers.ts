// The mock's answers about tries to restore backups: what came of them, pictures, new tries.
import { crc32, deflateSync } from 'node:zlib';
import type { RestoreProof } from '../../server/contract/vzdump-proof.ts';
import type { MockVolume } from './fixtures.ts';
import { type Handlers, Refusal } from './reply.ts';
import type { World } from './world.ts';

const now = () => Math.floor(Date.now() / 1000);
const GiB = 1024 ** 3;
const hostile = 'the agent said <img src=x onerror=alert(1)> & "nothing else"';

/** Some of the backups were tried: of VM 102 one went well and one did not, of container 200 the newest did not. */
export function markProofs(world: World): void {
  const of = (vmid: number) => world.volumes.filter((one) => one.content === 'backup' && one.vmid === vmid);
  const [, second, third, fourth] = of(102);
  if (second) second.proof = { state: 'proven', time: second.ctime + 7200, picture: 1 };
  if (third) third.proof = { state: 'failed', time: third.ctime + 9000, picture: 1, problem: hostile };
  if (fourth) fourth.proof = { state: 'failed', time: fourth.ctime + 9000, picture: 0, problem: 'cancelled' };
  const [ofVm] = of(108);
  if (ofVm) ofVm.proof = { state: 'proven', time: now() - 3600, picture: 1 };
  const [newest, older] = of(200);
  const problem = 'nothing listens on port 22 after 600 s';
  if (newest) newest.proof = { state: 'failed', time: now() - 4000, picture: 0, problem };
  if (older) older.proof = { state: 'proven', time: older.ctime + 5000, picture: 0 };
}

function proofOf(backup: MockVolume): RestoreProof {
  const { proof, subtype, vmid = 0, volid } = backup;
  if (!proof) throw new Refusal(500, 'no restore of this backup was tried');
  const isVm = subtype !== 'lxc';
  const proven = proof.state === 'proven';
  return {
    ...{ version: 1, state: proof.state, volume: volid, kind: isVm ? 'qemu' : 'lxc', vmid, node: 'croft1' },
    ...{ upid: `UPID:croft1:00001F90:0A1B2C3D:68F00000:backuptest:${vmid}:root@pam:` },
    ...{
      started: proof.time - 412,
      ended: proof.time,
      restoreSeconds: 312,
      restoredBytes: backup.size * 1.7,
    },
    ...{ zeroBytes: 12 * GiB, wait: isVm ? 'agent' : 'port', timeout: 600, picture: proof.picture },
    ...(isVm ? { accelerator: 'tcg', readBytes: 640 * 1024 ** 2, memory: 2048 } : { port: 22 }),
    ...(proven
      ? { bootSeconds: 71, came: isVm ? 'agent answers (Debian GNU/Linux 13)' : 'port 22 is listened on' }
      : { phase: 'wait', problem: proof.problem }),
    notes: isVm
      ? [
          '2048 MiB of memory instead of 8192',
          'net0 is not connected',
          'without hostpci0: a device of the host',
        ]
      : ['net0 is on a bridge of its own'],
  };
}

export function proofHandlers(world: World): Handlers {
  const find = (volid: string | undefined): MockVolume => {
    const found = world.volumes.find((one) => one.volid === volid);
    if (!found) throw new Refusal(500, `volume '${volid}' does not exist`);
    return found;
  };
  return {
    'GET /nodes/{node}/vzdump/proof': async ({ params }) => {
      await world.before('proof');
      return proofOf(find(params['volume']));
    },
    'GET /nodes/{node}/vzdump/picture': ({ params }) => {
      if (find(params['volume']).proof?.picture !== 1) throw new Refusal(500, 'there is no picture');
      return screenPicture();
    },
    'POST /nodes/{node}/vzdump/test': ({ params }) => {
      const backup = find(params['volume']);
      if (params['timeout'] === '7200')
        throw new Refusal(400, 'Parameter verification failed.', { timeout: 'the node is busy for so long' });
      const { vmid = 0, subtype } = backup;
      const label = subtype === 'lxc' ? 'CT' : 'VM';
      const total = backup.size * 1.7;
      return world.task(params['node']!, 'backuptest', String(vmid), `${label} ${vmid} - Test of a restore`, [
        ...Array.from({ length: 20 }, (_, i) => ({
          ...{ text: `restored ${(i + 1) * 5} %`, ms: 300, bytes: { done: (total * (i + 1)) / 20, total } },
        })),
        {
          ...{ text: `${label} is up`, ms: 500 },
          run: () => {
            backup.proof = { state: 'proven', time: now(), picture: subtype === 'lxc' ? 0 : 1 };
            const guest = world.guest(vmid);
            if (guest) world.change(guest.id, { provenAt: now(), proofAlert: undefined } as object);
          },
        },
      ]);
    },
  };
}

/** A screen of 320 by 200 with lines of something like text, as a PNG. */
function screenPicture(): Buffer {
  const [width, height, line] = [320, 200, 10];
  const rows = Array.from({ length: height }, (_, y) => {
    const row = Buffer.alloc(1 + width * 3, 0x18);
    row[0] = 0;
    const length = ((Math.floor(y / line) * 37) % 23) * 10 + 20;
    if (y % line > 3 && y % line < 8 && y < height - 40)
      for (let x = 8; x < Math.min(length, width - 8); x += 1)
        if (x % 8 < 6) row.fill(0xc8, 1 + x * 3, 4 + x * 3);
    return row;
  });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Eight bits for each of three colours.
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
