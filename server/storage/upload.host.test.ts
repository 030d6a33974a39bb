// An upload of 2 GB over loopback into a real directory, in another process whose memory is measured.
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, stat, statfs } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { expect, test } from 'vitest';

const chunkBytes = 1024 ** 2;
const chunks = 2048;
const mostRssBytes = 200 * 1024 ** 2;

test('2 GB are received in less than 200 MB', { timeout: 600_000 }, async (context) => {
  const { bavail, bsize } = await statfs(tmpdir());
  if (bavail * bsize < 2 * chunkBytes * chunks) {
    console.log('skipped the upload of 2 GB: less than 4 GB free in the folder for temporary files');
    context.skip();
  }
  const root = await mkdtemp(path.join(tmpdir(), 'croft-upload-'));
  const server = fork(new URL('../../test/fixtures/upload-receiver.ts', import.meta.url), [root]);
  try {
    const [port] = (await once(server, 'message')) as [number];
    const chunk = Buffer.alloc(chunkBytes, 'not a Debian image ');
    const hash = createHash('sha256');
    const head =
      '--x\r\nContent-Disposition: form-data; name="content"\r\n\r\niso\r\n' +
      '--x\r\nContent-Disposition: form-data; name="checksum-algorithm"\r\n\r\nsha256\r\n' +
      '--x\r\nContent-Disposition: form-data; name="filename"; filename="big.iso"\r\n\r\n';
    const between = '\r\n--x\r\nContent-Disposition: form-data; name="checksum"\r\n\r\n';
    const tail = '\r\n--x--\r\n';
    const length = head.length + chunkBytes * chunks + between.length + 64 + tail.length;
    const outgoing = request({
      host: '127.0.0.1',
      port,
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=x', 'content-length': String(length) },
    });
    const answered = once(outgoing, 'response');
    const began = performance.now();
    await pipeline(
      Readable.from(
        (function* () {
          yield Buffer.from(head);
          for (let i = 0; i < chunks; i += 1) {
            hash.update(chunk);
            yield chunk;
          }
          yield Buffer.from(between + hash.digest('hex') + tail);
        })(),
      ),
      outgoing,
    );
    const [reply] = (await answered) as [Readable];
    const received = (await json(reply)) as {
      sizeBytes: number;
      checksum: string;
      expected: { value: string };
      highestRssBytes: number;
    };
    const seconds = (performance.now() - began) / 1000;
    console.log(
      `2 GB in ${seconds.toFixed(1)} s, highest resident size ${Math.round(received.highestRssBytes / 1024 ** 2)} MiB`,
    );
    expect(received.sizeBytes).toBe(chunkBytes * chunks);
    expect(received.checksum).toBe(received.expected.value);
    expect(received.highestRssBytes).toBeLessThan(mostRssBytes);
    expect((await stat(path.join(root, 'template/iso/big.iso'))).size).toBe(chunkBytes * chunks);
  } finally {
    server.kill('SIGKILL');
    await rm(root, { recursive: true, force: true });
  }
});
