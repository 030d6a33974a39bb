// What cloud-init tells a VM, as the block `initialization` of its resource. Pure.
import type { Expression, HclBlock } from './as-hcl.ts';
import type { TakenParams } from './as-taken.ts';
import { addressBlock, dnsBlock } from './as-terraform-parts.ts';
import { decodeSshKeys } from './cloud-init.ts';

/** A wish for a drive, with nothing else said of it: the provider makes its own. */
const wishedDrive = /^([A-Za-z][\w.-]*):cloudinit$/;

/** Undefined for a VM without such a drive; what is said all the same is missing. */
export function initialization(
  given: TakenParams,
  secretOf: (name: string) => Expression | undefined,
): HclBlock | undefined {
  const at = given.names(/^(ide|sata|scsi)\d+$/).find((key) => wishedDrive.test(given.peek(key) ?? ''));
  if (at === undefined) return undefined;
  const storage = wishedDrive.exec(given.text(at) ?? '')?.[1];
  const keys = given.text('sshkeys');
  const account = {
    username: given.text('ciuser'),
    password: secretOf('cipassword'),
    keys: keys === undefined ? undefined : decodeSshKeys(keys).split('\n').filter(Boolean),
  };
  const custom = given.properties('cicustom', (files) => ({
    user_data_file_id: files.text('user'),
    network_data_file_id: files.text('network'),
    meta_data_file_id: files.text('meta'),
    vendor_data_file_id: files.text('vendor'),
  }));
  return {
    name: 'initialization',
    attributes: {
      datastore_id: storage,
      interface: at,
      type: given.text('citype'),
      upgrade: given.flag('ciupgrade'),
      ...custom,
    },
    blocks: [
      dnsBlock(given),
      ...addressBlocks(given),
      Object.values(account).every((one) => one === undefined)
        ? undefined
        : { name: 'user_account', attributes: account },
    ],
  };
}

/** Their order is the number of their card: what follows a gap would get another. */
function addressBlocks(given: TakenParams): HclBlock[] {
  const blocks: HclBlock[] = [];
  for (const key of given.names(/^ipconfig\d+$/)) {
    if (key !== `ipconfig${blocks.length}`) given.miss(key);
    else {
      const block = given.properties(key, (text) => addressBlock(given, key, text));
      if (block) blocks.push(block);
    }
  }
  return blocks;
}
