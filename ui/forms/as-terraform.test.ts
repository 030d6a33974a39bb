// New guests as Terraform resources: what they say, what they cannot say, and that words stay words.
import { expect, test } from 'vitest';
import { hclText, renderHcl } from './as-hcl.ts';
import { cloneRequest, cloudRequest, ctRequest, hostileRequest, vmRequest } from './as-requests-fixture.ts';
import { asTerraform } from './as-terraform.ts';

test('a VM', () => {
  expect(asTerraform(vmRequest, 'Missing:')).toBe(`resource "proxmox_virtual_environment_vm" "web-1" {
  node_name     = "pve1"
  vm_id         = 100
  name          = "web-1"
  bios          = "ovmf"
  machine       = "q35"
  scsi_hardware = "virtio-scsi-single"
  boot_order    = ["scsi0", "ide2", "net0"]
  on_boot       = false
  started       = true

  agent {
    enabled = true
  }

  cpu {
    cores = 2
    type  = "x86-64-v2-AES"
  }

  memory {
    dedicated = 4096
    floating  = 4096
  }

  operating_system {
    type = "win11"
  }

  cdrom {
    interface = "ide2"
    file_id   = "local:iso/win.iso"
  }

  disk {
    interface    = "scsi0"
    datastore_id = "local"
    size         = 32
    discard      = "on"
  }

  efi_disk {
    datastore_id      = "local"
    type              = "4m"
    pre_enrolled_keys = true
  }

  network_device {
    model  = "virtio"
    bridge = "vmbr0"
  }

  serial_device {
    device = "socket"
  }
}

# Missing:
#   ide3`);
});

test('a container; its password is a variable', () => {
  const text = asTerraform(ctRequest, 'Missing:');
  expect(text).toContain('variable "croft_password" {\n  type      = string\n  sensitive = true\n}');
  expect(text).toContain('    password = var.croft_password');
  expect(text).not.toContain('correct horse');
  expect(text).toContain('resource "proxmox_virtual_environment_container" "shop" {');
  expect(text).toContain('        address = "10.0.0.5/24"\n        gateway = "10.0.0.1"');
  expect(text).toContain('    servers = ["1.1.1.1", "9.9.9.9"]');
  expect(text).toContain('keys     = ["ssh-ed25519 AAAA me@home", "ssh-ed25519 BBBB you@home"]');
  expect(text).toContain('type             = "debian"');
  expect(text).toContain('started       = true');
  expect(text.endsWith('# Missing:\n#   net0: ip6=auto')).toBe(true);
});

test('what has no place is named, never dropped', () => {
  const params = {
    ...vmRequest.params,
    ...{ scsi1: 'local:100/vm-100-disk-1.raw', net2: 'virtio,bridge=vmbr1', hotplug: '0', rng0: 'source=x' },
  };
  const text = asTerraform({ ...vmRequest, params }, 'Missing:');
  expect(text.slice(text.indexOf('# Missing:')).split('\n').slice(1).sort()).toEqual(
    ['hotplug', 'ide3', 'net2', 'rng0', 'scsi1'].map((name) => `#   ${name}`),
  );
});

test('a copied image has the size of its own', () => {
  const text = asTerraform(
    { ...vmRequest, params: { scsi0: 'local:0,import-from=local:import/a.qcow2' } },
    '',
  );
  expect(text).toContain('import_from  = "local:import/a.qcow2"');
  expect(text).not.toMatch(/\bsize\b/);
  expect(text).not.toContain('#');
});

test('words of a person end no text and are filled in nowhere', () => {
  const text = asTerraform(hostileRequest, 'Missing:');
  expect(text).toContain('description = "\'; rm -rf / #\\n$(id) `id` $${var.x} %%{if} {{');
  expect(text).toContain('\\"\\\\\\u2028é --start"');
  // A name that is none of Terraform's does not become one.
  expect(text).toContain('"proxmox_virtual_environment_vm" "guest_102"');
  expect(text).toContain('tags        = ["--yes", "-x"]');
  expect(hclText('$${a} %')).toBe('"$$${a} %"');
});

test('blocks without anything in them', () => {
  expect(renderHcl({ name: 'a', attributes: { b: undefined } })).toBe('a {}');
});

test('what cloud-init is told is a block of its own, the password from a variable', () => {
  const text = asTerraform(cloudRequest, 'Missing:');
  expect(text).not.toContain('correct horse');
  expect(text).toContain(`  initialization {
    datastore_id = "local"
    interface    = "ide2"
    upgrade      = false

    dns {
      domain  = "example.org"
      servers = ["192.0.2.53", "2001:db8::53"]
    }

    ip_config {
      ipv4 {
        address = "192.0.2.5/24"
        gateway = "192.0.2.1"
      }
    }

    user_account {
      username = "anna"
      password = var.croft_cipassword
      keys     = ["ssh-ed25519 AAAA me@home", "ssh-ed25519 BBBB you@home"]
    }
  }`);
  expect(text.split('Missing:')[1]?.trim()).toBe('#   ipconfig0: ip6=auto');
});

test('a clone of a template says a part whole when it says any of it, and nothing of the others', () => {
  const text = asTerraform(cloneRequest, 'Missing:');
  expect(text.slice(text.indexOf('resource'))).toBe(`resource "proxmox_virtual_environment_vm" "web-5" {
  node_name = "pve1"
  vm_id     = 105
  name      = "web-5"
  pool_id   = "shop"
  on_boot   = false
  started   = true

  clone {
    vm_id        = 9000
    full         = true
    datastore_id = "fast"
  }

  cpu {
    cores   = 4
    sockets = 2
    type    = "host"
  }

  initialization {
    datastore_id = "local"
    interface    = "ide2"

    ip_config {
      ipv4 {
        address = "192.0.2.5/24"
        gateway = "192.0.2.1"
      }
    }

    user_account {
      username = "anna"
      password = var.croft_cipassword
    }
  }
}

# Missing:
#   delete`);
});
