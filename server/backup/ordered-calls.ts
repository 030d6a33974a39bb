// Calls of a writer that are done one after the other, until the first fails or the last was made.
import { AppError } from '../core/errors.ts';

export class OrderedCalls {
  #last: Promise<unknown> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;
  #ended = false;

  /** From now on every call rejects with this. Only the first counts. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }

  /** Does the work when all earlier calls are done. A failure that comes meanwhile, from wherever, is the call's, too. */
  run(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(async () => {
      this.throwFailure();
      if (this.#ended) throw new AppError('internal', 'the archive cannot be written: it has ended');
      try {
        await work();
      } catch (error) {
        this.fail(error);
      }
      this.throwFailure();
    });
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** As `run`, for the last call. */
  end(work: () => Promise<void>): Promise<void> {
    return this.run(async () => {
      await work();
      this.#ended = true;
    });
  }

  /** Fails what is under way and to come; resolves when no call runs any more. After the end it does nothing. */
  async cancel(stop: () => void = () => undefined): Promise<void> {
    if (!this.#ended) {
      this.fail(new AppError('cancelled', 'writing the archive was cancelled'));
      stop();
    }
    await this.#last;
  }
}
