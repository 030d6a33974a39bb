// Copies a text, and blocks of code with such a button.
import Check from 'lucide-solid/icons/check';
import Copy from 'lucide-solid/icons/copy';
import { createSignal, Show } from 'solid-js';
import { t } from '../i18n/index.ts';
import { IconButton } from './button.tsx';

export function CopyButton(props: { text: string }) {
  const [copied, setCopied] = createSignal(false);
  return (
    <IconButton
      small
      label={copied() ? t('common.copied') : t('common.copy')}
      onClick={() => {
        void navigator.clipboard.writeText(props.text).then(() => {
          setCopied(true);
          setTimeout(() => setCopied(false), 1500);
        });
      }}
    >
      <Show when={copied()} fallback={<Copy size={14} />}>
        <Check size={14} />
      </Show>
    </IconButton>
  );
}

/** Text to be used elsewhere, with a label and a button that copies it. */
export function CodeBlock(props: {
  label: string;
  text: string;
  /** Its lines have columns: they are scrolled, not broken. */
  columns?: boolean;
}) {
  return (
    <figure class="overflow-hidden rounded-md border border-line bg-canvas">
      <figcaption class="flex items-center justify-between border-b border-line ps-3 pe-1 text-xs text-muted">
        {props.label}
        <CopyButton text={props.text} />
      </figcaption>
      <pre
        class={`overflow-x-auto px-3 py-2 font-mono text-xs leading-5 ${props.columns ? 'whitespace-pre' : 'whitespace-pre-wrap [overflow-wrap:anywhere]'}`}
        tabindex="0"
      >
        {props.text}
      </pre>
    </figure>
  );
}
