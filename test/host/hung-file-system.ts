// A file system that hangs, as one of a dead server does: FUSE, with nobody who answers what the kernel asks.
import { closeSync, openSync } from 'node:fs';
import { exec } from '../../server/core/exec.ts';

export interface HungFileSystem {
  /** Whoever waits for it gets an error (ENOTCONN), and it is gone. Repeatable. */
  end(): Promise<void>;
}

/**
 * Mounts it on the folder. From then on every call on the folder, statfs(2) among them, waits until `end`: the kernel's first question
 * (FUSE_INIT, fuse(4)) is never answered. The folder must not be touched by this process meanwhile.
 */
export async function hangFileSystem(folder: string): Promise<HungFileSystem> {
  const device = openSync('/dev/fuse', 'r+');
  let ended = false;
  const end = async () => {
    if (ended) return;
    ended = true;
    closeSync(device);
    await exec('umount', ['--lazy', folder]);
  };
  try {
    // `-i`: no program of FUSE is asked; the kernel takes the open device itself.
    const options = 'fd=3,rootmode=40000,user_id=0,group_id=0';
    await exec('mount', ['-i', '-t', 'fuse', '-o', options, 'croft-hung', folder], { files: [device] });
  } catch (error) {
    closeSync(device);
    throw error;
  }
  return { end };
}
