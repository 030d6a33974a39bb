// Workers against QEMU's own tools: disks of all formats into archives, checked, and back into volumes.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import type { Attachment } from '../../../storage-plugins/plugin.ts';
import { mebibyte } from '../../core/units.ts';
import { NbdClient } from '../nbd/nbd-client.ts';
import { processesWith, sha256, testUuid, WorkerFolder, whyNoQemuTools } from './worker-fixture.ts';
import type { ArchiveFile, RestoreVmaOrder, WorkerProgress, WriteVmaOrder } from './worker-orders.ts';

const missing = whyNoQemuTools();
if (missing) console.warn(`backup workers: skipped, ${missing}`);

const folder = new WorkerFolder();
afterAll(() => folder.remove());

const conf = 'name: mühle\nscsi0: local:100/disk.raw\n';

function writeOrder(archive: ArchiveFile, disks: WriteVmaOrder['disks']): WriteVmaOrder {
  return {
    kind: 'write-vma',
    archive,
    uuid: testUuid,
    ctime: 1_700_000_000,
    texts: [{ name: 'qemu-server.conf', text: conf }],
    disks,
    zstdThreads: 2,
  };
}

const diskBytes = 24 * mebibyte + 512 * 3;

describe.skipIf(missing !== undefined)('disks through an archive', () => {
  const sources: Record<string, () => Attachment & { kind: 'file' }> = {
    raw: () => ({
      kind: 'file',
      path: folder.rawDisk('sparse.raw', diskBytes, 0.5),
      format: 'raw',
    }),
    qcow2: () => folder.image('full.qcow2', 'qcow2', folder.rawDisk('full.raw', diskBytes, 1)),
    // Small pieces everywhere: ranges end within clusters and blocks.
    vmdk: () => folder.image('torn.vmdk', 'vmdk', folder.rawDisk('torn.raw', diskBytes - 512 * 3, 0.3, 9000)),
    chain: () => {
      const base = folder.image('base.qcow2', 'qcow2', folder.rawDisk('base.raw', diskBytes, 0.4));
      const path = folder.file('clone.qcow2');
      execFileSync('qemu-img', [...['create', '-q', '-f', 'qcow2', '-b', base.path, '-F', 'qcow2', path]]);
      execFileSync('qemu-io', ['-f', 'qcow2', '-c', 'write -P 77 3M 5M', path]);
      return { kind: 'file', path, format: 'qcow2', backing: [{ path: base.path, format: 'qcow2' }] };
    },
    empty: () => folder.image('empty.qcow2', 'qcow2', diskBytes),
  };
  const cases = [
    ['raw', 'vma.zst', 'raw', true],
    ['raw', 'vma', 'qcow2', false],
    ['qcow2', 'vma.zst', 'qcow2', true],
    ['qcow2', 'vma.lzo', 'raw', false],
    ['vmdk', 'vma.zst', 'raw', false],
    ['vmdk', 'vma.gz', 'qcow2', true],
    ['chain', 'vma.zst', 'raw', true],
    ['empty', 'vma.zst', 'raw', false],
  ] as const;

  it.each(cases)(
    '%s by %s to %s, zero before: %s',
    async (kind, extension, format, targetIsZero) => {
      const attachment = sources[kind]!();
      const sizeBytes = Number(
        /"virtual-size": (\d+)/.exec(
          execFileSync('qemu-img', ['info', '--output=json', attachment.path], { encoding: 'utf8' }),
        )![1],
      );
      const archive = await folder.newArchive(extension);
      const told: WorkerProgress[] = [];
      const disks = [{ device: 'drive-scsi0', sizeBytes, from: { kind: 'image', attachment } as const }];
      const written = await folder.run(writeOrder(archive, disks), { onProgress: (one) => told.push(one) })
        .done;
      expect(written).toMatchObject({ processedBytes: sizeBytes, archiveBytes: statSync(archive.path).size });
      expect(told.at(-1)).toMatchObject({ processedBytes: sizeBytes, totalBytes: sizeBytes });
      const zstd = extension === 'vma.zst';
      if (zstd) {
        const { frames } = await folder.run({ kind: 'check-frames', archive }).done;
        expect(frames).toBeGreaterThan(2);
      }
      const checked = await folder.run({ kind: 'check', archive, ours: true }).done;
      expect(checked).toEqual({
        ...{ archiveBytes: written.archiveBytes, processedBytes: sizeBytes, zeroBytes: written.zeroBytes },
        trailer: zstd ? 'whole' : 'none',
      });
      expect(await folder.run({ kind: 'describe', archive }).done).toEqual({
        ...{ archiveBytes: written.archiveBytes, uuid: testUuid, ctime: 1_700_000_000, hasState: false },
        texts: [{ name: 'qemu-server.conf', text: conf }],
        disks: [{ device: 'drive-scsi0', sizeBytes }],
        seekable: zstd,
      });
      // What was there before is to be gone, also behind the disk's end.
      const target = folder.image(`restored.${format}`, format, sizeBytes + mebibyte);
      if (!targetIsZero)
        execFileSync('qemu-io', ['-f', format, '-c', `write -P 5 0 ${sizeBytes + mebibyte}`, target.path]);
      const order: RestoreVmaOrder = {
        ...{ kind: 'restore-vma', archive },
        disks: [
          { device: 'drive-scsi0', sizeBytes, to: { kind: 'image', attachment: target }, targetIsZero },
        ],
      };
      const restored = await folder.run(order).done;
      expect(restored).toEqual({ processedBytes: sizeBytes, zeroBytes: written.zeroBytes });
      // The rest of the larger one counts as equal when it is zeros.
      expect(folder.same(attachment, target)).toBe(true);
      if (targetIsZero && format === 'raw') {
        const used = 512 * statSync(target.path).blocks;
        expect(used).toBeLessThan(sizeBytes - written.zeroBytes + 4 * mebibyte);
      }
      expect(processesWith(folder.path)).toEqual([]);
      expect(readdirSync(folder.path).filter((name) => name.startsWith('worker-'))).toEqual([]);
    },
    60_000,
  );

  it('takes several disks, restores some of them, and serves them at any place', async () => {
    const paths = [
      folder.rawDisk('a.raw', 30 * mebibyte, 0.6, mebibyte, 3),
      folder.rawDisk('b.raw', 9 * mebibyte + 512, 0.5, 20_000, 4),
      folder.rawDisk('c.raw', 528 * 1024, 0.1, 4096, 5),
    ];
    execFileSync('fallocate', ['--punch-hole', '-o', '10MiB', '-l', '10MiB', paths[0]!]);
    const disks = paths.map((path, index) => ({
      device: ['drive-scsi0', 'drive-virtio1', 'drive-efidisk0'][index]!,
      sizeBytes: statSync(path).size,
      from: { kind: 'image', attachment: { kind: 'file', path, format: 'raw' } } as const,
    }));
    const archive = await folder.newArchive('vma.zst');
    await folder.run(writeOrder(archive, disks)).done;

    const target = folder.image('b-restored.raw', 'raw', disks[1]!.sizeBytes);
    await folder.run({
      ...{ kind: 'restore-vma', archive },
      disks: [{ ...disks[1]!, to: { kind: 'image', attachment: target }, targetIsZero: true }],
    }).done;
    expect(await sha256(target.path)).toBe(await sha256(paths[1]!));

    const socket = folder.file('serve.sock');
    const server = folder.run({
      ...{ kind: 'serve-vma', archive, socket },
      exports: disks.map(({ device }) => ({ device, exportName: device.slice(6) })),
    });
    await server.ready;
    for (const [index, name] of ['scsi0', 'virtio1', 'efidisk0'].entries()) {
      const url = `nbd+unix:///${name}?socket=${socket}`;
      const output = execFileSync('qemu-img', ['compare', '-f', 'raw', '-F', 'raw', url, paths[index]!]);
      expect(output.toString()).toContain('identical');
      await using client = await NbdClient.open({ socketPath: socket, exportName: name });
      const ranges = await client.blockStatus(0, client.sizeBytes);
      // Zeros shorter than an extent are told by reading alone.
      expect(ranges.some(({ hole, bytes }) => hole && bytes > 4 * mebibyte)).toBe(index === 0);
      // QEMU takes what is told as zeros for data, and would bring it in.
      expect(ranges.filter(({ zero }) => zero)).toEqual([]);
    }
    await server.kill();
    await expect(server.done).rejects.toMatchObject({ code: 'cancelled' });
    expect(readdirSync(folder.path)).not.toContain('serve.sock');
  });

  it('refuses disks that somebody has open, that have another size, and archives without them', async () => {
    const attachment = folder.image('busy.qcow2', 'qcow2', mebibyte);
    const from = { kind: 'image', attachment } as const;
    const archive = await folder.newArchive('vma.zst');
    const disk = { device: 'drive-scsi0', sizeBytes: 2 * mebibyte, from };
    await expect(folder.run(writeOrder(archive, [disk])).done).rejects.toMatchObject({
      code: 'wrong-state',
      message: /1048576 bytes, not 2097152/,
    });
    const right = { ...disk, sizeBytes: mebibyte };
    await folder.run(writeOrder(archive, [right])).done;
    const to = { kind: 'image', attachment } as const;
    const restore = (device: string, sizeBytes: number) =>
      folder.run({ kind: 'restore-vma', archive, disks: [{ device, sizeBytes, to, targetIsZero: true }] })
        .done;
    await expect(restore('drive-scsi1', mebibyte)).rejects.toThrow('has no disk drive-scsi1');
    await expect(restore('drive-scsi0', 2 * mebibyte)).rejects.toMatchObject({ code: 'invalid-input' });
    // QEMU's own locks tell.
    const socket = folder.file('holder.sock');
    const holder = spawn('qemu-nbd', ['-k', socket, '-f', 'qcow2', attachment.path], { stdio: 'ignore' });
    while (!existsSync(socket)) await delay(20);
    const archiveOfBusy = await folder.newArchive('vma');
    await expect(folder.run(writeOrder(archiveOfBusy, [right])).done).rejects.toMatchObject({ code: 'busy' });
    await expect(restore('drive-scsi0', mebibyte)).rejects.toMatchObject({ code: 'busy' });
    holder.kill();
    const gone = {
      ...right,
      from: { kind: 'image', attachment: { ...attachment, path: '/nowhere' } } as const,
    };
    await expect(folder.run(writeOrder(archive, [gone])).done).rejects.toMatchObject({
      code: 'command-failed',
      message: 'open drive-scsi0: qemu-nbd failed',
    });
  });
});
