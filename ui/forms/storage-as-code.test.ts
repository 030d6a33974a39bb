// A new storage in other words: complete, quoted, and without its password.
import { describe, expect, it } from 'vitest';
import { storageAsAnsible, storageAsCommand, storageAsCurl, storageAsTerraform } from './storage-as-code.ts';

const origin = 'https://croft.example:8006';
const comments = { missing: 'To be set by other means:', unknown: 'Not known there.' };
const cifs = {
  params: {
    ...{ type: 'cifs', storage: 'files', server: 'nas', share: 'ma chines', username: "o'brien" },
    ...{ password: 's3cret-word', smbversion: '3', content: 'images,iso', disable: true },
  },
  secrets: ['password'],
};
const place = { origin, nodes: ['pve1', 'pve2'] };

describe('a share', () => {
  it('as curl', () => {
    expect(storageAsCurl(cifs, origin).split('\n')).toEqual([
      'curl --fail-with-body \\',
      '  --header "Authorization: PVEAPIToken=$CROFT_TOKEN" \\',
      '  --data-urlencode type=cifs \\',
      '  --data-urlencode storage=files \\',
      '  --data-urlencode server=nas \\',
      "  --data-urlencode 'share=ma chines' \\",
      `  --data-urlencode 'username=o'\\''brien' \\`,
      '  --data-urlencode "password=$CROFT_PASSWORD" \\',
      '  --data-urlencode smbversion=3 \\',
      '  --data-urlencode content=images,iso \\',
      '  --data-urlencode disable=1 \\',
      '  https://croft.example:8006/api2/json/storage',
    ]);
  });

  it('as a command, which asks for the password', () => {
    expect(storageAsCommand(cifs).split('\n')).toEqual([
      'croft storage add cifs files \\',
      '  --server nas \\',
      "  --share 'ma chines' \\",
      `  --username 'o'\\''brien' \\`,
      '  --password - \\',
      '  --smbversion 3 \\',
      '  --content images,iso \\',
      '  --disable',
    ]);
  });

  it('as Terraform, with what the provider lacks told', () => {
    const text = storageAsTerraform(cifs, comments);
    expect(text).toContain('resource "proxmox_storage_cifs" "files" {');
    expect(text).toMatch(/password += var\.croft_password/);
    expect(text).toMatch(/content += \["images", "iso"\]/);
    expect(text).toMatch(/disable += true/);
    expect(text).toContain('# To be set by other means:\n#   smbversion');
  });

  it('as Ansible, on all nodes when none are named', () => {
    const text = storageAsAnsible(cifs, place, comments);
    expect(text).toContain('community.proxmox.proxmox_storage:');
    expect(text).toContain('    cifs_options:\n      server: "nas"');
    expect(text).toContain('      password: "{{ croft_password }}"');
    expect(text).toContain('    nodes:\n      - "pve1"\n      - "pve2"');
    expect(text).toContain('no_log: true');
    expect(text).toContain('#   disable');
  });

  it('nowhere with its password', () => {
    const all = [
      storageAsCurl(cifs, origin),
      storageAsCommand(cifs),
      storageAsTerraform(cifs, comments),
      storageAsAnsible(cifs, place, comments),
    ];
    expect(all.join('\n')).not.toContain('s3cret-word');
  });
});

describe('a type that a tool does not know', () => {
  const drbd = { params: { type: 'drbd', storage: 'mirror' }, secrets: [] };
  it('is told instead of made up', () => {
    expect(storageAsTerraform(drbd, comments)).toBe('# Not known there.');
    expect(storageAsAnsible(drbd, place, comments)).toBe('# Not known there.');
    expect(storageAsAnsible({ ...drbd, params: { type: 'toString', storage: 'x' } }, place, comments)).toBe(
      '# Not known there.',
    );
  });
});

describe('LVM', () => {
  it('has the names of the provider', () => {
    const params = { type: 'lvmthin', storage: 'fast', vgname: 'pve', thinpool: 'data', content: 'images' };
    const text = storageAsTerraform({ params, secrets: [] }, comments);
    expect(text).toMatch(/volume_group = "pve"/);
    expect(text).toMatch(/thin_pool + {1,2}= "data"/);
    expect(text).not.toContain('#');
  });
});
