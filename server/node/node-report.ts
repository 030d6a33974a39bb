// The report for support: what this node is and how it does, as a text that can be handed to anybody. No secrets, bounded.
import { readFile } from 'node:fs/promises';
import { asAppError } from '../core/errors.ts';
import type { Exec } from '../core/exec.ts';
import { plain } from './journal-entry.ts';
import { maskSecrets } from './mask-secrets.ts';

export interface ReportSection {
  readonly title: string;
  text(signal: AbortSignal): Promise<string>;
}

const sectionBytes = 64 * 1024;
const sectionMs = 8_000;

/** All sections at once; one that fails says why and holds up nobody. */
export async function renderReport(sections: readonly ReportSection[], signal: AbortSignal): Promise<string> {
  const parts = await Promise.all(
    sections.map(async ({ title, text }) => {
      let body: string;
      try {
        body = cut(await text(signal));
      } catch (error) {
        body = `(${asAppError(error).message})`;
      }
      return `==== ${title} ====\n\n${body}\n`;
    }),
  );
  return maskSecrets(parts.join('\n'));
}

function cut(text: string): string {
  const lines = text.slice(0, sectionBytes).split('\n').map(plain).join('\n').trim();
  const tail = text.length > sectionBytes ? '\n(cut: it is longer)' : '';
  return lines === '' ? '(nothing)' : `${lines}${tail}`;
}

/** What programs and the kernel say of this machine. */
export function machineSections(exec: Exec): ReportSection[] {
  const program = (file: string, ...args: string[]): ReportSection => ({
    title: [file, ...args].join(' '),
    text: async (signal) =>
      (
        await exec(file, args, {
          ...{ signal, timeoutMs: sectionMs, maxBytes: 1024 * 1024, intention: `run ${file}` },
          okExitCodes: [0, 1],
        })
      ).stdout,
  });
  const file = (path: string): ReportSection => ({ title: path, text: () => readFile(path, 'utf8') });
  return [
    file('/etc/os-release'),
    file('/proc/cmdline'),
    file('/proc/meminfo'),
    file('/proc/pressure/memory'),
    file('/proc/pressure/io'),
    program('lsblk', '--output', 'NAME,TYPE,SIZE,ROTA,TRAN,MODEL,FSTYPE,FSUSE%,MOUNTPOINTS'),
    program('df', '--human-readable', '--print-type', '--local', '--exclude-type=overlay'),
    file('/proc/mdstat'),
    program('vgs'),
    program('ip', '-brief', 'address'),
    program('ip', 'route'),
    program('systemctl', '--no-pager', '--failed'),
    program('qemu-system-x86_64', '--version'),
    program('lxc-start', '--version'),
    program('ps', '--sort=-rss', '-eo', 'pid,user,rss,etime,comm'),
  ];
}
