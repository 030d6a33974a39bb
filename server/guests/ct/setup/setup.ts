// The real `CtSetup`: unpacking, telling systems apart, writing into roots.
import type { Exec } from '../../../core/exec.ts';
import type { CtSetup } from '../ct-setup.ts';
import { apply } from './apply.ts';
import { detect } from './detect.ts';
import { createFirstTime } from './first-time.ts';
import { createUnpack } from './unpack.ts';

export function createCtSetup(exec: Exec): CtSetup {
  return { unpack: createUnpack(exec), detect, firstTime: createFirstTime(exec), apply };
}
