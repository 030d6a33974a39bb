// Changing passwords: whose may be changed by whom, and how it is proven.
import { AppError, invalidInput } from '../core/errors.ts';
import type { Caller } from '../http/route.ts';
import type { AccessDirectory } from './access-directory.ts';
import { isRoot, permissionDenied } from './caller.ts';
import type { LoginService } from './login-service.ts';
import { hashPassword } from './password-hash.ts';
import type { Realm } from './realms/realm.ts';
import { rootUser, splitUserId } from './user-id.ts';

export interface PasswordChange {
  readonly userid: string;
  readonly password: string;
  /** The caller's own present password; wanted from everybody but root@pam. */
  readonly confirmation: string | undefined;
  readonly address: string;
  readonly signal: AbortSignal;
}

export class PasswordService {
  readonly #directory: AccessDirectory;
  readonly #realms: ReadonlyMap<string, Realm>;
  readonly #login: LoginService;

  constructor(directory: AccessDirectory, realms: ReadonlyMap<string, Realm>, login: LoginService) {
    this.#directory = directory;
    this.#realms = realms;
    this.#login = login;
  }

  /**
   * The route has checked that the caller is the user itself or may modify it. Beyond that: root's password is changed
   * by root alone, and those of other Linux users by themselves or root, as they open more than this daemon.
   */
  async change(caller: Caller, change: PasswordChange): Promise<void> {
    const { userid } = change;
    const user = splitUserId(userid);
    if (!user || !this.#directory.users.has(userid))
      throw new AppError('not-found', `no such user ('${userid}')`);
    const realm = this.#realms.get(user.realm);
    if (!realm?.setPassword)
      throw new AppError('unsupported', `passwords of realm '${user.realm}' cannot be changed here`);
    if (!isRoot(this.#directory, caller)) {
      const self = caller.userid === userid;
      if (!self && (userid === rootUser || realm.type === 'pam')) throw permissionDenied();
      if (change.confirmation === undefined)
        throw invalidInput({ 'confirmation-password': 'your own password is needed to change a password' });
      await this.#login.confirmPassword(caller.userid, change.confirmation, change.address, change.signal);
    }
    await realm.setPassword(user.name, change.password);
  }

  /** The hash to store for a new user of realm `pve`. Throws `invalid-input` for other realms: they keep their own. */
  async hashForNewUser(userid: string, password: string): Promise<string> {
    const realm = splitUserId(userid)?.realm;
    if (this.#realms.get(realm ?? '')?.type !== 'pve')
      throw invalidInput({ password: `realm '${realm ?? ''}' keeps its passwords itself` });
    return await hashPassword(password);
  }
}
