// The last look before a guest is created: what it will be, and the same as code.
import { AsCode } from '../../components/as-code.tsx';
import { type Fact, KeyValues } from '../../components/panel.tsx';
import type { CodeRequest, RequestParams } from '../../forms/as-request.ts';

export function GuestReview(props: {
  kind: 'qemu' | 'lxc';
  /** The very parameters that are sent. */
  params: RequestParams;
  facts: readonly Fact[];
  /** Parameters that are never shown. */
  secrets?: readonly string[];
}) {
  const request = (): CodeRequest => {
    const { node, vmid, ...params } = props.params;
    return {
      kind: props.kind,
      node: String(node),
      vmid: Number(vmid),
      params,
      secrets: props.secrets ?? [],
    };
  };
  return (
    <div class="flex flex-col gap-5">
      <KeyValues facts={props.facts} />
      <AsCode request={request()} />
    </div>
  );
}
