// A node of the lab: an installed machine that was restored from the base's saved state and given an identity of its own.
import { join } from 'node:path';
import { gibibyte } from '../../server/core/units.ts';
import { labPassword } from './answer-medium.ts';
import { LabApi } from './api.ts';
import { makeDisk, makeOverlay, workFolder } from './lab-cache.ts';
import { Machine } from './machine.ts';
import { apiPort, defaultMac, type MachineSpec, sshPort } from './machine-spec.ts';
import { Ssh } from './ssh.ts';

const spareBytes = 8 * gibibyte;
const spareCount = 2;
/** Which card is on the private network. */
const privateCard = 1;
const sshWithinMs = 120_000;
const apiWithinMs = 180_000;

export interface LabNode {
  /** From 1 on. */
  readonly index: number;
  /** Its host name, and the node's name in the API. */
  readonly name: string;
  readonly machine: Machine;
  readonly ssh: Ssh;
  readonly api: LabApi;
  /** On the network that the nodes of one lab share (/24). */
  readonly privateAddress: string;
}

/** What a restored node starts from; see `base.ts`. */
export interface BaseInstallation {
  readonly disk: string;
  readonly state: string;
  readonly kernel: MachineSpec['kernel'] | undefined;
}

export interface NodeOptions {
  /** Of the private network: the same for the nodes of one lab. */
  readonly segment: number;
  readonly id: string;
  readonly kept?: boolean;
}

/** The hardware of every node, and of the base: a saved state only fits the same. `disks`: the system's, then the spares. */
export function nodeSpec(
  name: string,
  disks: readonly string[],
  segment: number,
  privateMac?: string,
  kernel?: MachineSpec['kernel'],
): MachineSpec {
  return {
    ...{ name, nested: true },
    disks: disks.map((path, index) => ({ path, format: 'qcow2', ...(index === 0 ? { bootIndex: 0 } : {}) })),
    nics: [
      { kind: 'user', forward: [sshPort, apiPort] },
      { kind: 'private', segment, ...(privateMac === undefined ? {} : { mac: privateMac }) },
    ],
    ...(kernel ? { kernel } : {}),
  };
}

/** Empty disks beside the system's, in this folder. */
export function makeSpares(folder: string): Promise<string[]> {
  const names = Array.from({ length: spareCount }, (_, index) => join(folder, `spare${index + 1}.qcow2`));
  return Promise.all(names.map((file) => makeDisk(file, spareBytes)));
}

/** A node of a machine that is there. */
export function nodeOf(machine: Machine, index: number): LabNode {
  return {
    index,
    name: `lab${index}`,
    machine,
    ssh: new Ssh(machine.port(sshPort), machine.file('ssh.sock')),
    api: new LabApi(machine.port(apiPort), labPassword),
    privateAddress: `10.88.0.${index}`,
  };
}

/** Restores one node, makes it differ from its twins, and waits until its daemon answers. */
export async function startNode(
  base: BaseInstallation,
  index: number,
  options: NodeOptions,
): Promise<LabNode> {
  const folder = workFolder(options.id);
  const privateMac = `52:54:00:c1:00:${index.toString(16).padStart(2, '0')}`;
  const system = await makeOverlay(join(folder, 'system.qcow2'), base.disk, 'qcow2');
  const disks = [system, ...(await makeSpares(folder))];
  const spec = nodeSpec(`lab${index}`, disks, options.segment, privateMac, base.kernel);
  const machine = await Machine.create(spec, { id: options.id, kept: options.kept ?? false });
  try {
    const node = nodeOf(machine, index);
    await machine.start({ restoreFrom: base.state });
    await node.ssh.waitUntilUp(sshWithinMs, () => machine.running);
    await node.ssh.script(identityScript(node, privateMac), { timeoutMs: 120_000 });
    await node.api.waitUntilUp(apiWithinMs, () => machine.running);
    return node;
  } catch (error) {
    if (!options.kept) await machine.dispose();
    throw error;
  }
}

/** Twins differ in clock, name, machine id, iSCSI name and the MAC address that others see. */
function identityScript(node: LabNode, privateMac: string): string {
  return `
date --set=@${(Date.now() / 1000).toFixed(3)} > /dev/null
hostname ${node.name}
echo ${node.name} > /etc/hostname
sed -i '/^127\\.0\\.1\\.1/d' /etc/hosts
echo '127.0.1.1 ${node.name}' >> /etc/hosts
rm -f /etc/machine-id /var/lib/dbus/machine-id
systemd-machine-id-setup > /dev/null 2>&1
[ ! -d /etc/iscsi ] || echo 'InitiatorName=iqn.2026-01.org.croft.lab:${node.name}' > /etc/iscsi/initiatorname.iscsi
for card in /sys/class/net/*; do
  [ "$(cat "$card/address")" = ${defaultMac(privateCard)} ] || continue
  ip link set "\${card##*/}" down
  ip link set "\${card##*/}" address ${privateMac}
  ip link set "\${card##*/}" up
done
printf '[Match]\\nMACAddress=${privateMac}\\n[Network]\\nAddress=${node.privateAddress}/24\\nLinkLocalAddressing=no\\n' > /etc/systemd/network/10-lab-private.network
networkctl reload
systemctl start croft.service
`;
}
