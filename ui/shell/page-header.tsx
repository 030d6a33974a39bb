// The head of a page: what it is about, its state, what can be done.
import { type JSX, Show } from 'solid-js';

interface PageHeaderProps {
  icon: JSX.Element;
  title: string;
  /** Small, before the title: a number. */
  number?: string;
  state?: JSX.Element;
  actions?: JSX.Element;
}

export function PageHeader(props: PageHeaderProps) {
  return (
    <header class="flex flex-wrap items-center gap-x-4 gap-y-2.5 bg-surface px-4 pt-3.5 pb-2.5 lg:px-6">
      {/* The state goes below before the title is cut. */}
      <div class="flex min-w-0 flex-1 basis-72 flex-wrap items-center gap-x-3.5 gap-y-1">
        <div class="flex max-w-full min-w-0 items-center gap-x-2.5 max-sm:w-full">
          <span class="shrink-0 text-muted">{props.icon}</span>
          <h1 class="min-w-0 truncate text-xl font-semibold" title={props.title}>
            {props.title}
          </h1>
          <Show when={props.number}>
            <span class="num shrink-0 text-sm text-muted">{props.number}</span>
          </Show>
        </div>
        <span class="flex max-w-full min-w-0 items-center gap-2 empty:hidden max-sm:w-full">
          {props.state}
        </span>
      </div>
      <div class="flex flex-wrap items-center gap-2">{props.actions}</div>
    </header>
  );
}
