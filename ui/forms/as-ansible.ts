// A new guest as tasks of Ansible's collection community.proxmox, and what of the request its modules have no place for. Pure.
// What the modules take: plugins/modules/{proxmox,proxmox_kvm}.py of ansible-collections/community.proxmox.
import {
  type CloneOf,
  type CodeRequest,
  escapeControls,
  missingLines,
  secretsOf,
  secretVariable,
} from './as-request.ts';
import { TakenParams } from './as-taken.ts';
import { allocationOf, tagsOf } from './as-terraform-parts.ts';
import { decodeSshKeys } from './cloud-init.ts';
import { words } from './plain-rules.ts';

/** What Ansible is to fill in from a variable; a text is never taken for one. */
export class Variable {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}
interface YamlMap {
  readonly [name: string]: YamlValue;
}
type YamlValue = string | number | boolean | Variable | readonly string[] | YamlMap;
export type Options = [string, YamlValue][];

const vmTexts = [
  ...['agent', 'bios', 'boot', 'bootdisk', 'cpu', 'description', 'hookscript', 'hotplug', 'machine', 'name'],
  ...['ostype', 'rng0', 'scsihw', 'startup', 'vga', 'watchdog', 'cicustom', 'citype', 'ciuser'],
];
const vmNumbers = [
  ...['balloon', 'cores', 'cpulimit', 'cpuunits', 'memory', 'shares', 'sockets', 'vcpus'],
] as const;
const vmFlags = ['acpi', 'kvm', 'localtime', 'onboot', 'protection', 'tablet', 'ciupgrade'] as const;
/** Devices stand in one dictionary for each kind. */
const vmGroups = ['ide', 'sata', 'scsi', 'virtio', 'net', 'serial'] as const;
const ctTexts = [
  ...['hostname', 'ostemplate', 'ostype', 'nameserver', 'searchdomain', 'description', 'hookscript'],
  'timezone',
];
const ctNumbers = ['cores', 'memory', 'swap', 'cpuunits'] as const;

/** `origin`: where the API is, `https://croft.example:8006`. `comment`: stands above what is missing. */
export function asAnsible(request: CodeRequest, origin: string, comment: string): string {
  const given = new TakenParams(request.params);
  const start = given.flag('start') === true;
  const accessTo = (vmid: number): Options => [
    ...accessOptions(origin),
    ['node', request.node],
    ['vmid', vmid],
  ];
  const access = accessTo(request.vmid);
  const secrets = secretsOf(request);
  const hidden: Options = secrets.flatMap((name) =>
    given.text(name) === undefined ? [] : [[name, new Variable(secretVariable(name).toLowerCase())]],
  );
  const vm = request.kind === 'qemu';
  const module = `community.proxmox.${vm ? 'proxmox_kvm' : 'proxmox'}`;
  const what = `${vm ? 'VM' : 'container'} ${request.vmid}`;
  const clone = request.clone;
  const cloning = clone ? cloneOptions(request.vmid, clone, new TakenParams(clone.params)) : [];
  const removed = clone && given.text('delete');
  const options = [...(vm ? vmOptions(given) : ctOptions(given)), ...hidden];
  const one = (name: string, more: Options, hides = false) =>
    // A secret would stand in the log of the run.
    taskLines(`${name} ${what}`, module, more, { no_log: hides });
  const make = clone
    ? [
        one('Clone', [...accessTo(clone.vmid), ...cloning, ['state', 'present']]),
        ...(options.length > 0
          ? [
              one(
                'Configure',
                [...access, ...options, ['update', true], ['state', 'present']],
                secrets.length > 0,
              ),
            ]
          : []),
        // The module does one of both at a time.
        ...(removed === undefined
          ? []
          : [one('Reset settings of', [...access, ['delete', removed], ['state', 'present']])]),
      ]
    : [one('Create', [...access, ...options, ['state', 'present']], secrets.length > 0)];
  const tasks = [
    ...make,
    ...(start
      ? [taskLines(`Start ${what}`, module, [...access, ['state', 'started']], { no_log: false })]
      : []),
  ];
  const missing = given.missing();
  if (missing.length > 0) tasks.push(missingLines(comment, missing));
  return tasks.join('\n\n');
}

/** Where the API is and who asks, as each module of the collection takes it. */
export function accessOptions(origin: string): Options {
  const { host, port } = hostOf(origin);
  return [
    ['api_host', host],
    ...(port === 8006 ? [] : ([['api_port', port]] as Options)),
    ['api_user', new Variable('croft_user')],
    ['api_token_id', new Variable('croft_token_id')],
    ['api_token_secret', new Variable('croft_token_secret')],
  ];
}

/** Without `full` the module makes a full clone; a copy takes longer than the half minute that it waits. */
function cloneOptions(newid: number, of: CloneOf, given: TakenParams): Options {
  const full = given.flag('full') ?? false;
  return [
    // Any text will do: the number says which.
    ['clone', String(of.vmid)],
    ['newid', newid],
    ...taken(['name', 'description', 'pool', 'storage', 'format'], (name) => given.text(name)),
    ['full', full],
    ...(full ? ([['timeout', 3600]] as Options) : []),
  ];
}

function vmOptions(given: TakenParams): Options {
  const tags = tagsOf(given.text('tags'));
  const numa = given.flag('numa');
  const efi = given.properties('efidisk0', (disk) => {
    const made = allocationOf(disk.lead);
    return made === undefined
      ? undefined
      : {
          storage: made.storage,
          ...some('efitype', disk.text('efitype')),
          ...some('format', disk.text('format')),
          ...some('pre_enrolled_keys', disk.flag('pre-enrolled-keys')),
        };
  });
  return [
    ...taken(vmTexts, (name) => given.text(name)),
    ...taken(vmNumbers, (name) => given.number(name)),
    ...taken(vmFlags, (name) => given.flag(name)),
    ...(numa === undefined ? [] : ([['numa_enabled', numa]] as Options)),
    ...(tags === undefined ? [] : ([['tags', tags]] as Options)),
    ...renamed('nameservers', listOf(given.text('nameserver'))),
    ...renamed('searchdomains', listOf(given.text('searchdomain'))),
    // The module encodes them itself.
    ...renamed('sshkeys', decoded(given.text('sshkeys'))),
    ...grouped(given, 'ipconfig', /^ipconfig\d+$/),
    ...(efi === undefined ? [] : ([['efidisk0', efi]] as Options)),
    ...vmGroups.flatMap((group) => grouped(given, group, new RegExp(`^${group}\\d+$`))),
  ];
}

const listOf = (text: string | undefined) => (text === undefined ? undefined : words(text));
const decoded = (text: string | undefined) => (text === undefined ? undefined : decodeSshKeys(text));

function ctOptions(given: TakenParams): Options {
  const tags = tagsOf(given.text('tags'));
  const list = (name: string) => given.text(name)?.split(',').filter(Boolean);
  return [
    ...taken(ctTexts, (name) => given.text(name)),
    ...taken(ctNumbers, (name) => given.number(name)),
    ...taken(['onboot'], (name) => given.flag(name)),
    // Other defaults than the API's.
    ['unprivileged', given.flag('unprivileged') ?? false],
    ...renamed('disk', given.text('rootfs')),
    ...renamed('features', list('features')),
    ...renamed('startup', list('startup')),
    ...renamed('pubkey', given.text('ssh-public-keys')),
    ...renamed('tags', tags),
    ...grouped(given, 'netif', /^net\d+$/),
    ...grouped(given, 'mounts', /^mp\d+$/),
  ];
}

function taken(names: readonly string[], read: (name: string) => YamlValue | undefined): Options {
  return names.flatMap((name) => renamed(name, read(name)));
}

function renamed(name: string, value: YamlValue | undefined): Options {
  return value === undefined ? [] : [[name, value]];
}

function some(name: string, value: YamlValue | undefined): Record<string, YamlValue> {
  return value === undefined ? {} : { [name]: value };
}

function grouped(given: TakenParams, group: string, pattern: RegExp): Options {
  const entries = given.names(pattern).map((name) => [name, given.text(name) ?? ''] as const);
  return entries.length === 0 ? [] : [[group, Object.fromEntries(entries)]];
}

export function taskLines(name: string, module: string, options: Options, more: { no_log: boolean }): string {
  return [
    `- name: ${yamlText(name)}`,
    `  ${module}:`,
    ...options.flatMap(([key, value]) => yamlLines(key, value, '    ')),
    ...(more.no_log ? ['  no_log: true'] : []),
  ].join('\n');
}

function yamlLines(key: string, value: YamlValue, indent: string): string[] {
  if (typeof value === 'string') return [`${indent}${key}: ${yamlText(value)}`];
  if (typeof value !== 'object') return [`${indent}${key}: ${value}`];
  if (value instanceof Variable) return [`${indent}${key}: "{{ ${value.name} }}"`];
  if (isList(value)) return [`${indent}${key}:`, ...value.map((one) => `${indent}  - ${yamlText(one)}`)];
  const inner = Object.entries(value).flatMap(([name, one]) => yamlLines(name, one, `${indent}  `));
  return [`${indent}${key}:`, ...inner];
}

const isList = (value: readonly string[] | YamlMap): value is readonly string[] => Array.isArray(value);

/** YAML reads a JSON text as it is, but for what it calls not printable; what Ansible would fill in is marked as not to be. */
export function yamlText(text: string): string {
  const quoted = escapeControls(JSON.stringify(text));
  return /\{[{%#]/.test(text) ? `!unsafe ${quoted}` : quoted;
}

function hostOf(origin: string): { host: string; port: number } {
  const url = new URL(origin);
  const usual = url.protocol === 'http:' ? 80 : 443;
  return { host: url.hostname, port: url.port === '' ? usual : Number(url.port) };
}
