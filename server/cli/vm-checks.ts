// The two status checks of a running VM, as `croft vm show` tells them.

/** Of `.../status/current`; a VM that is off has none. */
export interface StatusChecks {
  readonly host: { readonly status: 'ok' | 'failed'; readonly problems: readonly string[] };
  readonly guest: { readonly status: 'ok' | 'failed' | 'unknown'; readonly by: 'agent' | 'activity' };
}

const guestWords: Readonly<
  Record<StatusChecks['guest']['by'], Record<StatusChecks['guest']['status'], string>>
> = {
  agent: {
    ok: 'fine: its agent answers',
    failed: 'failed: its agent does not answer',
    unknown: 'not known yet',
  },
  activity: {
    ok: 'fine: it uses its network or disks',
    failed: 'failed: nothing on its network or disks for five minutes',
    unknown: 'not known yet',
  },
};

/** A line each. */
export function renderChecks(checks: StatusChecks | undefined): [string, string][] {
  if (!checks) return [];
  const { host, guest } = checks;
  const said = host.problems.join('; ');
  return [
    ['node check', host.status === 'ok' ? 'fine: its process, disks and storages' : `failed: ${said}`],
    ['guest check', guestWords[guest.by][guest.status]],
  ];
}
