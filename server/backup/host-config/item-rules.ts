// What can be restored of each kind of item, why not, what must be there for it, and what it may do that is not expected.
import type { Json } from '../../cluster/cluster-store.ts';
import { type ConfigItem, field, itemId, listOf, objectOf } from './config-items.ts';
import { hasShape, isKnownKind } from './document-shapes.ts';
import type { FieldDifference } from './field-diff.ts';
import { guestVolumes, isKeptGuestKey } from './guest-parts.ts';
import { lacksSecret } from './secret-fields.ts';

/** What the rules must know of the system. */
export interface RestoreWorld {
  /** Is the volume there, and used by nobody? Answers what speaks against it, in words. */
  volumeProblem(volid: string): Promise<string | undefined>;
  /** What speaks against a storage with these options; `now`: as it is configured. */
  storageProblem(id: string, wanted: Json, now: Json | undefined): Promise<string | undefined>;
  /** What speaks against a guest's configuration. */
  guestProblem(kind: string, vmid: number, config: Json): string | undefined;
  guestRuns(vmid: number): boolean;
  /** Files that can be written, by name: why not, and what may come of it. */
  file(
    name: string,
  ): { readonly refused: string | undefined; readonly danger: string | undefined } | undefined;
}

/** An item on both sides. At least one is there; they differ. */
export interface DifferingItem {
  readonly item: ConfigItem;
  readonly backup: ConfigItem | undefined;
  readonly now: ConfigItem | undefined;
  /** The whole documents that they are parts of; of the backup with as many secrets as are known. */
  readonly backupDocument: Json | undefined;
  readonly nowDocument: Json | undefined;
  readonly fields: readonly FieldDifference[];
}

/** These may go when the backup has none of them: nothing else hangs on them. */
const removable = new Set(['permission', 'job']);

/** Why it cannot be restored; undefined when it can. */
export async function refusalOf(one: DifferingItem, world: RestoreWorld): Promise<string | undefined> {
  const { item, backup, now } = one;
  if (item.area === 'file') return fileRefusal(one, world);
  const kind = item.id.slice(0, item.id.indexOf('/'));
  if (!isKnownKind(kind)) return 'this version of Croft does not know what it is';
  if (!backup)
    return removable.has(item.area)
      ? undefined
      : 'it is not in the backup: remove it where it is set up, if it is to go';
  const document = item.area === 'permission' || item.area === 'pool' ? backup.value : one.backupDocument;
  if (document === undefined) return 'it is not in the backup';
  const secrets = secretRefusal(one, document);
  if (secrets !== undefined) return secrets;
  const isPartial = lacksSecret(document);
  if (!isPartial && !hasShape(kind, document))
    return 'what the backup has of it is damaged, or of another version';
  switch (item.area) {
    case 'guest':
      return await guestRefusal(one, document, world);
    case 'storage':
      return await world.storageProblem(item.name, document, now && one.nowDocument);
    case 'role':
      return /^PVE/i.test(item.name) ? 'it is a built-in role' : undefined;
    case 'user':
      return item.name === 'root@pam' && field(document, 'enable') === false
        ? 'root@pam cannot be switched off'
        : undefined;
    default:
      return undefined;
  }
}

function secretRefusal({ item, now }: DifferingItem, document: Json): string | undefined {
  if (!lacksSecret(document)) return undefined;
  switch (item.area) {
    case 'password':
      return 'passwords are not in this backup, or it was opened without its passphrase';
    case 'two-factor':
      return 'second factors are not in this backup, or it was opened without its passphrase';
    case 'token':
      return now
        ? undefined
        : 'its secret is not in this backup, or it was opened without its passphrase: make a new token';
    case 'storage':
      return now
        ? undefined
        : 'its password is not in this backup, or it was opened without its passphrase: add the storage by hand';
    case 'notification':
      return now && item.title !== 'secrets'
        ? undefined
        : 'its secrets are not in this backup, or it was opened without its passphrase';
    default:
      return undefined;
  }
}

async function guestRefusal(
  one: DifferingItem,
  document: Json,
  world: RestoreWorld,
): Promise<string | undefined> {
  const kind = String(field(document, 'kind'));
  const vmid = Number(field(document, 'vmid'));
  if (String(vmid) !== one.item.name) return 'what the backup has of it is damaged';
  const config = field(document, 'config') ?? {};
  if (one.now) {
    if (field(one.nowDocument, 'kind') !== kind) return `${vmid} is a guest of another kind now`;
    if (one.fields.every(({ name }) => isKeptGuestKey(name)))
      return 'only its disks and drives differ: they stay as they are. To go back to older disks, restore the guest itself';
  } else {
    for (const volid of guestVolumes(document)) {
      const problem = await world.volumeProblem(volid);
      if (problem !== undefined) return `${problem}. Restore the guest from one of its own backups`;
    }
  }
  return world.guestProblem(kind, vmid, config);
}

function fileRefusal({ item, backup }: DifferingItem, world: RestoreWorld): string | undefined {
  const file = world.file(item.name);
  if (!file) return 'this node has no such setting';
  if (!backup) return 'it is not in the backup';
  return file.refused;
}

/** What restoring it may do that somebody does not expect. */
export function dangerOf(one: DifferingItem, world: RestoreWorld): string | undefined {
  const { item, backup, now } = one;
  switch (item.area) {
    case 'permission':
      return backup ? 'gives rights' : 'takes rights away, perhaps your own';
    case 'role':
      return 'changes what everybody with this role may do, perhaps yourself';
    case 'password':
      return now ? 'the password of today counts no more' : undefined;
    case 'two-factor':
      return 'the second factors of today count no more';
    case 'user':
      return now ? undefined : 'somebody who was removed can log in again, once there is a password';
    case 'token':
      return now ? undefined : 'a token that was removed counts again';
    case 'storage':
      return now ? 'guests that use it may lose sight of their disks' : undefined;
    case 'guest':
      return guestDanger(reachingOf(one), now !== undefined, world.guestRuns(Number(item.name)));
    case 'file':
      return world.file(item.name)?.danger;
    default:
      return undefined;
  }
}

/** These reach devices and files of the node, or run programs on it. */
const hostKeys =
  /^(args|hookscript|hostpci\d+|usb\d+|serial\d+|parallel\d+|dev\d+|lxc.*|features|unprivileged)$/;

/** Options of a guest that would reach into the node once it is restored: only root@pam may set those. */
export function reachingOf({ item, now, fields }: DifferingItem): string[] {
  if (item.area !== 'guest') return [];
  return fields
    .filter(({ name, backup = '' }) => (hostKeys.test(name) && backup !== '') || /^\//.test(backup))
    .map(({ name }) => name)
    .filter((name) => !now || !isKeptGuestKey(name));
}

function guestDanger(reaching: readonly string[], exists: boolean, runs: boolean): string | undefined {
  if (reaching.length > 0) return `reaches into the node: ${reaching.join(', ')}`;
  if (!exists) return 'its disks were perhaps written by others meanwhile';
  return runs ? 'it runs: the changes count from its next start' : undefined;
}

/** Ids of items that must be there, now or by the same restore. */
export function needsOf({ item, backup }: DifferingItem): string[] {
  if (!backup) return [];
  const { value } = backup;
  switch (item.area) {
    case 'user':
      return listOf(field(value, 'groups')).map((group) => itemId('groups', String(group)));
    case 'password':
    case 'two-factor':
    case 'ssh-keys':
      return item.name === 'root@pam' ? [] : [itemId('users', item.name)];
    case 'token': {
      const userid = item.name.slice(0, item.name.lastIndexOf('!'));
      return userid === 'root@pam' ? [] : [itemId('users', userid)];
    }
    case 'permission':
      return grantNeeds(value);
    case 'pool': {
      const at = item.name.lastIndexOf('/');
      return at < 0 ? [] : [itemId('pools', item.name.slice(0, at))];
    }
    case 'job': {
      const { storage, pool } = objectOf(value);
      return [
        ...(typeof storage === 'string' ? [itemId('storages', storage)] : []),
        ...(typeof pool === 'string' ? [itemId('pools', pool)] : []),
      ];
    }
    default:
      return [];
  }
}

const grantees: Readonly<Record<string, string>> = { user: 'users', group: 'groups', token: 'tokens' };

function grantNeeds(value: Json): string[] {
  const [type, ugid, roleid] = ['type', 'ugid', 'roleid'].map((name) => String(field(value, name)));
  const who = grantees[type!];
  return [
    ...(who === undefined || ugid === 'root@pam' ? [] : [itemId(who, ugid!)]),
    // Built-in roles are no documents.
    ...(/^(PVE.*|Administrator|NoAccess)$/.test(roleid!) ? [] : [itemId('roles', roleid!)]),
  ];
}
