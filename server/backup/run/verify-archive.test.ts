// What is asked of an archive that was just written, and which answers keep it.
import { describe, expect, test } from 'vitest';
import { AppError } from '../../core/errors.ts';
import { quietContext } from '../../core/work-context.ts';
import type { WorkerOrder } from '../worker/worker-orders.ts';
import type { RunOrder } from './run-worker.ts';
import { requireWhole } from './verify-archive.ts';

const texts = [{ name: 'qemu-server.conf', text: 'memory: 64' }];

async function verify(
  name: string,
  eachFrame: boolean,
  {
    seekable = true,
    told = texts,
    problem,
  }: { seekable?: boolean; told?: object[]; problem?: AppError } = {},
) {
  const asked: string[] = [];
  const run = async (_context: unknown, { kind }: WorkerOrder) => {
    asked.push(kind);
    if (kind === 'check-frames' && problem) throw problem;
    return { seekable, texts: told };
  };
  const archive = { path: '/x', name };
  const outcome = await requireWhole(run as unknown as RunOrder, quietContext(), archive, { eachFrame }).then(
    () => 'kept',
    (error: unknown) => error as AppError,
  );
  return { asked, outcome };
}

const vm = (ending: string) => `vzdump-qemu-100-2026_06_01-02_30_00.${ending}`;
const ct = (ending: string) => `vzdump-lxc-100-2026_06_01-02_30_00.${ending}`;

describe('an archive that was just written', () => {
  test.each([
    [vm('vma.zst'), true, ['describe', 'check-frames']],
    [vm('vma.zst'), false, ['describe']],
    [vm('vma'), true, ['describe']],
    [vm('vma.gz'), true, ['describe']],
    [ct('tar.zst'), true, ['describe-tar', 'check-frames']],
    [ct('tar.zst'), false, ['describe-tar']],
    [ct('tar'), true, ['describe-tar']],
  ])('%s (each frame: %s) is looked at by %j', async (name, eachFrame, orders) => {
    const { asked, outcome } = await verify(name, eachFrame);
    expect([asked, outcome]).toEqual([orders, 'kept']);
  });

  test.each([
    [{ seekable: false }, 'lacks its table'],
    [{ told: [] }, 'holds no configuration'],
    [{ problem: new AppError('invalid-input', 'damaged at byte 7') }, 'damaged at byte 7'],
    [{ problem: new AppError('unsupported', 'no table') }, 'no table'],
  ])('is not kept: %#', async (answers, why) => {
    const { outcome } = await verify(vm('vma.zst'), true, answers);
    expect(outcome).toMatchObject({ code: 'command-failed', message: expect.stringContaining(why) });
    expect((outcome as AppError).message).toContain('it is not kept');
  });

  test('that cannot be read now is no damaged one', async () => {
    const problem = new AppError('unavailable', 'EIO');
    expect((await verify(vm('vma.zst'), true, { problem })).outcome).toBe(problem);
  });
});
