// The user data of a guest: `#cloud-config` with its name, user, password and keys.
import type { VmModel } from '../config/vm-model.ts';
import { renderYaml } from './render-yaml.ts';

/** The guest's name without and with its domain. */
export function hostNames({ name, vmid, cloudInit }: VmModel): { hostname: string; fqdn: string } {
  const given = name ?? `VM${vmid}`;
  const hostname = given.replace(/\..*$/, '');
  const [domain] = cloudInit.searchDomains;
  const fqdn = given.includes('.') || domain === undefined ? given : `${given}.${domain}`;
  return { hostname, fqdn: fqdn.replace(/\.$/, '') };
}

/** With the first line by which cloud-init knows it (cloud-init, "User-data formats"). */
export function renderUserData(model: VmModel): string {
  const { user, passwordHash, sshKeys, upgrade } = model.cloudInit;
  const { hostname, fqdn } = hostNames(model);
  const config = renderYaml({
    hostname,
    manage_etc_hosts: true,
    fqdn,
    user,
    disable_root: user === 'root' ? false : undefined,
    password: passwordHash,
    ssh_authorized_keys: sshKeys.length > 0 ? sshKeys : undefined,
    chpasswd: { expire: false },
    // `default` is the image's own user under the name wanted; root is there already.
    users: user === 'root' ? undefined : ['default'],
    package_upgrade: upgrade ? true : undefined,
  });
  return `#cloud-config\n${config}`;
}
