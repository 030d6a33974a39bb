#!/usr/bin/python3
"""Drives a Croft daemon with Debian's unchanged proxmoxer: one virtual machine from upload to deletion.

Reads from the environment: CROFT_TEST_PORT, CROFT_TEST_USER, one of CROFT_TEST_PASSWORD or
CROFT_TEST_TOKEN_NAME and CROFT_TEST_TOKEN_VALUE, CROFT_TEST_IMAGE (a qcow2 file), CROFT_TEST_BRIDGE (may be empty).
Prints one line of JSON with what it saw; any difference from what a Proxmox VE server does ends it with an exception.
"""
import json
import os
import time

import urllib3
from proxmoxer import ProxmoxAPI, ResourceException

urllib3.disable_warnings()
env = os.environ
login = (
    {"password": env["CROFT_TEST_PASSWORD"]}
    if "CROFT_TEST_PASSWORD" in env
    else {"token_name": env["CROFT_TEST_TOKEN_NAME"], "token_value": env["CROFT_TEST_TOKEN_VALUE"]}
)
proxmox = ProxmoxAPI(
    "localhost", port=int(env["CROFT_TEST_PORT"]), user=env["CROFT_TEST_USER"], verify_ssl=False, timeout=120, **login
)


def wait(node, upid):
    """Waits for a task as clients do, and insists that it ended well."""
    for _ in range(1200):
        status = proxmox.nodes(node).tasks(upid).status.get()
        if status["status"] == "stopped":
            assert status["exitstatus"] == "OK", (upid, status, proxmox.nodes(node).tasks(upid).log.get())
            return
        time.sleep(0.1)
    raise AssertionError(f"{upid} did not end")


seen = {"version": proxmox.version.get()["version"]}
node = proxmox.nodes.get()[0]["node"]
local = proxmox.nodes(node).storage("local")

with open(env["CROFT_TEST_IMAGE"], "rb") as image:
    wait(node, local.upload.post(content="import", filename=image))
name = os.path.basename(env["CROFT_TEST_IMAGE"])
assert any(item["volid"] == f"local:import/{name}" for item in local.content.get(content="import"))

vmid = int(proxmox.cluster.nextid.get())
network = {"net0": f"virtio,bridge={env['CROFT_TEST_BRIDGE']}"} if env.get("CROFT_TEST_BRIDGE") else {}
wait(
    node,
    proxmox.nodes(node).qemu.post(
        vmid=vmid,
        name="from-proxmoxer",
        memory=512,
        cores=2,
        ostype="l26",
        scsihw="virtio-scsi-single",
        scsi0=f"local:0,import-from=local:import/{name}",
        serial0="socket",
        agent="enabled=1",
        **network,
    ),
)
vm = proxmox.nodes(node).qemu(vmid)
config = vm.config.get()
assert config["name"] == "from-proxmoxer" and int(config["memory"]) == 512, config
assert config["scsi0"].startswith(f"local:{vmid}/vm-{vmid}-disk-0"), config

vm.config.put(description="changed by proxmoxer", tags="test;client", memory=640)
config = vm.config.get()
assert config["description"] == "changed by proxmoxer" and int(config["memory"]) == 640, config
assert any(item["vmid"] == vmid for item in proxmox.nodes(node).qemu.get())
assert any(item.get("vmid") == vmid for item in proxmox.cluster.resources.get(type="vm"))

wait(node, vm.status.start.post())
current = vm.status.current.get()
assert current["status"] == "running" and current["vmid"] == vmid, current
seen["status"] = current["status"]

try:
    vm.delete()
    raise AssertionError("a running machine was deleted")
except ResourceException as refusal:
    seen["refusal"] = str(refusal)

wait(node, vm.status.stop.post())
assert vm.status.current.get()["status"] == "stopped"
wait(node, vm.delete(purge=1))
try:
    vm.config.get()
    raise AssertionError("a deleted machine answered")
except ResourceException as gone:
    seen["gone"] = str(gone)
assert not [item for item in local.content.get(content="images") if item.get("vmid") == vmid]
removal = local.content(f"local:import/{name}").delete()
if removal:
    wait(node, removal)
assert not any(item["volid"] == f"local:import/{name}" for item in local.content.get(content="import"))
print(json.dumps(seen))
