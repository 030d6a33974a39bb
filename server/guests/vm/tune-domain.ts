// What a running domain gets of the host, changed: processor time, processors to run on, speed of its disks.
import { existsSync } from 'node:fs';
import { type DomainRef, ModifyFlag, type ReconnectingLibvirt, type TypedParameter } from 'node-libvirt';
import { onlineCpus } from '../../core/cpu-list.ts';
import { shareScale, unifiedCgroups } from './domain-host.ts';
import type { CpuTimeChange, DiskLimitsChange, PinChange } from './vm-start.ts';

export async function setCpuTime(
  client: ReconnectingLibvirt,
  domain: DomainRef,
  change: CpuTimeChange,
  signal: AbortSignal,
): Promise<void> {
  const { max, usual } = shareScale(existsSync(unifiedCgroups) ? 2 : 1);
  const parameters: TypedParameter[] =
    'units' in change
      ? [{ field: 'cpu_shares', type: 'u64', value: Math.min(max, change.units ?? usual) }]
      : [
          { field: 'global_period', type: 'u64', value: 100_000 },
          // libvirt takes 0 for "leave it", -1 for "none".
          { field: 'global_quota', type: 'i64', value: change.quotaUs ?? -1 },
        ];
  await client.tuning.setScheduler(domain, parameters, ModifyFlag.live, { signal });
}

/** All of them at once: those that are not named are lifted. */
export async function setDiskLimits(
  client: ReconnectingLibvirt,
  domain: DomainRef,
  change: DiskLimitsChange,
  signal: AbortSignal,
): Promise<void> {
  const parameters = Object.entries(change.limits).map(
    ([field, value]): TypedParameter => ({ field, type: 'u64', value }),
  );
  await client.tuning.setBlockIoTune(domain, change.target, parameters, ModifyFlag.live, { signal });
}

/** Every thread of the guest, as `cpuset` of its description does from the start. */
export async function pin(
  client: ReconnectingLibvirt,
  domain: DomainRef,
  change: PinChange,
  signal: AbortSignal,
): Promise<void> {
  const { tuning, devices, domains } = client;
  const to = change.cpus ?? onlineCpus();
  const vcpus = await devices.vcpus(domain, ModifyFlag.live, { signal });
  const threads = Number(/<iothreads>(\d+)</.exec(await domains.xml(domain, 0, { signal }))?.[1] ?? 0);
  for (let vcpu = 0; vcpu < vcpus; vcpu += 1)
    await tuning.pinVcpu(domain, vcpu, to, ModifyFlag.live, { signal });
  for (let thread = 1; thread <= threads; thread += 1)
    await tuning.pinIoThread(domain, thread, to, ModifyFlag.live, { signal });
  await tuning.pinEmulator(domain, to, ModifyFlag.live, { signal });
}
