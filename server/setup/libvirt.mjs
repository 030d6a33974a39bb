// Makes libvirt answer: by systemd where it runs, else by starting its daemons ourselves, so that they outlive us.
import { chmodSync, chownSync, existsSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { socketAnswers } from './preflight.mjs';
import { run, startDetached } from './run.mjs';
import { SetupError } from './say.mjs';

export const libvirtSocket = '/run/libvirt/libvirt-sock';

/** Starts libvirt when it does not answer; returns what was done, in words. */
export async function ensureLibvirt() {
  openKvmToItsGroup();
  if (await socketAnswers(libvirtSocket)) return 'runs already';
  if (existsSync('/run/systemd/system')) {
    await run('systemctl', ['enable', '--now', 'libvirtd.service', 'virtlogd.socket'], {
      what: 'starting libvirt',
    });
  } else {
    startByHand();
  }
  for (let tries = 0; tries < 150; tries += 1) {
    if (await socketAnswers(libvirtSocket)) return 'started';
    await delay(100);
  }
  throw new SetupError('libvirt does not answer. Its log is /var/log/libvirt/libvirtd.log.');
}

// Under tini, which reaps what QEMU leaves: where PID 1 is slow at it, libvirt would wait a second for each ended guest.
function startByHand() {
  for (const folder of ['/run/libvirt', '/run/lock']) mkdirSync(folder, { recursive: true });
  mkdirSync('/var/log/libvirt', { recursive: true });
  const log = openSync('/var/log/libvirt/libvirtd.log', 'a', 0o600);
  startDetached('tini', ['-s', '--', 'virtlogd'], log);
  startDetached('tini', ['-s', '--', 'libvirtd'], log);
}

// As udev's rules have it (root:kvm 0660), where no udev runs. QEMU's user must reach the device: otherwise libvirt tries
// all of QEMU's abilities anew before every start of a guest, which takes seconds.
function openKvmToItsGroup() {
  const device = '/dev/kvm';
  if (!existsSync(device) || existsSync('/run/udev/control')) return;
  const group = readFileSync('/etc/group', 'utf8').match(/^kvm:[^:]*:(\d+):/m)?.[1];
  if (group === undefined || statSync(device).gid === Number(group)) return;
  chownSync(device, 0, Number(group));
  chmodSync(device, 0o660);
}
