#!/usr/bin/env python3
"""An independent reader and writer of VMA archives, for the tests only.

Made from the published description of the format (vma_spec.txt of pve-qemu), and sharing nothing with the program that
it checks: whole files in memory, plain loops.

  vma_check.py read ARCHIVE          what the archive holds, as JSON
  vma_check.py write PLAN ARCHIVE    an archive as the JSON file PLAN says, with the habits of other writers
"""
import hashlib
import json
import struct
import sys

CLUSTER = 65536
BLOCK = 4096


def need(truth, what):
    if not truth:
        raise SystemExit("vma_check: " + what)


def read(path):
    with open(path, "rb") as file:
        raw = file.read()
    need(raw[0:4] == b"VMA\x00", "magic")
    version, = struct.unpack_from(">I", raw, 4)
    need(version == 1, "version")
    uuid = raw[8:24]
    ctime, = struct.unpack_from(">q", raw, 24)
    blob_offset, blob_size, header_size = struct.unpack_from(">III", raw, 48)
    need(header_size % 512 == 0, "header size %d" % header_size)
    need(blob_offset == 12288 and blob_offset + blob_size <= header_size, "blob buffer")
    digest = hashlib.md5(raw[0:32] + bytes(16) + raw[48:header_size]).digest()
    need(digest == raw[32:48], "header checksum")
    need(not any(raw[60:2044]) and not any(raw[4092:4096]), "reserved bytes of the header")

    blobs = {}
    position = 1
    while position + 2 <= blob_size:
        start = blob_offset + position
        length = raw[start] + 256 * raw[start + 1]
        need(position + 2 + length <= blob_size, "blob at %d" % position)
        blobs[position] = raw[start + 2:start + 2 + length]
        position += 2 + length
    need(position == blob_size, "blobs end at %d of %d" % (position, blob_size))

    def text(pointer):
        need(blobs[pointer][-1:] == b"\x00", "name at %d" % pointer)
        return blobs[pointer][:-1].decode("ascii")

    configs = []
    for slot in range(256):
        name, = struct.unpack_from(">I", raw, 2044 + 4 * slot)
        data, = struct.unpack_from(">I", raw, 3068 + 4 * slot)
        if name and data:
            configs.append({"name": text(name), "sha256": hashlib.sha256(blobs[data]).hexdigest()})

    devices = {}
    for dev_id in range(1, 256):
        name, reserved, size, more, last = struct.unpack_from(">IIQQQ", raw, 4096 + 32 * dev_id)
        need(reserved == 0 and more == 0 and last == 0, "reserved bytes of device %d" % dev_id)
        if name:
            room = (size + CLUSTER - 1) // CLUSTER * CLUSTER
            devices[dev_id] = {"name": text(name), "size": size, "image": bytearray(room), "seen": set()}

    extents = 0
    zero_blocks_stored = 0
    position = header_size
    while position < len(raw):
        head = raw[position:position + 512]
        need(len(head) == 512 and head[0:4] == b"VMAE" and head[4:6] == b"\x00\x00", "extent at %d" % position)
        need(head[8:24] == uuid, "uuid of the extent at %d" % position)
        need(hashlib.md5(head[0:24] + bytes(16) + head[40:512]).digest() == head[24:40], "extent checksum")
        block_count, = struct.unpack_from(">H", head, 6)
        data = position + 512
        stored = 0
        for entry in range(59):
            mask, _reserved, dev_id, cluster = struct.unpack_from(">HBBI", head, 40 + 8 * entry)
            if dev_id == 0:
                continue
            device = devices[dev_id]
            need(cluster not in device["seen"], "cluster %d of %s twice" % (cluster, device["name"]))
            device["seen"].add(cluster)
            for block in range(16):
                if not mask >> block & 1:
                    continue
                piece = raw[data + stored * BLOCK:data + (stored + 1) * BLOCK]
                need(len(piece) == BLOCK, "block cut off")
                at = cluster * CLUSTER + block * BLOCK
                need(at < device["size"], "block behind the end of %s" % device["name"])
                device["image"][at:at + BLOCK] = piece
                if not any(piece):
                    zero_blocks_stored += 1
                stored += 1
        need(stored == block_count, "extent counts %d blocks, lists %d" % (block_count, stored))
        position = data + stored * BLOCK
        extents += 1

    listed = []
    for dev_id, device in devices.items():
        count = (device["size"] + CLUSTER - 1) // CLUSTER
        need(device["seen"] == set(range(count)), "missing clusters of %s" % device["name"])
        need(not any(device["image"][device["size"]:]), "bytes behind the end of %s" % device["name"])
        image = bytes(device["image"][:device["size"]])
        listed.append({"id": dev_id, "name": device["name"], "bytes": device["size"],
                       "sha256": hashlib.sha256(image).hexdigest()})
    return {"uuid": uuid.hex(), "ctime": ctime, "configs": configs, "devices": listed, "extents": extents,
            "zeroBlocksStored": zero_blocks_stored}


def write(plan_path, path):
    """PLAN: uuid (hex), ctime, configs [[name, text]], devices [[id, name, file]], clusters [[id, number]] in the order
    to be written, perExtent, and the habits wholeLastCluster, storeZeros, unalignedHeader, emptyExtentAtEnd, gaps."""
    with open(plan_path, encoding="utf-8") as file:
        plan = json.load(file)
    blobs = bytearray(b"\x00")

    def blob(content):
        start = len(blobs)
        blobs.extend(struct.pack("<H", len(content)) + content)
        return start

    fixed = bytearray(12288)
    uuid = bytes.fromhex(plan["uuid"])
    fixed[0:24] = b"VMA\x00" + struct.pack(">I", 1) + uuid
    struct.pack_into(">q", fixed, 24, plan["ctime"])
    for slot, (name, content) in enumerate(plan["configs"]):
        struct.pack_into(">I", fixed, 2044 + 4 * slot, blob(name.encode() + b"\x00"))
        struct.pack_into(">I", fixed, 3068 + 4 * slot, blob(content.encode()))
    images = {}
    for dev_id, name, image_path in plan["devices"]:
        with open(image_path, "rb") as file:
            images[dev_id] = file.read()
        struct.pack_into(">IIQ", fixed, 4096 + 32 * dev_id, blob(name.encode() + b"\x00"), 0, len(images[dev_id]))
    padding = 0 if plan.get("unalignedHeader") else -len(blobs) % 512
    struct.pack_into(">III", fixed, 48, 12288, len(blobs), 12288 + len(blobs) + padding)
    header = fixed + blobs + bytes(padding)
    header[32:48] = hashlib.md5(header).digest()

    out = [bytes(header)]
    clusters = plan["clusters"]
    per_extent = plan["perExtent"]
    groups = [clusters[i:i + per_extent] for i in range(0, len(clusters), per_extent)]
    if plan.get("emptyExtentAtEnd"):
        groups.append([])
    for group in groups:
        head = bytearray(512)
        data = bytearray()
        for index, (dev_id, number) in enumerate(group):
            image = images[dev_id]
            content = image[number * CLUSTER:(number + 1) * CLUSTER]
            if len(content) < CLUSTER and plan.get("wholeLastCluster"):
                content = content + b"\xee" * (CLUSTER - len(content))
            mask = 0
            for block in range(16):
                piece = content[block * BLOCK:(block + 1) * BLOCK]
                if piece and (any(piece) or plan.get("storeZeros")):
                    mask |= 1 << block
                    data.extend(piece + b"\xee" * (BLOCK - len(piece)))
            entry = index * 2 if plan.get("gaps") else index
            struct.pack_into(">HBBI", head, 40 + 8 * entry, mask, 0, dev_id, number)
        head[0:24] = b"VMAE\x00\x00" + struct.pack(">H", len(data) // BLOCK) + uuid
        head[24:40] = hashlib.md5(head).digest()
        out.append(bytes(head + data))
    with open(path, "wb") as file:
        file.write(b"".join(out))


if __name__ == "__main__":
    if sys.argv[1] == "read":
        json.dump(read(sys.argv[2]), sys.stdout)
    else:
        write(sys.argv[2], sys.argv[3])
