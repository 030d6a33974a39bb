// The sentences of a backup's log, such as people and programs know them from vzdump. Pure.
import type { BackupOptions } from './backup-options.ts';

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** `1.1 GiB`, with so many digits after the point. */
export function sizeText(bytes: number, digits: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(unit === 0 ? 0 : digits)} ${units[unit]}`;
}

/** `00:01:21`. */
export function clockText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const part = (value: number) => String(value).padStart(2, '0');
  return [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60].map(part).join(':');
}

/** `1m 20s`. */
export function spanText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'm'],
    [whole % 60, 's'],
  ] as const;
  const shown = parts.filter(([value]) => value > 0).map(([value, unit]) => `${value}${unit}`);
  return shown.length > 0 ? shown.join(' ') : '0s';
}

/** `2026-06-01 02:30:00`, of milliseconds of a clock on the wall (`ZoneClock.wallOf`). */
export function wallText(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(0, 19).replace('T', ' ');
}

/** `vzdump 100 101 --mode snapshot --storage local`: what was asked for, as a command. */
export function commandText(vmids: readonly number[], options: BackupOptions, node: string): string {
  const { mode, compression, storage, folder, limitKib, jobId } = options;
  const words = { zst: 'zstd', gz: 'gzip', lzo: 'lzo' } as const;
  const given: readonly (readonly [string, string | null])[] = [
    ['job-id', jobId],
    ['mode', mode],
    ['compress', compression === null ? '0' : words[compression]],
    ['storage', storage],
    ['dumpdir', folder],
    ['node', node],
    ['bwlimit', limitKib > 0 ? String(limitKib) : null],
  ];
  const said = given.flatMap(([key, value]) => (value === null ? [] : [`--${key} ${value}`]));
  return ['vzdump', ...vmids.map(String), ...said].join(' ');
}

export interface Step {
  readonly processedBytes: number;
  readonly totalBytes: number;
  readonly zeroBytes: number;
  readonly archiveBytes: number;
}

/** Milliseconds between two lines about progress: at first often, so that one sees it run. */
const quickMs = 3_000;
const slowMs = 30_000;
const quickUntilMs = 15_000;

/** Says which progress is worth a line: when a percent more is done, and not all the time. */
export function createProgressTexts(startMs: number): (step: Step, nowMs: number) => string | undefined {
  let last = { percent: -1, atMs: startMs, processedBytes: 0, zeroBytes: 0, archiveBytes: 0 };
  return (step, nowMs) => {
    const { processedBytes, totalBytes, zeroBytes, archiveBytes } = step;
    const percent = totalBytes === 0 ? 100 : Math.floor((100 * processedBytes) / totalBytes);
    const pause = nowMs - startMs < quickUntilMs ? quickMs : slowMs;
    const isEnd = processedBytes === totalBytes && last.processedBytes !== totalBytes;
    if (percent === last.percent || (nowMs - last.atMs < pause && !isEnd)) return undefined;
    const seconds = Math.max(0.001, (nowMs - last.atMs) / 1000);
    const read = (processedBytes - zeroBytes - (last.processedBytes - last.zeroBytes)) / seconds;
    const write = (archiveBytes - last.archiveBytes) / seconds;
    last = { percent, atMs: nowMs, processedBytes, zeroBytes, archiveBytes };
    const sizes = `${sizeText(processedBytes, 1)} of ${sizeText(totalBytes, 1)}`;
    const rates = `read: ${sizeText(Math.max(0, read), 1)}/s, write: ${sizeText(Math.max(0, write), 1)}/s`;
    return `${String(percent).padStart(3)}% (${sizes}) in ${spanText((nowMs - startMs) / 1000)}, ${rates}`;
  };
}

/** What was read and written in all. */
export function endTexts(done: Omit<Step, 'totalBytes'>, seconds: number): string[] {
  const { processedBytes, zeroBytes, archiveBytes } = done;
  const percent = processedBytes === 0 ? 0 : Math.floor((100 * zeroBytes) / processedBytes);
  const rate = sizeText(processedBytes / Math.max(1, seconds), 1);
  return [
    ...(zeroBytes > 0 ? [`backup is sparse: ${sizeText(zeroBytes, 2)} (${percent}%) total zero data`] : []),
    `transferred ${sizeText(processedBytes, 2)} in ${Math.max(1, Math.round(seconds))} seconds (${rate}/s)`,
    `archive file size: ${sizeText(archiveBytes, 2).replace(' ', '').replace('iB', 'B')}`,
  ];
}
