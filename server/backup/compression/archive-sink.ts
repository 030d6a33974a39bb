// Where a writer of archives puts its bytes, however they are compressed on their way to the file.

/**
 * Takes the next bytes of the file. They are its own until its promise settles; it is called again only after that, and
 * never after it failed.
 */
export type ByteSink = (bytes: Buffer) => Promise<void>;

export interface ArchiveSink {
  /** Bytes that the target has taken so far; the length of the file after `end`. */
  readonly writtenBytes: number;
  /**
   * Takes the next bytes of the archive, which must not change before the promise settles. Waits while too much is under
   * way. Calls may overlap; they are done in order. Rejects with the first error of the target or the compressor, from then
   * on for ever: it may be about bytes taken earlier.
   */
  write(bytes: Buffer): Promise<void>;
  /**
   * Hands out the rest; resolves when the target has all. `index`: what is to be found in the file later without reading it
   * (`openSeekable`); only zstd has a place for it, the others drop it.
   */
  end(index?: Uint8Array): Promise<void>;
  /**
   * Gives up, at any moment; repeatable, never rejects. Calls under way reject with `cancelled`. Resolves when nothing runs
   * any more and the target will not be called again; what it has is worth nothing.
   */
  abort(): Promise<void>;
}
