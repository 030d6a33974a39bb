// Step `state`: the first files of the state, or, of an installation that is kept, only what the answers change.
import { chmod, mkdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { renderStateFiles, type StateFile } from '../state-files.ts';
import { sharedDevice } from './devices.ts';
import { withMount } from './mount.ts';
import { requireKnownSchema } from './require-kept.ts';
import type { InstallStep } from './step.ts';

export const state: InstallStep = {
  name: 'state',
  weight: 3,
  async run(tools, context, job) {
    const { plan } = job;
    const { signal } = context;
    const device = sharedDevice(plan, 'state');
    const secrets = await tools.run.secrets();
    const paths = await tools.statePaths();
    await withMount(tools, signal, { device, type: 'ext4', at: 'state' }, async (folder) => {
      const kept = plan.keepGuests ? await readKept(folder, plan.image.stateSchema) : undefined;
      const files = renderStateFiles({ job, secrets, paths, kept, now: tools.clock.now() });
      for (const file of files) await writeStateFile(folder, file);
      // A switch between the slots that were there: the new system would take itself for one that came back from a trial, and
      // put the database's copy of before it in place.
      if (kept) await rm(join(folder, 'update/pending.json'), { force: true });
    });
    context.log(plan.keepGuests ? 'the settings were kept' : 'the settings are written');
  },
};

/** What has to survive of a kept state. */
async function readKept(folder: string, known: number) {
  await requireKnownSchema(folder, known);
  const text = async (path: string) => await readFile(join(folder, path), 'utf8').catch(() => '');
  return { shadow: await text('accounts/shadow'), installJson: await text('install.json') };
}

/** Whole or not at all. Folders of root's home and of accounts are root's alone. */
async function writeStateFile(folder: string, file: StateFile): Promise<void> {
  const path = join(folder, file.path);
  const guarded = /^(dirs\/root|accounts)(\/|$)/;
  let made = folder;
  for (const part of dirname(file.path)
    .split('/')
    .filter((name) => name !== '.')) {
    made = join(made, part);
    if (await exists(made)) continue;
    await mkdir(made);
    // By chmod: the mode of mkdir goes through the umask.
    await chmod(made, guarded.test(made.slice(folder.length + 1)) ? 0o700 : 0o755);
  }
  const fresh = `${path}.croft-new`;
  await rm(fresh, { force: true });
  if ('linkTo' in file.content) await symlink(file.content.linkTo, fresh);
  else {
    await writeFile(fresh, file.content.text, { mode: 0o600, flag: 'wx', flush: true });
    await chmod(fresh, file.mode);
  }
  await rename(fresh, path);
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
