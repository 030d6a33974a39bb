// What a form is about to ask for in other words, to be copied: an API request, a `croft` command, Terraform, Ansible.
import { Tabs } from '@kobalte/core/tabs';
import { For, Show } from 'solid-js';
import { asAnsible } from '../forms/as-ansible.ts';
import { asCommand } from '../forms/as-command.ts';
import { asCurl } from '../forms/as-curl.ts';
import { type CodeRequest, secretsOf } from '../forms/as-request.ts';
import { asTerraform } from '../forms/as-terraform.ts';
import { t } from '../i18n/index.ts';
import { CodeBlock } from './copy-button.tsx';

const ways = ['curl', 'command', 'terraform', 'ansible'] as const;
export type Way = (typeof ways)[number];

export function AsCode(props: { request: CodeRequest }) {
  const text = (way: Way) => {
    switch (way) {
      case 'curl':
        return asCurl(props.request, location.origin);
      case 'command':
        return asCommand(props.request);
      case 'terraform':
        return asTerraform(props.request, t('asCode.missing'));
      case 'ansible':
        return asAnsible(props.request, location.origin, t('asCode.missing'));
    }
  };
  return <CodeViews text={text} hides={secretsOf(props.request).length > 0} />;
}

/** The views, whatever it is that they say. `hides`: secrets stand in them as variables. */
export function CodeViews(props: { text: (way: Way) => string; hides: boolean }) {
  return (
    <section aria-label={t('asCode.title')} class="flex flex-col gap-2">
      <h3 class="text-xs font-semibold tracking-wide text-muted uppercase">{t('asCode.title')}</h3>
      <Tabs defaultValue="curl" class="flex min-w-0 flex-col gap-2">
        <Tabs.List class="flex gap-1 max-sm:gap-0 overflow-x-auto border-b border-line [scrollbar-width:none]">
          <For each={ways}>
            {(way) => (
              <Tabs.Trigger
                value={way}
                class="-mb-px inline-flex min-h-9 items-center border-b-2 border-transparent px-2.5 text-sm font-medium whitespace-nowrap text-muted max-sm:px-2 outline-offset-[-3px] hover:text-text data-selected:border-accent data-selected:text-text pointer-coarse:min-h-11"
              >
                {t(`asCode.${way}`)}
              </Tabs.Trigger>
            )}
          </For>
        </Tabs.List>
        <For each={ways}>
          {(way) => (
            <Tabs.Content value={way} class="flex flex-col gap-2">
              <CodeBlock label={t(`asCodeHint.${way}`)} text={props.text(way)} />
            </Tabs.Content>
          )}
        </For>
      </Tabs>
      <Show when={props.hides}>
        <p class="text-sm text-muted">{t('asCode.secrets')}</p>
      </Show>
    </section>
  );
}
