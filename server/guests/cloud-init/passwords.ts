// A request's cloud-init password becomes a hash before anything else sees it.
import { invalidInput } from '../../core/errors.ts';
import { hiddenPassword } from '../config/cloud-init-keys.ts';
import { canonicalValue, type VmConfig } from '../config/config-keys.ts';
import type { ConfigSet } from '../guest-requests.ts';

/** crypt(5): already hashed by whoever asks. */
const hashed = /^\$(?:1|5|6|2[aby]|y|gy|7)\$[^$:\s]+\$[^:\s]+$/;

/** Asked back to store what is shown in its stead, the password stays as it is. */
export async function withHashedPassword(
  set: ConfigSet,
  before: VmConfig,
  hash: (password: string) => Promise<string>,
): Promise<ConfigSet> {
  const { cipassword, ...rest } = set;
  if (cipassword === undefined) return set;
  const password = String(canonicalValue('cipassword', cipassword));
  if (password === hiddenPassword) {
    const kept = before['cipassword'];
    if (kept === undefined) throw invalidInput({ cipassword: 'there is no password to keep' });
    return { ...rest, cipassword: kept };
  }
  return { ...rest, cipassword: hashed.test(password) ? password : await hash(password) };
}
