// Everything about access, put together: what the daemon makes once and hands to routes and services.
import { join } from 'node:path';
import type { ClusterStore } from '../cluster/cluster-store.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import type { Exec } from '../core/exec.ts';
import type { Authenticator } from '../http/authenticator.ts';
import { AccessDirectory } from './access-directory.ts';
import { AccessWriter } from './access-writer.ts';
import { AclService } from './acl-service.ts';
import { AuditLog, type AuditSink, auditFileSink } from './audit.ts';
import { type AuthKeys, authKeysInFile } from './auth-keys.ts';
import { createAuthenticator } from './authenticator.ts';
import { ConsoleTickets } from './console-tickets.ts';
import { GroupService } from './group-service.ts';
import { LoginService } from './login-service.ts';
import { OneTimePasswords } from './one-time-passwords.ts';
import { PasswordService } from './password-service.ts';
import { PoolService } from './pool-service.ts';
import { LoginLimiter } from './rate-limit.ts';
import { pamRealm } from './realms/pam.ts';
import { passwordRealm } from './realms/password.ts';
import type { Realm } from './realms/realm.ts';
import { RoleService } from './role-service.ts';
import { SshKeyService } from './ssh-key-service.ts';
import { Tickets } from './tickets.ts';
import { TokenService } from './token-service.ts';
import { FactorChanges } from './two-factor/factor-changes.ts';
import { TwoFactorService } from './two-factor/two-factor-service.ts';
import { UserService } from './user-service.ts';

export interface AccessOptions {
  readonly store: ClusterStore;
  /** Where the login keys and the audit log are kept. */
  readonly dataDir: string;
  readonly exec: Exec;
  readonly clock?: Clock;
  /** Realms by name; default: `pam` over PAM and `pve` over the store. */
  readonly realms?: ReadonlyMap<string, Realm>;
  /** Default: keys in a file of `dataDir`. */
  readonly keys?: AuthKeys;
  /** Default: `audit.log` in `dataDir`. */
  readonly auditSink?: AuditSink;
  /** Hears when the audit log cannot be written. */
  readonly onAuditError?: (error: unknown) => void;
  /** Hears when a deleted guest or storage could not be taken out of its pool. */
  readonly onPoolError?: (error: unknown) => void;
  readonly clusterName?: () => string | undefined;
}

export interface Access {
  readonly directory: AccessDirectory;
  readonly users: UserService;
  readonly groups: GroupService;
  readonly roles: RoleService;
  readonly acl: AclService;
  readonly tokens: TokenService;
  readonly passwords: PasswordService;
  readonly login: LoginService;
  readonly tickets: Tickets;
  readonly consoleTickets: ConsoleTickets;
  readonly oneTime: OneTimePasswords;
  readonly twoFactor: TwoFactorService;
  readonly factorChanges: FactorChanges;
  readonly sshKeys: SshKeyService;
  readonly pools: PoolService;
  readonly authenticator: Authenticator;
  readonly audit: AuditLog;
  close(): void;
}

/** Makes keys on first start. Throws `unavailable` when the key file is damaged. */
export function createAccess(options: AccessOptions): Access {
  const { store, dataDir, exec } = options;
  const clock = options.clock ?? systemClock;
  const directory = new AccessDirectory(store);
  const writer = new AccessWriter(store, directory);
  const realms =
    options.realms ??
    new Map([
      ['pam', pamRealm({ exec })],
      ['pve', passwordRealm(store)],
    ]);
  const sink =
    options.auditSink ?? auditFileSink(join(dataDir, 'audit.log'), options.onAuditError ?? (() => {}));
  const audit = new AuditLog(sink, clock);
  const tickets = new Tickets(options.keys ?? authKeysInFile(dataDir, clock), clock);
  const consoleTickets = new ConsoleTickets(clock);
  const oneTime = new OneTimePasswords(clock);
  const tokens = new TokenService(writer);
  const twoFactor = new TwoFactorService(writer, clock);
  const pools = new PoolService(writer, options.onPoolError ?? (() => {}));
  const login = new LoginService({
    directory,
    realms,
    tickets,
    consoleTickets,
    oneTime,
    twoFactor,
    limiter: new LoginLimiter(clock),
    audit,
    clock,
    clusterName: options.clusterName ?? (() => undefined),
  });
  return {
    directory,
    users: new UserService(writer),
    groups: new GroupService(writer),
    roles: new RoleService(writer),
    acl: new AclService(writer),
    tokens,
    passwords: new PasswordService(directory, realms, login),
    login,
    tickets,
    consoleTickets,
    oneTime,
    twoFactor,
    factorChanges: new FactorChanges(directory, login, twoFactor),
    sshKeys: new SshKeyService(writer),
    pools,
    authenticator: createAuthenticator({ directory, tickets, tokens, audit, clock }),
    audit,
    close: () => {
      pools.close();
      directory.close();
    },
  };
}
