// The daemon's own settings, from `/etc/croft/croft.toml` and the environment, read and checked once at start.
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'smol-toml';
import { z } from 'zod';
import { AppError } from './core/errors.ts';

const schema = z.strictObject({
  /** TCP port of the API and UI; 0 picks a free one. */
  port: z
    .union([z.number(), z.string().regex(/^\d+$/).transform(Number)], 'write a number from 0 to 65535')
    .pipe(z.number().int().min(0).max(65_535))
    .default(8006),
  /** Address to listen on. */
  address: z.string().default('::'),
  /** Name of this node: letters, digits, hyphens. */
  node: z
    .string()
    .regex(/^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/)
    .optional(),
  /** Database, keys, certificate, metrics. */
  dataDir: z.string().startsWith('/').default('/var/lib/croft'),
  /** Sockets and pid files; emptied at boot by the system. */
  runtimeDir: z.string().startsWith('/').default('/run/croft'),
  /** Folder of the storage `local` made on first start. */
  localStorage: z.string().startsWith('/').optional(),
  /** Is that folder a file system of its own, without which nothing must be written there? */
  localIsMounted: z
    .union([z.boolean(), z.enum(['0', '1']).transform((word) => word === '1')], 'write true or false')
    .default(false),
  /** The local socket of the command line. */
  socket: z.string().startsWith('/').optional(),
  libvirtSocket: z.string().startsWith('/').default('/run/libvirt/libvirt-sock'),
  /** Folder of the built web UI. */
  uiDir: z
    .string()
    .startsWith('/')
    .default(fileURLToPath(new URL('../dist/ui', import.meta.url))),
  /** Begins the name of every libvirt domain of this daemon, so that it never touches another's. */
  guestPrefix: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,20}-$/)
    .default('croft-'),
  /** The private bridge made on first start; empty for none. */
  privateBridge: z
    .string()
    .regex(/^([a-z][a-z0-9]{0,13})?$/)
    .default('vmbr0'),
  /** Linux kernel image for proving KVM; without it the newest in /boot. */
  kvmProbeKernel: z.string().startsWith('/').optional(),
  /** How long that kernel may take, seconds. A start of a VM waits for it, once. */
  kvmProbeSeconds: z
    .union([z.number(), z.string().regex(/^\d+$/).transform(Number)], 'write a number from 1 to 600')
    .pipe(z.number().int().min(1).max(600))
    .default(20),
  /** Folders of the host below which containers may be given folders (bind mounts), by whom the privilege allows it. */
  bindMountFolders: z
    .union([z.array(z.string()), z.string().transform((text) => text.split(':').filter(Boolean))])
    .pipe(z.array(z.string().startsWith('/')))
    .default(['/srv', '/mnt', '/media']),
  /** Folder of storage plugins that do not come with Croft: a folder for each, named for its type. */
  storagePluginsDir: z.string().startsWith('/').default('/etc/croft/storage-plugins'),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  /** Test only: end the daemon by SIGKILL at this boundary of a task, `type:step:moment`. */
  testCrashAt: z.string().optional(),
});

/** The settings, every default filled in. */
export type Config = Required<
  Omit<z.output<typeof schema>, 'node' | 'localStorage' | 'socket' | 'kvmProbeKernel' | 'testCrashAt'>
> & {
  readonly node: string;
  readonly localStorage: string;
  readonly socket: string;
  readonly kvmProbeKernel: string | undefined;
  readonly testCrashAt: string | undefined;
};

const variables: Readonly<Record<string, keyof z.input<typeof schema>>> = {
  CROFT_PORT: 'port',
  CROFT_ADDRESS: 'address',
  CROFT_NODE: 'node',
  CROFT_DATA_DIR: 'dataDir',
  CROFT_RUNTIME_DIR: 'runtimeDir',
  CROFT_LOCAL_STORAGE: 'localStorage',
  CROFT_LOCAL_IS_MOUNTED: 'localIsMounted',
  CROFT_SOCKET: 'socket',
  CROFT_LIBVIRT_SOCKET: 'libvirtSocket',
  CROFT_UI_DIR: 'uiDir',
  CROFT_GUEST_PREFIX: 'guestPrefix',
  CROFT_PRIVATE_BRIDGE: 'privateBridge',
  CROFT_KVM_PROBE_KERNEL: 'kvmProbeKernel',
  CROFT_KVM_PROBE_SECONDS: 'kvmProbeSeconds',
  CROFT_BIND_MOUNT_FOLDERS: 'bindMountFolders',
  CROFT_STORAGE_PLUGINS_DIR: 'storagePluginsDir',
  CROFT_LOG_LEVEL: 'logLevel',
  CROFT_TEST_CRASH_AT: 'testCrashAt',
};

/** Reads the settings; the environment goes before the file. Throws `invalid-input` naming the setting and its rule. */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  file = '/etc/croft/croft.toml',
): Config {
  const settings: Record<string, unknown> = existsSync(file) ? readToml(file) : {};
  for (const [variable, key] of Object.entries(variables)) {
    if (env[variable] !== undefined) settings[key] = env[variable];
  }
  const checked = schema.safeParse(settings);
  if (!checked.success) {
    const problems = checked.error.issues.map((issue) => `${issue.path.join('.') || file}: ${issue.message}`);
    throw new AppError('invalid-input', `bad settings: ${problems.join('; ')}`);
  }
  const given = checked.data;
  return {
    ...given,
    node: given.node ?? defaultNodeName(),
    localStorage: given.localStorage ?? join(given.dataDir, 'local'),
    socket: given.socket ?? join(given.runtimeDir, 'croft.sock'),
    kvmProbeKernel: given.kvmProbeKernel,
    testCrashAt: given.testCrashAt,
  };
}

function readToml(file: string): Record<string, unknown> {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new AppError(
      'invalid-input',
      `${file} is not valid TOML: ${cause instanceof Error ? cause.message : cause}`,
      {
        cause,
      },
    );
  }
}

function defaultNodeName(): string {
  const name =
    hostname()
      .split('.')[0]
      ?.replace(/[^a-zA-Z0-9-]/g, '-')
      .replace(/^-+|-+$/g, '') ?? '';
  return name === '' || name === 'localhost' ? 'croft' : name;
}
