// lxcfs, which shows containers their own memory and processors instead of the host's: by systemd where it runs, else by hand.
import { existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { run, startDetached } from './run.mjs';

const mountPoint = '/var/lib/lxcfs';

/** Starts it when it is not mounted; without it containers run all the same, and the daemon says what they see. */
export async function ensureLxcfs() {
  if (serves()) return 'runs already';
  // One that was killed leaves its mount behind, which answers with errors alone and keeps the next from starting.
  if (isMounted())
    await run('umount', ['--lazy', mountPoint], { what: 'removing the mount of an lxcfs that died' });
  if (existsSync('/run/systemd/system')) {
    await run('systemctl', ['enable', '--now', 'lxcfs.service'], { what: 'starting lxcfs' });
  } else if (existsSync('/dev/fuse')) {
    mkdirSync(mountPoint, { recursive: true });
    const log = openSync('/var/log/lxcfs.log', 'a', 0o600);
    startDetached('tini', ['-s', '--', 'lxcfs', mountPoint], log);
  } else {
    return 'not possible: this machine has no /dev/fuse';
  }
  for (let tries = 0; tries < 50 && !serves(); tries += 1) await delay(100);
  return serves() ? 'started' : 'does not come up: see /var/log/lxcfs.log';
}

function serves() {
  return existsSync(`${mountPoint}/proc/meminfo`);
}

function isMounted() {
  return readFileSync('/proc/mounts', 'utf8').includes(` ${mountPoint} fuse.lxcfs `);
}
