// Reads a source through a decoder of Node's, no faster than the result is taken.
import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/**
 * What `decoder` makes of `source`. Errors of either come as they are. When the reader stops early, both are given up. Node's
 * decoder is at most two of its chunks ahead, and takes no input meanwhile.
 */
export async function* decodeThrough(
  decoder: Transform,
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer, void, void> {
  const input = Readable.from(source, { highWaterMark: 1 });
  const fed = pipeline(input, decoder);
  // Its error is the decoder's, too.
  fed.catch(() => undefined);
  try {
    for await (const chunk of decoder) yield chunk as Buffer;
  } finally {
    // gunzip ends at padding of zeros without taking the rest.
    decoder.destroy();
    input.destroy();
  }
}
