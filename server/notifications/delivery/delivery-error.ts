// Why a notification did not arrive, and whether it is worth another try.
import { AppError } from '../../core/errors.ts';

export class DeliveryError extends AppError {
  /** Another try can help: nobody answered, or the answer was about now. */
  readonly isTemporary: boolean;

  constructor(message: string, isTemporary: boolean, cause?: unknown) {
    super('unavailable', message, { cause });
    this.isTemporary = isTemporary;
  }
}
