// The mock's answers about virtual machines.
import type { ResourceItem } from '../../server/contract/resources.ts';
import { behindHandlers } from './behind-handlers.ts';
import { copyHandlers } from './copy-handlers.ts';
import { changeConfig, guestOf, type KindRules, powerHandlers } from './power-handlers.ts';
import { type Handlers, Refusal } from './reply.ts';
import type { World } from './world.ts';

const rules: KindRules = {
  kind: 'qemu',
  waits:
    /^(memory|cores|sockets|cpu|machine|bios|vga|scsihw|net\d|boot|agent|tablet|ci(custom|password|type|upgrade|user)|ipconfig\d|sshkeys|nameserver|searchdomain)/,
  waitsRemoved: /^(net|scsi|virtio|sata|ide|ipconfig)\d|^ci|^sshkeys|^nameserver|^searchdomain/,
  check(values) {
    if (values['name'] !== undefined && !/^[A-Za-z0-9.-]+$/.test(values['name']))
      throw new Refusal(400, 'Parameter verification failed.', { name: 'value is not a valid DNS name' });
    if (values['memory'] !== undefined && !(Number(values['memory']) >= 16))
      throw new Refusal(400, 'Parameter verification failed.', {
        memory: 'value must have a minimum value of 16',
      });
  },
  allocated(vmid, key, value) {
    const match = /^([a-z][\w.-]*):(\d+)(,.*)?$/.exec(value);
    const drive = /^([a-z][\w.-]*):cloudinit$/.exec(value);
    if (drive) return `${drive[1]}:${vmid}/vm-${vmid}-cloudinit.qcow2,media=cdrom,size=4M`;
    return match ? `${match[1]}:${vmid}/vm-${vmid}-${key}.qcow2${match[3] ?? ''},size=${match[2]}G` : value;
  },
};

export function guestHandlers(world: World): Handlers {
  return {
    ...powerHandlers(world, rules),
    ...copyHandlers(world, 'qemu'),
    ...behindHandlers(world),
    'POST /nodes/{node}/qemu/{vmid}/config': (request) => {
      const guest = guestOf(world, 'qemu', request);
      return world.task(
        guest.node,
        'qmconfig',
        String(guest.vmid),
        `VM ${guest.vmid} - Change configuration`,
        [{ text: 'allocating', ms: 900, run: () => changeConfig(world, rules, request) }],
      );
    },
    'PUT /nodes/{node}/qemu/{vmid}/resize': (request) => {
      const guest = guestOf(world, 'qemu', request);
      const { disk = '', size = '' } = request.params;
      if (!/^\+\d+G$/.test(size))
        throw new Refusal(400, 'Parameter verification failed.', {
          size: 'value does not match the regex pattern',
        });
      const config = world.configs.get(guest.vmid!)!;
      return world.task(guest.node, 'resize', String(guest.vmid), `VM ${guest.vmid} - Resize ${disk}`, [
        {
          text: `growing ${disk}`,
          ms: 800,
          run: () => {
            config[disk] = String(config[disk]).replace(
              /size=(\d+)G/,
              (_, old: string) => `size=${Number(old) + Number(size.slice(1, -1))}G`,
            );
          },
        },
      ]);
    },
    'POST /nodes/{node}/qemu': (request) => {
      const { node = '', ...values } = request.params;
      const vmid = Number(values['vmid']);
      if (world.guest(vmid))
        throw new Refusal(400, 'Parameter verification failed.', {
          vmid: `VM ${vmid} already exists on node '${world.guest(vmid)?.node}'`,
        });
      const item: ResourceItem = {
        id: `qemu/${vmid}`,
        type: 'qemu',
        node,
        vmid,
        name: values['name'] ?? `VM ${vmid}`,
        status: 'stopped',
        maxcpu: Number(values['cores'] ?? 1),
        maxmem: Number(values['memory'] ?? 512) * 1024 ** 2,
        maxdisk: 32 * 1024 ** 3,
      };
      const start = () =>
        world.change(item.id, { status: 'running', uptime: 1, cpu: 0.3, mem: (item.maxmem ?? 0) / 4 });
      const { vmid: _vmid, start: _start, ...config } = values;
      world.configs.set(
        vmid,
        Object.fromEntries(
          Object.entries(config).map(([key, value]) => [key, rules.allocated(vmid, key, value)]),
        ),
      );
      world.resources.set(item.id, item);
      world.emit({ type: 'resource', resource: item });
      return world.task(node, 'qmcreate', String(vmid), `VM ${vmid} - Create`, [
        { text: `creating VM ${vmid}`, ms: 600 },
        { text: 'allocating disks', ms: 1200 },
        { text: 'writing configuration', ms: 300, ...(values['start'] === '1' ? { run: start } : {}) },
      ]);
    },
    'GET /nodes/{node}/qemu/{vmid}/agent/network-get-interfaces': (request) => {
      const i = guestOf(world, 'qemu', request).vmid! - 100;
      if (i % 5 === 4) throw new Refusal(500, 'QEMU guest agent is not running');
      return {
        result: [
          { name: 'lo', 'ip-addresses': [{ 'ip-address': '127.0.0.1', 'ip-address-type': 'ipv4' }] },
          {
            name: 'eth0',
            'ip-addresses': [{ 'ip-address': `10.0.0.${10 + i}` }, { 'ip-address': `2001:db8::${10 + i}` }],
          },
        ],
      };
    },
  };
}
