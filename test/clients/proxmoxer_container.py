#!/usr/bin/python3
"""Drives a Croft daemon with Debian's unchanged proxmoxer: one container from the upload of its template to deletion.

Reads from the environment: CROFT_TEST_PORT, CROFT_TEST_USER, CROFT_TEST_TOKEN_NAME and CROFT_TEST_TOKEN_VALUE,
CROFT_TEST_TEMPLATE (a tar archive of a small system), CROFT_TEST_VMID (a number that no guest has).
Prints one line of JSON with what it saw; any difference from what a Proxmox VE server does ends it with an exception.
"""
import json
import os
import time

import urllib3
from proxmoxer import ProxmoxAPI, ResourceException

urllib3.disable_warnings()
env = os.environ
proxmox = ProxmoxAPI(
    "localhost",
    port=int(env["CROFT_TEST_PORT"]),
    user=env["CROFT_TEST_USER"],
    token_name=env["CROFT_TEST_TOKEN_NAME"],
    token_value=env["CROFT_TEST_TOKEN_VALUE"],
    verify_ssl=False,
    timeout=120,
)
node = proxmox.nodes.get()[0]["node"]
local = proxmox.nodes(node).storage("local")


def wait(upid):
    """Waits for a task as clients do, and insists that it ended well."""
    for _ in range(600):
        status = proxmox.nodes(node).tasks(upid).status.get()
        if status["status"] == "stopped":
            lines = proxmox.nodes(node).tasks(upid).log.get()
            assert status["exitstatus"] == "OK" or status["exitstatus"].startswith("WARNINGS"), (upid, status, lines)
            return
        time.sleep(0.1)
    raise AssertionError(f"{upid} did not end")


def refused(call, *args, **params):
    try:
        call(*args, **params)
    except ResourceException as error:
        return str(error)
    raise AssertionError("it was not refused")


seen = {}
with open(env["CROFT_TEST_TEMPLATE"], "rb") as template:
    wait(local.upload.post(content="vztmpl", filename=template))
name = os.path.basename(env["CROFT_TEST_TEMPLATE"])
template = f"local:vztmpl/{name}"
assert any(item["volid"] == template for item in local.content.get(content="vztmpl"))

vmid = int(env["CROFT_TEST_VMID"])
containers = proxmox.nodes(node).lxc
seen["no such template"] = refused(
    containers.post, vmid=vmid, ostemplate="local:vztmpl/nothing.tar.gz", rootfs="local:1"
)
wait(
    containers.post(
        vmid=vmid,
        ostemplate=template,
        hostname="from-proxmoxer",
        rootfs="local:1",
        memory=64,
        swap=0,
        cores=1,
        unprivileged=1,
        password="not-a-secret",
        net0="name=eth0,ip=192.0.2.77/32",
    )
)
ct = containers(vmid)
config = ct.config.get()
assert config["hostname"] == "from-proxmoxer" and int(config["memory"]) == 64, config
assert config["rootfs"].startswith(f"local:{vmid}/") and "size=1G" in config["rootfs"], config
assert config["unprivileged"] == 1 and config["ostype"] == "alpine" and config["arch"] == "amd64", config
assert "password" not in config, config

ct.config.put(description="changed by proxmoxer", tags="test;client", memory=96)
ct.config.put(mp0="local:1,mp=/srv/data")
config = ct.config.get()
assert config["description"] == "changed by proxmoxer" and int(config["memory"]) == 96, config
assert "mp=/srv/data" in config["mp0"], config
assert any(int(item["vmid"]) == vmid and item["status"] == "stopped" for item in containers.get())
assert any(item.get("vmid") == vmid and item["type"] == "lxc" for item in proxmox.cluster.resources.get(type="vm"))

wait(ct.snapshot.post(snapname="clean", description="before the first start"))
assert {item["name"] for item in ct.snapshot.get()} == {"clean", "current"}
assert ct.snapshot("clean").config.get()["hostname"] == "from-proxmoxer"

wait(ct.status.start.post())
current = ct.status.current.get()
assert current["status"] == "running" and current["vmid"] == vmid and current["type"] == "lxc", current
seen["status"] = current["status"]
for _ in range(100):
    cards = {card["name"]: card for card in ct.interfaces.get()}
    if "inet" in cards.get("eth0", {}):
        break
    time.sleep(0.1)
seen["address"] = cards["eth0"]["inet"]
ct.config.put(hostname="renamed", memory=80)
terminal = ct.termproxy.post()
assert terminal["ticket"].startswith("PVEVNC:") and int(terminal["port"]) >= 5900, terminal
seen["delete while it runs"] = refused(ct.delete)

wait(ct.status.shutdown.post(timeout=30))
assert ct.status.current.get()["status"] == "stopped"
wait(ct.snapshot("clean").rollback.post())
assert ct.config.get()["hostname"] == "from-proxmoxer" and int(ct.config.get()["memory"]) == 96
wait(ct.clone.post(newid=vmid + 1, hostname="copied", full=1))
wait(containers(vmid + 1).delete())
wait(ct.resize.put(disk="rootfs", size="+1G"))
assert "size=2G" in ct.config.get()["rootfs"]
wait(ct.status.start.post())
wait(ct.status.stop.post())
wait(ct.snapshot("clean").delete())
assert [item["name"] for item in ct.snapshot.get()] == ["current"]
wait(ct.delete(purge=1))
seen["gone"] = refused(ct.config.get)
assert not [item for item in local.content.get(content="rootdir") if item.get("vmid") in (vmid, vmid + 1)]
removal = local.content(template).delete()
if removal:
    wait(removal)
assert not any(item["volid"] == template for item in local.content.get(content="vztmpl"))
print(json.dumps(seen))
