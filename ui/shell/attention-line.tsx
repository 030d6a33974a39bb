// One thing that needs attention: its sign, in words, with the way to it.
import { A } from '@solidjs/router';
import OctagonAlert from 'lucide-solid/icons/octagon-alert';
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import { Show } from 'solid-js';
import { percent } from '../format/show.ts';
import { t, tn } from '../i18n/index.ts';
import type { Attention } from '../live/attention.ts';
import { showTask } from './open-state.ts';
import { hrefOf, labelOf } from './tree-model.ts';

interface Said {
  readonly text: string;
  /** What the daemon says of it. */
  readonly more?: string | undefined;
  readonly href?: string;
}

function say(item: Attention): Said {
  switch (item.kind) {
    case 'node-offline':
      return { href: nodeHref(item.node), text: t('attention.nodeOffline', { node: item.node }) };
    case 'no-acceleration':
      return {
        href: nodeHref(item.node),
        text: t('attention.noAcceleration', { node: item.node }),
        more: item.reason,
      };
    case 'memory-full':
      return {
        href: nodeHref(item.node),
        text: t('attention.memoryFull', { node: item.node, share: percent(item.share) }),
      };
    case 'storage-full': {
      const { storage = '', node } = item.item;
      return {
        href: hrefOf(item.item),
        text: t('attention.storageFull', { storage, node, share: percent(item.share) }),
      };
    }
    case 'storage-problem': {
      const { storage = '', node } = item.item;
      return {
        href: hrefOf(item.item),
        text: t('attention.storageProblem', { storage, node }),
        more: item.text,
      };
    }
    case 'fell-back':
      return {
        href: `${nodeHref(item.node)}/system`,
        text: t('attention.fellBack', { node: item.node, from: item.from, to: item.to }),
        more: item.reason,
      };
    case 'appliance':
      return {
        href: `${nodeHref(item.node)}/system`,
        text: t('attention.appliance', { node: item.node, text: item.text }),
      };
    case 'backup-late':
    case 'backup-none': {
      const late = item.kind === 'backup-late';
      return {
        href: `/guests?filter=backup:${late ? 'late' : 'none'}`,
        text: tn(late ? 'attention.backupLate' : 'attention.backupNone', item.guests.length),
        more: item.guests.map(labelOf).join(', '),
      };
    }
    case 'restore-failed': {
      const [first] = item.guests;
      const isOne = item.guests.length === 1;
      return {
        href: isOne && first ? `${hrefOf(first)}/backups` : '/guests?filter=backup:restore-failed',
        text: tn('attention.restoreFailed', item.guests.length),
        more: [item.guests.map(labelOf).join(', '), isOne ? first?.proofProblem : undefined]
          .filter(Boolean)
          .join(': '),
      };
    }
    case 'task-failed':
      return { text: t('attention.taskFailed', { what: item.task.description }), more: item.task.status };
  }
}

const nodeHref = (node: string) => `/nodes/${encodeURIComponent(node)}`;

/** `onChoose`: called when somebody goes there. */
export function AttentionLine(props: { item: Attention; onChoose?: () => void }) {
  const said = () => say(props.item);
  return (
    <div class="flex min-w-0 flex-1 gap-2.5 text-sm">
      <span class={`shrink-0 pt-0.5 ${props.item.severity === 'bad' ? 'text-bad' : 'text-warn'}`}>
        <Show when={props.item.severity === 'bad'} fallback={<TriangleAlert size={16} aria-hidden="true" />}>
          <OctagonAlert size={16} aria-hidden="true" />
        </Show>
      </span>
      <div class="min-w-0 break-words">
        <Show when={said().href} fallback={<p>{said().text}</p>}>
          {(href) => (
            <A href={href()} class="hover:underline" onClick={() => props.onChoose?.()}>
              {said().text}
            </A>
          )}
        </Show>
        <Show when={said().more}>
          <p class="line-clamp-2 text-muted">{said().more}</p>
        </Show>
        <Show when={props.item.kind === 'task-failed' && props.item.task}>
          {(task) => (
            <button
              type="button"
              class="text-accent hover:underline"
              onClick={() => {
                showTask(task().upid);
                props.onChoose?.();
              }}
            >
              {t('notices.log')}
            </button>
          )}
        </Show>
      </div>
    </div>
  );
}
