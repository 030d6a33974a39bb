// The product's sign.
export function Logo(props: { class?: string }) {
  return (
    <svg class={props.class ?? 'size-6'} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" class="fill-accent" />
      <path d="M7 15.5 16 8l9 7.5V24a1 1 0 0 1-1 1h-4.5v-6h-7v6H8a1 1 0 0 1-1-1z" class="fill-on-accent" />
    </svg>
  );
}
