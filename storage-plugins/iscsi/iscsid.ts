// open-iscsi's daemon: is it there, and if not, started. It logs in and gets lost sessions back.
import { AppError } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import type { Sysfs } from '../block-devices/sysfs.ts';

/** The abstract socket that it listens at, or systemd for it (iscsid.socket). */
const socketName = '@ISCSIADM_ABSTRACT_NAMESPACE';
const nameFile = '/etc/iscsi/initiatorname.iscsi';

/** This node's own name towards targets; undefined while it has none. */
async function readInitiatorName(sysfs: Sysfs): Promise<string | undefined> {
  return /^InitiatorName=(\S+)/m.exec(await sysfs.text(nameFile))?.[1];
}

/** `unavailable` with what is missing: the node's name, the program, the unit. */
export async function startIscsid(exec: Exec, sysfs: Sysfs, context: WorkContext): Promise<void> {
  if ((await readInitiatorName(sysfs)) === undefined)
    throw new AppError('unavailable', `this node has no iSCSI name: ${nameFile} has no line InitiatorName=`);
  const sockets = await sysfs.text('/proc/net/unix');
  if (sockets.split('\n').some((line) => line.endsWith(socketName))) return;
  try {
    await exec('systemctl', ['start', 'iscsid.service'], {
      signal: context.signal,
      timeoutMs: 20_000,
      intention: 'start iscsid',
    });
  } catch (cause) {
    throw new AppError(
      'unavailable',
      'iscsid is not running and does not start: install open-iscsi, see the unit iscsid.service',
      { cause },
    );
  }
}
