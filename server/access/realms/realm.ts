// What a realm does: proves that a password belongs to a user. Directories (LDAP, OpenID) come in by this door.

export interface PasswordCheck {
  /** The user's name without `@realm`. */
  readonly name: string;
  readonly password: string;
  /** The client's address, for the realm's own log; undefined over the local socket. */
  readonly address: string | undefined;
  readonly signal?: AbortSignal;
}

export interface Realm {
  /** `pam`, `pve`. */
  readonly type: string;
  /**
   * True when the password is right. Unknown users must cost as much time as known ones. Throws `unavailable` or
   * `timeout` when the realm cannot tell.
   */
  authenticate(check: PasswordCheck): Promise<boolean>;
  /** Sets a user's password; absent when the realm's passwords are kept elsewhere. */
  setPassword?(name: string, password: string): Promise<void>;
}
