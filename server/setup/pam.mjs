// The machine's rules for logging in to Croft: a PAM service of its own, so that an admin can change them.
import { existsSync, writeFileSync } from 'node:fs';

const path = '/etc/pam.d/croft';
const text = `# Logins to Croft's API and web interface.
@include common-auth
@include common-account
`;

/** Leaves a file that is there alone. */
export function ensurePamService() {
  if (existsSync(path)) return 'there already';
  writeFileSync(path, text, { mode: 0o644 });
  return `wrote ${path}`;
}
