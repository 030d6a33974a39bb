// What the mock knows of users, groups, roles, tokens, permissions and pools at the start; some of it hostile.
import { privileges } from '../../server/contract/permission.ts';

export interface MockFactor {
  readonly id: string;
  readonly type: 'totp' | 'recovery';
  description: string;
  readonly created: number;
  enable: 0 | 1;
}

export interface MockUser {
  readonly userid: string;
  enable: 0 | 1;
  expire: number;
  firstname?: string;
  lastname?: string;
  email?: string;
  comment?: string;
  groups: string[];
  factors: MockFactor[];
  locked?: boolean;
}

export interface MockToken {
  readonly userid: string;
  readonly tokenid: string;
  comment?: string;
  expire: number;
  privsep: 0 | 1;
}

export interface MockGrant {
  readonly path: string;
  readonly type: 'user' | 'group' | 'token';
  readonly ugid: string;
  readonly roleid: string;
  propagate: 0 | 1;
}

/** Which guests are in it stands with the guests. */
export interface MockPool {
  readonly poolid: string;
  comment: string;
  storage: string[];
}

const day = 24 * 3600;
const hostile = '<img src=x onerror=alert(1)> {user} \u202eabc';

export function userFixtures(now: number): MockUser[] {
  const user = (userid: string, part: Partial<MockUser> = {}): MockUser => {
    return { userid, enable: 1, expire: 0, groups: [], factors: [], ...part };
  };
  const totp = (description: string): MockFactor => {
    return { id: `f-${description}`, type: 'totp', description, created: now - 40 * day, enable: 1 };
  };
  return [
    user('root@pam', { email: 'root@example.org', comment: 'The administrator of last resort' }),
    user('anna@pve', {
      ...{ firstname: 'Anna', lastname: 'Kowalska', email: 'anna@example.org', groups: ['admins', 'shop'] },
      factors: [
        totp('Phone'),
        { ...totp('Old tablet'), enable: 0 },
        { id: 'recovery', type: 'recovery', description: '', created: now - 40 * day, enable: 1 },
      ],
    }),
    user('second@pve', { comment: 'Logs in with a code: 123456', factors: [totp('Phone')] }),
    user('plain@pve', { comment: 'May do little', groups: ['shop'] }),
    user('locked@pve', { factors: [totp('Phone')], locked: true, groups: ['shop'] }),
    user('gone@pve', { expire: now - 30 * day, comment: 'Contract ended' }),
    user('intern@pve', { enable: 0, expire: now + 60 * day }),
    user(`hostile<b>${'x'.repeat(40)}@pve`, { firstname: hostile, lastname: '"><script>', comment: hostile }),
    ...Array.from({ length: 14 }, (_, i) =>
      user(`desk${i + 1}@pam`, { groups: i % 2 === 0 ? ['shop'] : [] }),
    ),
  ];
}

export const tokenFixtures = (now: number): MockToken[] => [
  { userid: 'root@pam', tokenid: 'terraform', comment: 'Infrastructure as code', expire: 0, privsep: 0 },
  { userid: 'root@pam', tokenid: 'backup-script', comment: hostile, expire: now + 90 * day, privsep: 1 },
  { userid: 'anna@pve', tokenid: 'monitoring', comment: 'Grafana', expire: now - day, privsep: 1 },
];

export const groupFixtures = (): Map<string, string> =>
  new Map([
    ['admins', 'Administrators of all'],
    ['shop', 'Who runs the shop'],
    ['empty', hostile],
  ]);

export const roleFixtures = (): Map<string, { privs: string[]; special: boolean }> => {
  const of = (pattern: RegExp) => privileges.filter((one) => pattern.test(one));
  const builtIn = (privs: string[]) => ({ privs, special: true });
  return new Map([
    ['Administrator', builtIn([...privileges])],
    ['NoAccess', builtIn([])],
    ['PVEAuditor', builtIn(of(/Audit$/))],
    ['PVEDatastoreUser', builtIn(['Datastore.AllocateSpace', 'Datastore.Audit'])],
    ['PVEVMAdmin', builtIn(of(/^VM\./))],
    ['PVEVMUser', builtIn(of(/^VM\.(Audit|Console|PowerMgmt|Backup|Config\.CDROM)$/))],
    ['Operator', { privs: of(/^VM\.(Audit|Console|PowerMgmt)$|^Sys\.Audit$/), special: false }],
  ]);
};

export const grantFixtures = (): MockGrant[] => [
  { path: '/', type: 'group', ugid: 'admins', roleid: 'Administrator', propagate: 1 },
  { path: '/', type: 'token', ugid: 'root@pam!backup-script', roleid: 'PVEAuditor', propagate: 1 },
  { path: '/access/groups', type: 'user', ugid: 'second@pve', roleid: 'PVEAuditor', propagate: 0 },
  { path: '/pool/shop', type: 'group', ugid: 'shop', roleid: 'PVEVMUser', propagate: 1 },
  { path: '/storage/local', type: 'group', ugid: 'shop', roleid: 'PVEDatastoreUser', propagate: 1 },
  { path: '/vms', type: 'user', ugid: 'plain@pve', roleid: 'PVEAuditor', propagate: 1 },
  { path: '/vms/100', type: 'user', ugid: 'anna@pve', roleid: 'Operator', propagate: 0 },
  {
    path: '/vms/100',
    type: 'user',
    ugid: `hostile<b>${'x'.repeat(40)}@pve`,
    roleid: 'NoAccess',
    propagate: 1,
  },
];

export const poolFixtures = (): MockPool[] => [
  { poolid: 'customers/nord', comment: 'Nobody yet', storage: [] },
  { poolid: 'lab', comment: '', storage: [] },
  { poolid: 'office', comment: 'What all of us need every day', storage: [] },
  { poolid: 'shop', comment: 'The web shop and its databases', storage: ['local'] },
  { poolid: 'shop/test', comment: hostile, storage: [] },
];
