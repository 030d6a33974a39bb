// A new guest as a resource of Terraform's provider bpg/proxmox, and what of the request that resource has no place for. Pure.
// What the provider takes: docs/resources/virtual_environment_{vm,container}.md of bpg/terraform-provider-proxmox.
import { type HclBlock, renderHcl } from './as-hcl.ts';
import {
  type CodeRequest,
  missingLines,
  type RequestParams,
  secretsOf,
  secretVariable,
} from './as-request.ts';
import { TakenParams } from './as-taken.ts';
import { ctResource } from './as-terraform-ct.ts';
import { vmResource } from './as-terraform-vm.ts';

/** Blocks that a clone needs to say whole when it says anything of them: what is not said in one gets the provider's default. */
const blocksOfOne = [
  /^(cores|sockets|cpu|cpulimit|cpuunits|numa|vcpus)$/,
  /^(memory|balloon)$/,
  /^(ci[a-z]+|sshkeys|ipconfig\d+|nameserver|searchdomain|(ide|sata|scsi)\d+)$/,
];

function restated({ clone, params }: CodeRequest): RequestParams {
  const settings = Object.entries(clone?.settings ?? {}).filter(([name]) => {
    const block = blocksOfOne.find((keys) => keys.test(name));
    return block === undefined || Object.keys(params).some((one) => block.test(one));
  });
  return Object.fromEntries(settings);
}

/** `comment`: stands above what is missing, in the code itself. */
export function asTerraform(request: CodeRequest, comment: string): string {
  const given = new TakenParams({ ...restated(request), ...request.clone?.params, ...request.params });
  const secrets = secretsOf(request);
  const variable = (name: string) => secretVariable(name).toLowerCase();
  const secretOf = (name: string) => {
    if (given.text(name) === undefined) return undefined;
    return secrets.includes(name) ? { expression: `var.${variable(name)}` } : undefined;
  };
  const resource = request.kind === 'qemu' ? vmResource : ctResource;
  const blocks: HclBlock[] = [
    ...secrets.map((name) => ({
      name: 'variable',
      labels: [variable(name)],
      attributes: { type: { expression: 'string' }, sensitive: true },
    })),
    resource(request, given, secretOf),
  ];
  const missing = given.missing();
  const lines = blocks.map((block) => renderHcl(block));
  if (missing.length > 0) lines.push(missingLines(comment, missing));
  return lines.join('\n\n');
}
