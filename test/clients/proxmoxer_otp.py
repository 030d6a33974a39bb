#!/usr/bin/python3
"""Logs in to a Croft daemon with Debian's unchanged proxmoxer and a second factor.

Reads from the environment: CROFT_TEST_PORT, CROFT_TEST_USER, CROFT_TEST_PASSWORD, CROFT_TEST_OTP (empty for none).
Prints one line of JSON: the server's version, whose permissions it was told of and whether the ticket renewed itself
without another code; or how it was refused.
"""
import json
import os

import urllib3
from proxmoxer import ProxmoxAPI, ResourceException
from proxmoxer.backends.https import AuthenticationError

urllib3.disable_warnings()
env = os.environ
try:
    proxmox = ProxmoxAPI(
        "localhost",
        port=int(env["CROFT_TEST_PORT"]),
        user=env["CROFT_TEST_USER"],
        password=env["CROFT_TEST_PASSWORD"],
        otp=env["CROFT_TEST_OTP"] or None,
        verify_ssl=False,
        timeout=30,
    )
    seen = {"version": proxmox.version.get()["version"], "user": env["CROFT_TEST_USER"]}
    assert proxmox.access.permissions.get()["/"]["Sys.Modify"] == 1
    ticket, csrf = proxmox.get_tokens()
    renewed = proxmox.access.ticket.post(username=env["CROFT_TEST_USER"], password=ticket)
    seen["renewed"] = "NeedTFA" not in renewed and renewed["ticket"].startswith("PVE:" + env["CROFT_TEST_USER"])
except (AuthenticationError, ResourceException) as error:
    seen = {"refused": str(error)}
print(json.dumps(seen))
