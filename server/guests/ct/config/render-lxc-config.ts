// Renders the typed model of a container to the configuration text of LXC 5 and 6 (lxc.container.conf(5)). Nothing is
// included from the host's packages: what a container may do is all here.
import { join } from 'node:path';
import { AppError } from '../../../core/errors.ts';
import { ctIdMap } from '../ct-driver.ts';
import type { CtModel } from '../ct-model.ts';
import type { CtHostFacts } from './ct-host-facts.ts';
import { cgroupLines } from './lxc-cgroups.ts';
import { lxcLine } from './lxc-line.ts';
import { mountLines } from './lxc-mounts.ts';
import { nicLines } from './lxc-nics.ts';

/**
 * What reaches the machine itself, as in LXC's own common.conf. Inside a user namespace the first three do nothing, but a system
 * that sees them tries: systemd would mount debugfs, load modules, fail, and call itself degraded (ConditionCapability=).
 */
const machineCapabilities = 'sys_time sys_module sys_rawio';
const labelCapabilities = 'mac_admin mac_override';
/** Of the console's output, which is whatever the container likes to say. */
const consoleLogSize = '1MB';
/** What the mount feature lets through AppArmor for each name. */
const mountTypes: Readonly<Record<string, readonly string[]>> = {
  nfs: ['nfs', 'nfs4', 'rpc_pipefs'],
  cifs: ['cifs', 'smb3'],
};

/** Complete text for `lxc-start --rcfile`. Throws `invalid-input` naming the key that this host cannot give. */
export function renderLxcConfig(model: CtModel, host: CtHostFacts): string {
  const blocks = [
    [`# Container ${model.vmid}, written by Croft at each start: changes here are lost.`],
    systemLines(model, host),
    idMapLines(model),
    securityLines(model, host),
    consoleLines(model, host),
    cgroupLines(model, host),
    mountLines(model, host),
    nicLines(model, host),
    hookLines(host),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function systemLines(model: CtModel, { paths }: CtHostFacts): string[] {
  const { entrypoint, env, arch } = model;
  const environment = [
    ...(env.some(({ name }) => name === 'TERM') ? [] : [{ name: 'TERM', value: 'linux' }]),
    ...env,
  ];
  return [
    lxcLine('lxc.uts.name', model.hostname),
    // LXC knows no name for riscv32; it matters only where the kernel runs another architecture's programs.
    ...(arch === 'riscv32' ? [] : [lxcLine('lxc.arch', arch)]),
    lxcLine('lxc.rootfs.path', `dir:${paths.root}`),
    lxcLine('lxc.rootfs.managed', 0),
    ...(model.root.readOnly ? [lxcLine('lxc.rootfs.options', 'ro')] : []),
    ...(entrypoint === undefined ? [] : [lxcLine('lxc.init.cmd', entrypoint)]),
    // Without this line LXC finds out by itself which signal the init inside takes for a shutdown.
    ...(isInit(entrypoint) ? [] : [lxcLine('lxc.signal.halt', 'SIGTERM')]),
    ...environment.map(({ name, value }) => lxcLine('lxc.environment', `${name}=${value}`)),
    lxcLine('lxc.log.file', paths.log),
    lxcLine('lxc.log.level', model.debug ? 'DEBUG' : 'WARN'),
  ];
}

/** A program of its own ends by SIGTERM; an init would take that for something else. */
function isInit(entrypoint: string | undefined): boolean {
  const program = entrypoint?.split(/\s/)[0] ?? '/sbin/init';
  return /^(init|systemd|openrc-init|runit-init)$/.test(program.slice(program.lastIndexOf('/') + 1));
}

function idMapLines({ unprivileged }: CtModel): string[] {
  if (!unprivileged) return [];
  return ['u', 'g'].map((kind) => lxcLine('lxc.idmap', `${kind} 0 ${ctIdMap.first} ${ctIdMap.count}`));
}

function securityLines(model: CtModel, { appArmor, seccomp, filesFolder }: CtHostFacts): string[] {
  const { features, unprivileged } = model;
  // Keyrings of the host's users would be within reach of root inside a user namespace that shares their ids.
  const keyrings = !unprivileged || features.keyctl;
  return [
    lxcLine(
      'lxc.cap.drop',
      unprivileged ? machineCapabilities : `${labelCapabilities} ${machineCapabilities}`,
    ),
    lxcLine('lxc.apparmor.profile', appArmor ? 'generated' : 'unconfined'),
    // Also without AppArmor: LXC mounts a second /proc and /sys below /dev/.lxc, without which the kernel allows no nested ones.
    lxcLine('lxc.apparmor.allow_nesting', features.nesting ? 1 : 0),
    ...(appArmor ? mountRules(model) : []),
    ...(seccomp
      ? [
          lxcLine('lxc.seccomp.profile', join(filesFolder, keyrings ? 'keyctl.seccomp' : 'default.seccomp')),
          lxcLine('lxc.seccomp.allow_nesting', features.nesting ? 1 : 0),
        ]
      : []),
    // The daemon may be protected from the kernel's search for memory; what runs inside is not.
    lxcLine('lxc.proc.oom_score_adj', 0),
  ];
}

function mountRules({ features }: CtModel): string[] {
  const types = [
    ...features.mount.flatMap((name) => mountTypes[name] ?? []),
    ...(features.fuse ? ['fuse', 'fuse.*', 'fuseblk'] : []),
  ];
  return types.map((type) => lxcLine('lxc.apparmor.raw', `mount fstype=${type},`));
}

function consoleLines({ tty, console }: CtModel, { paths }: CtHostFacts): string[] {
  return [
    lxcLine('lxc.autodev', 1),
    lxcLine('lxc.pty.max', 1024),
    lxcLine('lxc.tty.max', tty),
    ...(console
      ? [lxcLine('lxc.console.logfile', paths.console), lxcLine('lxc.console.size', consoleLogSize)]
      : [lxcLine('lxc.console.path', 'none')]),
  ];
}

/** LXC hands these lines to a shell: nothing in them but plain words. Named by their shell, since /run may be mounted noexec. */
function hookLines({ hooksFolder }: CtHostFacts): string[] {
  return [
    lxcLine('lxc.hook.version', 1),
    hookLine('start-host', join(hooksFolder, 'ct-started')),
    hookLine('post-stop', join(hooksFolder, 'ct-stopped')),
  ];
}

function hookLine(hook: string, path: string): string {
  if (!/^[\w./-]+$/.test(path))
    throw new AppError('internal', `the hook ${hook} has a name that a shell would read otherwise`, {
      detail: path,
    });
  return lxcLine(`lxc.hook.${hook}`, `/bin/sh ${path}`);
}
