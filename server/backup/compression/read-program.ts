// Reads what only a program decompresses: lzop and bzip2.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { hasCode } from '../../core/errors.ts';
import { damaged } from './damage.ts';
import { startFilter } from './filter-program.ts';

/**
 * The content. The program checks it (lzop by Adler-32, bzip2 by CRC-32) and finds it cut off; where is not known, so
 * errors name the byte that it had been given. `unavailable` when it is not installed. Errors of the source pass through.
 * Memory: the pipes and a chunk of the source.
 */
export async function* readThroughProgram(
  argv: readonly string[],
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer, void, void> {
  const program = startFilter(argv, 'read the archive');
  let given = 0;
  let sourceError: { readonly error: unknown } | undefined;
  const chunks = source[Symbol.asyncIterator]();
  const counted = async function* () {
    try {
      for (;;) {
        // Only its own errors: a broken pipe is thrown in where this waits at `yield`.
        const next = await chunks.next().catch((error: unknown) => {
          sourceError = { error };
          throw error;
        });
        if (next.done) return;
        given += next.value.length;
        yield next.value;
      }
    } finally {
      await chunks.return?.();
    }
  };
  const input = Readable.from(counted(), { highWaterMark: 1 });
  // It may end before it has read all: then its exit code says whether that was right.
  pipeline(input, program.input).catch(() => undefined);
  try {
    for await (const chunk of program.output) yield chunk as Buffer;
    await program.done;
  } catch (error) {
    program.kill();
    // Its own end says more than that of its pipe.
    const told: unknown = await program.done.then(
      () => error,
      (ended: unknown) => ended,
    );
    if (sourceError) throw sourceError.error;
    if (!hasCode(told, 'command-failed')) throw told;
    throw damaged(given, `${argv[0]} gave up at or before it`, told);
  } finally {
    program.kill();
    input.destroy();
  }
  if (sourceError) throw sourceError.error;
}
