// A folder that takes so many bytes a second: a file system without a journal or a cache on a disk that QEMU's storage daemon holds back.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { exec } from '../server/core/exec.ts';

/** Runs `work` with such a folder below `base`, and takes everything away again. */
export async function withSlowTarget<T>(
  base: string,
  { sizeBytes, bytesPerSecond }: { readonly sizeBytes: number; readonly bytesPerSecond: number },
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const [image, slow, folder] = ['slow.raw', 'slow.fuse', 'slow'].map((name) => join(base, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(image, '');
  await truncate(image, sizeBytes);
  await exec('mkfs.ext2', ['-q', '-F', image]);
  writeFileSync(slow, '');
  mkdirSync(folder);
  const daemon = spawn(
    'qemu-storage-daemon',
    [
      ...['--object', `throttle-group,id=slow,x-bps-write=${bytesPerSecond}`],
      ...['--blockdev', `file,node-name=file,filename=${image}`],
      ...['--blockdev', 'throttle,node-name=held,throttle-group=slow,file=file'],
      ...['--export', `fuse,id=export,node-name=held,mountpoint=${slow},writable=on`],
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const gone = once(daemon, 'exit');
  let device: string | undefined;
  try {
    await exported(slow);
    device = (await exec('losetup', ['--find', '--show', slow])).stdout.trim();
    // Each write is on the disk when it is done, as on a server's.
    await exec('mount', ['-o', 'sync', device, folder]);
    try {
      return await work(folder);
    } finally {
      await exec('umount', [folder], { timeoutMs: 120_000 });
    }
  } finally {
    if (device) await exec('losetup', ['--detach', device]);
    daemon.kill('SIGTERM');
    await gone;
    rmSync(image);
  }
}

/** Until the file is that of the export. */
async function exported(path: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const { stdout } = await exec('findmnt', ['--noheadings', '--output', 'FSTYPE', path], {
      okExitCodes: [0, 1],
    });
    if (stdout.includes('fuse')) return;
    await delay(50);
  }
  throw new Error('qemu-storage-daemon exports nothing');
}
