// System services as systemd has them: which of its units each name stands for, their states, and starting and stopping them.
import { existsSync } from 'node:fs';
import {
  type AskedService,
  activeStates,
  type NodeServiceName,
  nodeServices,
  type ServiceAction,
  type ServiceState,
  subStates,
  unitStates,
} from '../contract/node-services.ts';
import { AppError } from '../core/errors.ts';
import type { Exec } from '../core/exec.ts';

export interface SystemServices {
  /** Why nothing can be started or stopped here; undefined when it can. */
  problem(): string | undefined;
  /** One for each name, in their order. */
  states(names: readonly AskedService[], signal?: AbortSignal): Promise<ServiceState[]>;
  /** Waits for the end of it, but not of a restart of this daemon itself. Repeatable. */
  act(action: ServiceAction, service: NodeServiceName, signal: AbortSignal): Promise<void>;
}

/** Unit and what people read where systemd has no description of it. */
const units: Readonly<Record<NodeServiceName, readonly [unit: string, description: string]>> = {
  croft: ['croft', 'Croft: API, web interface, guests'],
  libvirtd: ['libvirtd', 'Virtual machines'],
  virtlogd: ['virtlogd', 'Logs of virtual machines'],
  lxcfs: ['lxcfs', 'What containers see in /proc'],
  apparmor: ['apparmor', 'Confinement of guests'],
  sshd: ['ssh', 'Logging in over the network'],
  'systemd-networkd': ['systemd-networkd', 'Network'],
  'systemd-resolved': ['systemd-resolved', 'Name resolution'],
  'systemd-timesyncd': ['systemd-timesyncd', 'Time from the network'],
  chrony: ['chrony', 'Time from the network'],
  'systemd-journald': ['systemd-journald', 'Logs'],
  cron: ['cron', 'Programs run by the clock'],
  corosync: ['corosync', 'Membership of the cluster'],
  pacemaker: ['pacemaker', 'High availability'],
};

/** What Proxmox VE divides among several services is all in one here: clients that look after them find it. */
const sameAsCroft: ReadonlySet<string> = new Set(['pvedaemon', 'pveproxy', 'pvestatd', 'pvescheduler']);

const actionMs = 100_000;

/** The service of ours that a name stands for; undefined when there is none. */
export function serviceNamed(asked: AskedService): NodeServiceName | undefined {
  if (sameAsCroft.has(asked)) return 'croft';
  return nodeServices.find((name) => name === asked);
}

/** The unit, `ssh.service`; undefined for a name that Croft does not have. */
export function unitOf(asked: AskedService): string | undefined {
  const service = serviceNamed(asked);
  return service === undefined ? undefined : `${units[service][0]}.service`;
}

/** The real one. `booted`: does systemd run this machine (sd_booted(3))? */
export function createSystemServices(parts: { readonly exec: Exec; booted?(): boolean }): SystemServices {
  const { exec, booted = () => existsSync('/run/systemd/system') } = parts;
  const problem = () =>
    booted()
      ? undefined
      : 'services cannot be started or stopped from here: systemd does not run on this machine';
  return {
    problem,
    async states(names, signal) {
      const wanted = [...new Set(names.flatMap((name) => unitOf(name) ?? []))];
      const shown =
        booted() && wanted.length > 0
          ? readUnits(
              (
                await exec(
                  'systemctl',
                  [
                    'show',
                    '--no-pager',
                    '--property=Id,Names,Description,LoadState,ActiveState,SubState,UnitFileState',
                    '--',
                    ...wanted,
                  ],
                  {
                    signal,
                    timeoutMs: 10_000,
                    maxBytes: 1024 * 1024,
                    intention: 'read the states of services',
                  },
                )
              ).stdout,
            )
          : undefined;
      return names.map((name) => stateOf(name, shown));
    },
    async act(action, service, signal) {
      const refusal = problem();
      if (refusal !== undefined) throw new AppError('unsupported', refusal);
      const unit = `${units[service][0]}.service`;
      // What ends us cannot be waited for.
      const own = service === 'croft' && action !== 'start';
      const word = action === 'reload' ? 'reload-or-restart' : action;
      await exec('systemctl', [...(own ? ['--no-block'] : []), word, '--', unit], {
        ...{ signal, timeoutMs: actionMs, intention: `${action} ${service}` },
      });
    },
  };
}

type Unit = ReadonlyMap<string, string>;

/** The blocks of `systemctl show`, by each of the unit's names. */
function readUnits(text: string): ReadonlyMap<string, Unit> {
  const found = new Map<string, Unit>();
  for (const block of text.split(/\n\n+/)) {
    const unit = new Map<string, string>();
    for (const line of block.split('\n')) {
      const at = line.indexOf('=');
      if (at > 0) unit.set(line.slice(0, at), line.slice(at + 1));
    }
    for (const name of [unit.get('Id') ?? '', ...(unit.get('Names') ?? '').split(' ')])
      if (name !== '') found.set(name, unit);
  }
  return found;
}

/** `shown` undefined: nobody could be asked. A word that the API does not have becomes `unknown`. */
function stateOf(asked: AskedService, shown: ReadonlyMap<string, Unit> | undefined): ServiceState {
  const service = serviceNamed(asked);
  const [name, ownDescription] = service === undefined ? [asked, asked] : units[service];
  const head = { service: asked, name };
  if (service !== undefined && shown === undefined)
    return {
      ...{ ...head, desc: ownDescription, state: 'unknown', 'active-state': 'unknown' },
      'unit-state': 'unknown',
    };
  const unit = shown?.get(`${name}.service`);
  const load = unit?.get('LoadState') ?? 'not-found';
  if (service === undefined || load === 'not-found')
    return {
      ...head,
      desc: ownDescription,
      state: 'dead',
      'active-state': 'inactive',
      'unit-state': 'not-found',
    };
  return {
    ...head,
    desc: unit?.get('Description') || ownDescription,
    state: oneOf(subStates, unit?.get('SubState')),
    'active-state': oneOf(activeStates, unit?.get('ActiveState')),
    'unit-state': oneOf(unitStates, unit?.get('UnitFileState') || load),
  };
}

function oneOf<const W extends readonly string[]>(words: W, word: string | undefined): W[number] | 'unknown' {
  return words.find((known) => known === word) ?? 'unknown';
}
