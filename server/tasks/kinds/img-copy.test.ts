// The task `imgcopy` under the suite of task kinds: an upload that failed is gone, and is sent again.
import { Readable } from 'node:stream';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { unwinding, type VmWorld, vmWorld } from '../../../test/fixtures/vm-world.ts';
import { quietContext } from '../../core/work-context.ts';
import type { ReceivedUpload } from '../../storage/upload.ts';
import { imgCopyKind } from './img-copy.ts';

async function upload(made: VmWorld, fileName: string): Promise<ReceivedUpload> {
  const storage = made.storages.storage('local');
  const { id: importId, name } = await storage.beginImport(quietContext(), 'iso', fileName, {});
  await storage.writeImport(quietContext(), importId, Readable.from([Buffer.alloc(2048)]), {});
  return { storage: 'local', name, importId, sizeBytes: 2048 };
}

describeTaskKind('imgcopy', async () => {
  const made = await vmWorld();
  const kind = imgCopyKind(made.faultyStorages);
  return made.under(kind, await upload(made, 'a.iso'), async () => ({
    kind,
    params: await upload(made, 'a.iso'),
  }));
});

describeTaskKind('imgcopy, undone', async () => {
  const made = await vmWorld();
  return made.under(unwinding(imgCopyKind(made.faultyStorages)), await upload(made, 'a.iso'));
});
