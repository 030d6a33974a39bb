// The notifications of the datacenter: where they go, and which of them.
import { createSignal, Show, Suspense } from 'solid-js';
import { api } from '../../api/client.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { Badge } from '../../components/panel.tsx';
import { toast, toastError } from '../../components/toasts.tsx';
import { t } from '../../i18n/index.ts';
import { page } from '../../i18n/page.ts';
import { createOwnRights } from '../access/access-data.ts';
import { EntryList } from './entry-list.tsx';
import {
  changeEndpoint,
  createMatchers,
  createTargets,
  type MatcherItem,
  removeEndpoint,
  type Target,
} from './notification-data.ts';
import { lastText, sendsText, whereText } from './notification-words.ts';

const TargetDialog = page(() => import('./target-dialog.tsx'));
const MatcherDialog = page(() => import('./matcher-dialog.tsx'));

const place = '/mapping/notifications';

type Open =
  | { readonly what: 'target'; readonly target?: Target }
  | { readonly what: 'matcher'; readonly matcher?: MatcherItem }
  | { readonly what: 'remove'; readonly entry: Target | MatcherItem };

export default function NotificationsTab() {
  const targets = createTargets();
  const matchers = createMatchers();
  const rights = createOwnRights();
  const reason = () => rights.lacking(place, 'Mapping.Modify');
  const [open, setOpen] = createSignal<Open>();
  const close = () => setOpen(undefined);
  const changed = () => {
    targets.reload();
    matchers.reload();
  };
  const isUsed = ({ name }: Target) =>
    (matchers.data() ?? []).some((one) => one.disable !== 1 && one.target?.includes(name));

  async function toggle(entry: Target | MatcherItem): Promise<void> {
    const given = { name: entry.name, disable: entry.disable !== 1 };
    try {
      if ('type' in entry) await changeEndpoint(entry.type, given);
      else await api('PUT /cluster/notifications/matchers/{name}', given);
    } catch (thrown) {
      toastError(t('notify.notChanged', { name: entry.name }), thrown);
    }
    changed();
  }
  async function test({ name }: Target): Promise<void> {
    try {
      await api('POST /cluster/notifications/targets/{name}/test', { name });
      toast('ok', t('notify.testSent', { name }));
    } catch (thrown) {
      toastError(t('notify.testFailed', { name }), thrown);
    }
    targets.reload();
  }
  const common = (entry: Target | MatcherItem) => [
    {
      label: t(entry.disable === 1 ? 'storageList.enable' : 'storageList.disable'),
      onSelect: () => void toggle(entry),
      reason: reason(),
    },
    ...(entry.origin === 'builtin'
      ? []
      : [
          {
            label: t(entry.origin === 'modified-builtin' ? 'notify.reset' : 'notify.remove'),
            onSelect: () => setOpen({ what: 'remove', entry }),
            reason: reason(),
            harsh: true,
          },
        ]),
  ];
  return (
    <div class="flex max-w-7xl flex-col gap-4">
      <EntryList<Target>
        title={t('notify.targets')}
        about={t('notify.aboutTargets')}
        add={t('notify.addTarget')}
        reason={reason()}
        query={targets}
        empty={{ title: t('notify.noTargets') }}
        what={(target) => (
          <>
            <p>{t(`notify.type.${target.type}`)}</p>
            <p class="text-xs text-muted">{whereText(target)}</p>
          </>
        )}
        then={(target) => (
          <>
            <p class={`text-xs ${target['last-problem'] === undefined ? 'text-muted' : 'text-bad'}`}>
              {lastText(target)}
            </p>
            <Show when={matchers.data() && !isUsed(target) && target.disable !== 1}>
              <Badge tone="warn">{t('notify.nobodyUses')}</Badge>
            </Show>
          </>
        )}
        menu={(target) => [
          { label: t('notify.test'), onSelect: () => void test(target) },
          {
            label: t('common.edit'),
            onSelect: () => setOpen({ what: 'target', target }),
            reason: reason(),
          },
          ...common(target),
        ]}
        onOpen={reason() === undefined ? (target) => setOpen({ what: 'target', target }) : undefined}
        onAdd={() => setOpen({ what: 'target' })}
      />
      <EntryList<MatcherItem>
        title={t('notify.matchers')}
        about={t('notify.aboutMatchers')}
        add={t('notify.addMatcher')}
        reason={reason()}
        query={matchers}
        empty={{ title: t('notify.noMatchers'), text: t('notify.noMatchersHint') }}
        what={sendsText}
        then={(matcher) => <p>{(matcher.target ?? []).join(', ')}</p>}
        menu={(matcher) => [
          {
            label: t('common.edit'),
            onSelect: () => setOpen({ what: 'matcher', matcher }),
            reason: reason(),
          },
          ...common(matcher),
        ]}
        onOpen={reason() === undefined ? (matcher) => setOpen({ what: 'matcher', matcher }) : undefined}
        onAdd={() => setOpen({ what: 'matcher' })}
      />
      <Suspense>
        <Show when={open()} keyed>
          {(which) => {
            switch (which.what) {
              case 'target':
                return <TargetDialog target={which.target} onDone={changed} onClose={close} />;
              case 'matcher':
                return (
                  <MatcherDialog
                    matcher={which.matcher}
                    targets={targets.data() ?? []}
                    onDone={changed}
                    onClose={close}
                  />
                );
              case 'remove':
                return <RemoveDialog entry={which.entry} onDone={changed} onClose={close} />;
            }
          }}
        </Show>
      </Suspense>
    </div>
  );
}

function RemoveDialog(props: { entry: Target | MatcherItem; onDone: () => void; onClose: () => void }) {
  const { entry } = props;
  const isReset = entry.origin === 'modified-builtin';
  return (
    <ConfirmDialog
      open
      onClose={props.onClose}
      title={t(isReset ? 'notify.resetTitle' : 'notify.removeTitle', { name: entry.name })}
      action={t(isReset ? 'notify.reset' : 'notify.remove')}
      onConfirm={async () => {
        if ('type' in entry) await removeEndpoint(entry.type, entry.name);
        else await api('DELETE /cluster/notifications/matchers/{name}', { name: entry.name });
        props.onDone();
      }}
    >
      {isReset ? t('notify.resetText') : t('type' in entry ? 'notify.removeTarget' : 'notify.removeMatcher')}
    </ConfirmDialog>
  );
}
