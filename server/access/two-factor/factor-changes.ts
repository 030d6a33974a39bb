// Changes of second factors as callers ask for them: by whom, and proven by the caller's own password.
import { AppError, invalidInput } from '../../core/errors.ts';
import type { Caller } from '../../http/route.ts';
import type { AccessDirectory } from '../access-directory.ts';
import { isRoot, permissionDenied } from '../caller.ts';
import type { LoginService } from '../login-service.ts';
import { rootUser } from '../user-id.ts';
import type { NewTotp, TwoFactorService } from './two-factor-service.ts';

/** Who asks for a change of whose factors. */
export interface ChangeRequest {
  readonly caller: Caller;
  readonly userid: string;
  /** The caller's own; wanted from everybody but root@pam. */
  readonly password: string | undefined;
  readonly address: string;
  readonly signal: AbortSignal;
}

export interface AddedFactor {
  readonly id: string;
  /** Shown this once. */
  readonly recovery?: readonly string[];
}

export class FactorChanges {
  readonly #directory: AccessDirectory;
  readonly #login: LoginService;
  readonly #factors: TwoFactorService;

  constructor(directory: AccessDirectory, login: LoginService, factors: TwoFactorService) {
    this.#directory = directory;
    this.#login = login;
    this.#factors = factors;
  }

  /** `value` and the other details are those of an app; recovery keys have none. */
  async add(request: ChangeRequest, type: string, details: NewTotp): Promise<AddedFactor> {
    if (type !== 'totp' && type !== 'recovery')
      throw invalidInput({
        type: `'${type}' is not supported yet by this version of Croft: totp or recovery`,
      });
    await this.#confirm(request);
    if (type === 'totp') return { id: await this.#factors.addTotp(request.userid, details) };
    const surplus = details.uri !== undefined ? 'totp' : details.code !== undefined ? 'value' : undefined;
    if (surplus !== undefined) throw invalidInput({ [surplus]: 'recovery keys take no further parameters' });
    const { id, keys } = await this.#factors.addRecovery(request.userid);
    return { id, recovery: keys };
  }

  async update(
    request: ChangeRequest,
    id: string,
    change: { description?: string | undefined; enable?: boolean | undefined },
  ): Promise<void> {
    await this.#confirm(request);
    await this.#factors.update(request.userid, id, change);
  }

  async remove(request: ChangeRequest, id: string): Promise<void> {
    await this.#confirm(request);
    await this.#factors.remove(request.userid, id);
  }

  /** The route has checked that the caller is the user itself or may modify it. */
  async #confirm({ caller, userid, password, address, signal }: ChangeRequest): Promise<void> {
    if (!this.#directory.users.has(userid)) throw new AppError('not-found', `no such user ('${userid}')`);
    if (isRoot(this.#directory, caller)) return;
    if (userid === rootUser) throw permissionDenied();
    if (password === undefined)
      throw invalidInput({ password: 'your own password is needed to change second factors' });
    await this.#login.confirmPassword(caller.userid, password, address, signal);
  }
}
