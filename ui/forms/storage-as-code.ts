// The storage that a form is about to add, in other words: curl, `croft`, Terraform, Ansible. Pure.
// What the tools take: docs/resources/storage_*.md of bpg/terraform-provider-proxmox; the module proxmox_storage of community.proxmox.
import { accessOptions, type Options, taskLines, Variable } from './as-ansible.ts';
import { askedOption } from './as-command.ts';
import { curlOf } from './as-curl.ts';
import { type HclBlock, renderHcl } from './as-hcl.ts';
import { missingLines, type RequestParams, secretVariable, wordsOf } from './as-request.ts';
import { onLines, quoteWord } from './as-shell.ts';
import { TakenParams } from './as-taken.ts';

export interface StorageRequest {
  /** Of `POST /storage`. */
  readonly params: RequestParams;
  /** Names of parameters whose values are never shown. */
  readonly secrets: readonly string[];
}

/** Sentences that stand in the code. */
export interface CodeComments {
  /** Above what has no place in it. */
  readonly missing: string;
  /** Where the tool does not know the type at all. */
  readonly unknown: string;
}

const secretsIn = ({ params, secrets }: StorageRequest) =>
  secrets.filter((name) => params[name] !== undefined);

export function storageAsCurl({ params, secrets }: StorageRequest, origin: string): string {
  return curlOf({ verb: 'POST', path: '/storage', words: wordsOf(params, secrets) }, `${origin}/api2/json`);
}

export function storageAsCommand({ params, secrets }: StorageRequest): string {
  const { type, storage, ...options } = params;
  return onLines([
    `croft storage add ${quoteWord(String(type))} ${quoteWord(String(storage))}`,
    ...wordsOf(options, secrets).map(askedOption),
  ]);
}

/** Resources of the provider, and what it calls the options of each. */
const resources: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  dir: { path: 'path', preallocation: 'preallocation' },
  nfs: {
    ...{ server: 'server', export: 'export', options: 'options', preallocation: 'preallocation' },
  },
  cifs: {
    ...{ server: 'server', share: 'share', username: 'username', domain: 'domain', subdir: 'subdirectory' },
    preallocation: 'preallocation',
  },
  lvm: { vgname: 'volume_group' },
  lvmthin: { vgname: 'volume_group', thinpool: 'thin_pool' },
};
const resourceNames: Readonly<Record<string, string>> = { dir: 'directory' };
const resourceFlags: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  dir: { shared: 'shared' },
  nfs: {
    'snapshot-as-volume-chain': 'snapshot_as_volume_chain',
    'create-base-path': 'create_base_path',
    'create-subdirs': 'create_subdirs',
  },
  cifs: { 'snapshot-as-volume-chain': 'snapshot_as_volume_chain' },
  lvm: { shared: 'shared', saferemove: 'wipe_removed_volumes' },
};

const members = (text: string | undefined) => text?.split(',').filter((word) => word !== 'none');

export function storageAsTerraform(request: StorageRequest, comments: CodeComments): string {
  const given = new TakenParams(request.params);
  const type = given.text('type') ?? '';
  const storage = given.text('storage') ?? '';
  const names = Object.hasOwn(resources, type) ? resources[type] : undefined;
  if (!names) return `# ${comments.unknown}`;
  const flags = resourceFlags[type] ?? {};
  const secrets = secretsIn(request);
  const variable = (name: string) => secretVariable(name).toLowerCase();
  const attributes: HclBlock['attributes'] = {
    id: storage,
    ...Object.fromEntries(Object.entries(names).map(([ours, theirs]) => [theirs, given.text(ours)])),
    ...Object.fromEntries(
      secrets.flatMap((name) => {
        given.text(name);
        return [[name, { expression: `var.${variable(name)}` }]];
      }),
    ),
    ...Object.fromEntries(Object.entries(flags).map(([ours, theirs]) => [theirs, given.flag(ours)])),
    content: members(given.text('content')),
    nodes: members(given.text('nodes')),
    disable: given.flag('disable'),
  };
  const label = /^[A-Za-z_]/.test(storage) ? storage.replaceAll(/[^A-Za-z0-9_-]+/g, '_') : 'storage';
  const blocks: HclBlock[] = [
    ...secrets.map((name) => ({
      name: 'variable',
      labels: [variable(name)],
      attributes: { type: { expression: 'string' }, sensitive: true },
    })),
    { name: 'resource', labels: [`proxmox_storage_${resourceNames[type] ?? type}`, label], attributes },
  ];
  const missing = given.missing();
  return [
    ...blocks.map((block) => renderHcl(block)),
    ...(missing.length > 0 ? [missingLines(comments.missing, missing)] : []),
  ].join('\n\n');
}

/** Options of the module's dictionary for each type, by our names. */
const moduleOptions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  dir: { path: 'path' },
  nfs: { server: 'server', export: 'export', options: 'options' },
  cifs: {
    ...{ server: 'server', share: 'share', username: 'username', domain: 'domain', subdir: 'subdir' },
    smbversion: 'smb_version',
  },
  iscsi: { portal: 'portal', target: 'target' },
};

/** `nodes`: all that there are, as the module wants them named. */
export function storageAsAnsible(
  request: StorageRequest,
  { origin, nodes }: { origin: string; nodes: readonly string[] },
  comments: CodeComments,
): string {
  const given = new TakenParams(request.params);
  const type = given.text('type') ?? '';
  const storage = given.text('storage') ?? '';
  const names = Object.hasOwn(moduleOptions, type) ? moduleOptions[type] : undefined;
  if (!names) return `# ${comments.unknown}`;
  const secrets = secretsIn(request);
  const own: Record<string, string | Variable> = {};
  for (const [ours, theirs] of Object.entries(names)) {
    const value = given.text(ours);
    if (value !== undefined) own[theirs] = value;
  }
  for (const name of secrets) {
    given.text(name);
    own[name] = new Variable(secretVariable(name).toLowerCase());
  }
  const options: Options = [
    ...accessOptions(origin),
    ['name', storage],
    ['type', type],
    [`${type}_options`, own],
    ['content', members(given.text('content')) ?? []],
    ['nodes', members(given.text('nodes')) ?? nodes],
    ['state', 'present'],
  ];
  const task = taskLines(`Add storage ${storage}`, 'community.proxmox.proxmox_storage', options, {
    // A secret would stand in the log of the run.
    no_log: secrets.length > 0,
  });
  const missing = given.missing();
  return missing.length > 0 ? `${task}\n\n${missingLines(comments.missing, missing)}` : task;
}
