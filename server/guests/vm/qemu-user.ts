// As which user QEMU runs: what it must own to make its sockets.
import { readFile } from 'node:fs/promises';

export interface QemuUser {
  readonly uid: number;
  readonly gid: number;
}

/** Where the answer is found; tests give others. */
export interface QemuUserFiles {
  readonly qemuConf: string;
  readonly passwd: string;
  readonly group: string;
}

const systemFiles: QemuUserFiles = {
  qemuConf: '/etc/libvirt/qemu.conf',
  passwd: '/etc/passwd',
  group: '/etc/group',
};

/** Debian's libvirt runs QEMU as libvirt-qemu unless qemu.conf says otherwise; root when there is no such user. */
export async function readQemuUser(files: QemuUserFiles = systemFiles): Promise<QemuUser> {
  const conf = await readFile(files.qemuConf, 'utf8').catch(() => '');
  const user = setting(conf, 'user') ?? 'libvirt-qemu';
  const group = setting(conf, 'group') ?? 'libvirt-qemu';
  const uid = findId(await readFile(files.passwd, 'utf8'), user);
  const gid = findId(await readFile(files.group, 'utf8'), group);
  return { uid: uid ?? 0, gid: gid ?? 0 };
}

function setting(conf: string, name: string): string | undefined {
  return new RegExp(`^\\s*${name}\\s*=\\s*"([^"]+)"`, 'm').exec(conf)?.[1];
}

/** `+107` and `107` are numbers unless somebody is named so. */
function findId(table: string, name: string): number | undefined {
  for (const line of table.split('\n')) {
    const fields = line.split(':');
    if (fields[0] === name) return Number(fields[2]);
  }
  return /^\+?\d+$/.test(name) ? Number(name) : undefined;
}
