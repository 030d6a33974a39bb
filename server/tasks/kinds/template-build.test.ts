// The task `vztmplbuild` under the suite of task kinds.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Faults } from '../../../test/contracts/faults.ts';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { storageWorld } from '../../../test/fixtures/storage-world.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { templateBuildKind } from './template-build.ts';

const template = 'debian-13-standard_13-20261121_amd64.tar.zst';
const params = { storage: 'local', template, key: 'any-key' };

async function world() {
  const faults = new Faults();
  const made = await storageWorld();
  const workFolder = await mkdtemp(join(tmpdir(), 'croft-template-'));
  const builder = faults.wrap(
    {
      async build(_context: unknown, name: string, path: string): Promise<void> {
        await writeFile(path, `content of ${name}`);
      },
    },
    ['build'],
  );
  const storage = (id: string) =>
    faults.wrap(made.service.storage(id), ['beginImport', 'writeImport', 'commitImport', 'discardImport']);
  const { requireContent } = made.service;
  const kind = templateBuildKind({ storages: { storage, requireContent }, workFolder, build: builder.build });
  const snapshot = async () => ({ stored: await made.files(), waiting: await readdir(workFolder) });
  const dispose = async () => {
    await made.cleanUp();
    await rm(workFolder, { recursive: true });
  };
  return { kind, params, faults, snapshot, dispose };
}

describeTaskKind('vztmplbuild', world);

test('a template that is there is not built again', async () => {
  const made = await world();
  const { runner } = runnerWorld();
  runner.register(made.kind);
  const run = async () => runner.wait(await runner.start('vztmplbuild', params, { requester: 'root@pam' }));
  expect((await run()).state).toBe('ok');
  expect(await made.snapshot()).toEqual({ stored: [`template/cache/${template}`], waiting: [] });
  expect(await run()).toMatchObject({ state: 'failed', errorCode: 'already-exists' });
  await made.dispose();
});
