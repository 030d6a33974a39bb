// A container's root and mount points: between the form and the property string `local:8,mp=/data`. Pure.
import { isAtLeast } from './plain-rules.ts';
import {
  isOn,
  type PropertyString,
  parseProperties,
  renderProperties,
  withOptions,
} from './property-string.ts';

/** Options of mount(8) that may be given. */
export const mountOptions = ['noatime', 'lazytime', 'discard', 'nodev', 'nosuid', 'noexec'] as const;

export interface MountForm {
  /** `volume`: of a storage, made here; `bind`: a folder of the node. */
  readonly source: 'volume' | 'bind';
  readonly storage: string;
  readonly sizeGiB: string;
  readonly folder: string;
  /** Inside. */
  readonly target: string;
  readonly readOnly: boolean;
  readonly backup: boolean;
  readonly quota: boolean;
  /** `node`: owners inside are those on the node; `own`: the container's own range of ids. */
  readonly owners: 'node' | 'own';
  readonly acl: 'default' | 'on' | 'off';
  readonly options: readonly string[];
}

export function newMount(): MountForm {
  return {
    ...{ source: 'volume', storage: '', sizeGiB: '8', folder: '', target: '', owners: 'node' },
    ...{ readOnly: false, backup: true, quota: false, acl: 'default', options: [] },
  };
}

/** Whence a mounted thing comes: a path of the node is a bind mount or a device, all else a volume. */
export function sourceKind(mount: PropertyString): 'volume' | 'bind' | 'device' {
  const source = sourceOf(mount);
  return !source.startsWith('/') ? 'volume' : source.startsWith('/dev/') ? 'device' : 'bind';
}

export function sourceOf(mount: PropertyString): string {
  return mount.options.get('volume') ?? mount.lead;
}

export function readMount(mount: PropertyString): MountForm {
  const option = (key: string) => mount.options.get(key) ?? '';
  const on = (key: string) => isOn(option(key));
  return {
    ...newMount(),
    source: sourceKind(mount) === 'bind' ? 'bind' : 'volume',
    folder: sourceKind(mount) === 'bind' ? sourceOf(mount) : '',
    target: option('mp'),
    readOnly: on('ro'),
    backup: on('backup'),
    quota: on('quota'),
    owners: on('keepattrs') ? 'node' : 'own',
    acl: option('acl') === '' ? 'default' : on('acl') ? 'on' : 'off',
    options: option('mountoptions').split(';').filter(Boolean),
  };
}

/** The string of a changed mount; its source, its size and what the form does not know stay as they were. */
export function changedMount(form: MountForm, before: PropertyString, what: 'root' | 'mount'): string {
  const flag = (on: boolean) => (on ? '1' : undefined);
  const volume = sourceKind(before) === 'volume';
  return renderProperties(
    withOptions(before, {
      ...(what === 'mount' ? { mp: form.target.trim() } : {}),
      ro: flag(form.readOnly),
      ...(what === 'mount' && volume ? { backup: flag(form.backup) } : {}),
      ...(volume ? { quota: flag(form.quota) } : {}),
      ...(sourceKind(before) === 'bind' ? { keepattrs: flag(form.owners === 'node') } : {}),
      acl: form.acl === 'default' ? undefined : form.acl === 'on' ? '1' : '0',
      mountoptions: form.options.length > 0 ? form.options.join(';') : undefined,
    }),
  );
}

/** The string of a new mount point. `unprivileged`: whether there is a choice of owners at all. */
export function addedMount(form: MountForm, unprivileged: boolean): string {
  const source = form.source === 'bind' ? form.folder.trim() : `${form.storage}:${Number(form.sizeGiB)}`;
  const text = changedMount(form, parseProperties(source), 'mount');
  return form.source === 'bind' && !unprivileged ? text.replace(',keepattrs=1', '') : text;
}

export type MountProblem = 'required' | 'number' | 'path' | 'ownTree' | 'targetTaken';
export type MountProblems = Partial<Record<keyof MountForm, MountProblem>>;

/** What would certainly be refused. `taken`: where the others are mounted. `added`: it is a new one. */
export function checkMount(form: MountForm, taken: readonly string[], added: boolean): MountProblems {
  const wrong: MountProblems = {};
  if (added && form.source === 'volume') {
    if (form.storage === '') wrong.storage = 'required';
    if (!isAtLeast(form.sizeGiB, 1)) wrong.sizeGiB = 'number';
  }
  if (form.source === 'bind' && !isPath(form.folder)) wrong.folder = 'path';
  const target = plainPath(form.target);
  if (!isPath(form.target)) wrong.target = 'path';
  else if (['/proc', '/sys', '/dev'].some((tree) => target === tree || target.startsWith(`${tree}/`)))
    wrong.target = 'ownTree';
  else if (taken.map(plainPath).includes(target)) wrong.target = 'targetTaken';
  return wrong;
}

function plainPath(text: string): string {
  return `/${text
    .split('/')
    .filter((part) => part.trim() !== '')
    .join('/')}`;
}

/** An absolute path below `/`, without `.` and `..`: where such a one leads depends on links. */
function isPath(text: string): boolean {
  const parts = text.trim().split('/').filter(Boolean);
  return (
    text.trim().startsWith('/') && parts.length > 0 && !parts.some((part) => part === '.' || part === '..')
  );
}
