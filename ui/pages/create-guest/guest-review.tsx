// The last look before a guest is created: what it will be, and the same as a command and a request.
import type { JSX } from 'solid-js';
import { CodeBlock } from '../../components/copy-button.tsx';
import { type Fact, KeyValues } from '../../components/panel.tsx';
import { asApiRequest, asCommand, type RequestParams } from '../../forms/as-text.ts';
import { t } from '../../i18n/index.ts';

export function GuestReview(props: {
  kind: 'qemu' | 'lxc';
  /** With the node, which is part of the path. */
  params: RequestParams;
  facts: readonly Fact[];
  /** Parameters that are never shown. */
  secrets?: readonly string[];
  children?: JSX.Element;
}) {
  const path = () => `/nodes/${String(props.params['node'])}/${props.kind}`;
  const body = () => {
    const { node: _, ...rest } = props.params;
    return rest;
  };
  return (
    <div class="flex flex-col gap-5">
      <KeyValues facts={props.facts} />
      {props.children}
      <CodeBlock label={t('create.asCommand')} text={asCommand(path(), body(), props.secrets)} />
      <CodeBlock label={t('create.asRequest')} text={asApiRequest(path(), body(), props.secrets)} />
    </div>
  );
}
