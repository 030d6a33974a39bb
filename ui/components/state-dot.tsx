// The state of a guest, node or storage as a sign that differs in shape as well as colour.
import { t, tOr } from '../i18n/index.ts';

const colours: Readonly<Record<string, string>> = {
  running: 'text-ok',
  online: 'text-ok',
  available: 'text-ok',
  paused: 'text-warn',
  suspended: 'text-warn',
  starting: 'text-accent',
  stopping: 'text-accent',
  offline: 'text-bad',
  unknown: 'text-warn',
  stopped: 'text-idle',
  hibernated: 'text-idle',
};

/** The state in words; `kind` is `lxc` for a container, which is frozen where a VM is paused. */
export function stateName(status: string, kind?: string): string {
  if (kind === 'lxc' && status === 'paused') return t('state.frozen');
  return tOr(`state.${status}`, status);
}

/** A sign of 10 px: full (on), bars (paused), ring (off), moon (asleep; hollow: hibernated), ring with a core (on the way), cross (lost). */
export function StateDot(props: { status: string; labelled?: boolean }) {
  return (
    <svg
      class={`size-2.5 shrink-0 ${colours[props.status] ?? 'text-idle'}`}
      viewBox="0 0 10 10"
      role={props.labelled ? 'img' : undefined}
      aria-label={props.labelled ? stateName(props.status) : undefined}
      aria-hidden={props.labelled ? undefined : 'true'}
    >
      {shape(props.status)}
    </svg>
  );
}

function shape(status: string) {
  switch (status) {
    case 'running':
    case 'online':
    case 'available':
      return <circle cx="5" cy="5" r="4.5" fill="currentColor" />;
    case 'paused':
      return <path d="M1.5 1h2.5v8H1.5zM6 1h2.5v8H6z" fill="currentColor" />;
    case 'suspended':
      return <path d="M7 .7A4.6 4.6 0 1 0 9.4 7 3.8 3.8 0 0 1 7 .7" fill="currentColor" />;
    case 'hibernated':
      return (
        <path
          d="M6.5 1.4A4 4 0 1 0 8.7 6.8 3.4 3.4 0 0 1 6.5 1.4z"
          fill="none"
          stroke="currentColor"
          stroke-width="1.3"
          stroke-linejoin="round"
        />
      );
    case 'offline':
    case 'unknown':
      return <path d="M2 2l6 6M8 2l-6 6" stroke="currentColor" stroke-width="2" stroke-linecap="round" />;
    case 'starting':
    case 'stopping':
      return (
        <g class="animate-[pulse-soft_1.2s_ease-in-out_infinite]">
          <circle cx="5" cy="5" r="4" fill="none" stroke="currentColor" stroke-width="1.25" />
          <circle cx="5" cy="5" r="1.75" fill="currentColor" />
        </g>
      );
    default:
      return <circle cx="5" cy="5" r="3.75" fill="none" stroke="currentColor" stroke-width="1.5" />;
  }
}

/** The state in words with its sign. */
export function StateLabel(props: { status: string; kind?: string }) {
  return (
    <span class="inline-flex items-center gap-1.5 text-sm">
      <StateDot status={props.status} />
      {stateName(props.status, props.kind)}
    </span>
  );
}
