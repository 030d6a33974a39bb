// Can this kernel limit the traffic of a card as libvirt does (virNetDevBandwidthSet)? Kernels made for little lack parts of it.
import { exec } from '../../server/core/exec.ts';

/** The part that is missing, in the words of tc(8); undefined when all are there. Tried on the interface, which is left as it was. */
export async function missingTrafficLimit(device: string): Promise<string | undefined> {
  const ingress = ['filter', 'add', 'dev', device, 'parent', 'ffff:', 'protocol', 'all', 'u32'];
  const tries: readonly (readonly [string, readonly string[]])[] = [
    ['htb', ['qdisc', 'add', 'dev', device, 'root', 'handle', '1:', 'htb', 'default', '1']],
    ['htb', ['class', 'add', 'dev', device, 'parent', '1:', 'classid', '1:1', 'htb', 'rate', '16kbps']],
    ['sfq', ['qdisc', 'add', 'dev', device, 'parent', '1:1', 'handle', '2:', 'sfq', 'perturb', '10']],
    [
      'fw',
      [
        'filter',
        'add',
        'dev',
        device,
        'parent',
        '1:0',
        'protocol',
        'all',
        'prio',
        '1',
        'handle',
        '1',
        'fw',
        'flowid',
        '1',
      ],
    ],
    ['ingress', ['qdisc', 'add', 'dev', device, 'ingress']],
    [
      'police',
      [
        ...ingress,
        ...['match', 'u32', '0', '0', 'police', 'rate', '16kbps', 'burst', '16kb', 'mtu', '64kb', 'drop'],
        ...['flowid', ':1'],
      ],
    ],
  ];
  try {
    for (const [part, words] of tries) {
      const { exitCode } = await exec('tc', words, { okExitCodes: [0, 1, 2] });
      if (exitCode !== 0) return part;
    }
    return undefined;
  } finally {
    for (const where of [['root'], ['ingress']])
      await exec('tc', ['qdisc', 'del', 'dev', device, ...where], { okExitCodes: [0, 1, 2] });
  }
}
