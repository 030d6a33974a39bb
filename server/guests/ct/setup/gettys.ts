// Log-in programs on a container's terminals: /dev/tty1 on, and /dev/console.
import type { CtModel } from '../ct-model.ts';
import type { SetupWriter } from './setup-writer.ts';

const systemd = '/etc/systemd/system';
/** LXC gives no more (`tty` of the API). */
const mostTtys = 6;

/**
 * systemd starts `console-getty` by itself, and `container-getty@N` for pseudo-terminals. LXC's terminals are /dev/ttyN:
 * the same unit, told so by a drop-in. Does nothing without systemd.
 */
export async function applySystemdGettys(writer: SetupWriter, model: Pick<CtModel, 'tty'>): Promise<void> {
  const folders = ['/usr/lib/systemd/system', '/lib/systemd/system'];
  let unit: string | undefined;
  for (const folder of folders) {
    const path = `${folder}/container-getty@.service`;
    if (unit === undefined && (await writer.isThere(path))) unit = path;
  }
  if (unit === undefined) return;
  const dropIn = [
    '# Written by Croft at each start.',
    ...['[Unit]', 'ConditionPathExists=', 'ConditionPathExists=/dev/tty%I', '', '[Service]', 'ExecStart='],
    'ExecStart=-/sbin/agetty --noclear --keep-baud tty%I 115200,38400,9600 $TERM',
    'TTYPath=/dev/tty%I',
  ];
  await writer.put(`${systemd}/container-getty@.service.d/croft.conf`, `${dropIn.join('\n')}\n`);
  for (let index = 1; index <= mostTtys; index++) {
    const link = `${systemd}/getty.target.wants/container-getty@${index}.service`;
    if (index > model.tty) await writer.remove(link);
    else if (!(await writer.files.stat(link, { follow: false }).catch(() => undefined)))
      await writer.link(link, unit);
  }
}

/** inittab(5) of sysvinit (Devuan, Gentoo) or busybox (Alpine): its own gettys on terminals make room for ours. */
export async function applyInittab(
  writer: SetupWriter,
  model: Pick<CtModel, 'tty' | 'console'>,
  dialect: 'sysv' | 'gentoo' | 'busybox',
): Promise<void> {
  const path = '/etc/inittab';
  if ((await writer.read(path)) === undefined) return;
  const ttys = Array.from({ length: Math.min(model.tty, mostTtys) }, (_, index) => `tty${index + 1}`);
  const lines = [...(model.console ? ['console'] : []), ...ttys].map((tty) =>
    dialect === 'busybox'
      ? `${tty}::respawn:/sbin/getty 38400 ${tty}`
      : `${tty === 'console' ? 'co' : tty.slice(3)}:2345:respawn:${dialect === 'gentoo' ? '/sbin/agetty' : '/sbin/getty'} 38400 ${tty}`,
  );
  await writer.block(path, lines, { edit: withoutGettys });
}

function withoutGettys(text: string): string {
  return text
    .split('\n')
    .filter((line) => !/^[^#:]*:[^:]*:respawn:\S*getty\s.*\b(tty\d+|console)\b/.test(line))
    .join('\n');
}
