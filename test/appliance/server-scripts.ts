// Scripts for sh(1) on a lab node: they start the storage servers out of their own root, cut them off, and bring them back. Pure texts.
import {
  cifsFolder,
  cifsPassword,
  cifsShare,
  cifsUser,
  glusterBricks,
  glusterVolume,
  iscsiPassword,
  iscsiTarget,
  iscsiUser,
  lunFile,
  nfsExport,
  type StorageServer,
  servedFolder,
  serverAddresses,
  serversFolder,
  serversRoot,
} from './storage-places.ts';

/** The squashfs with the servers, once it is on the node. */
export const serversImage = `${serversFolder}/root.squashfs`;

const inRoot = (...words: string[]) => `chroot ${serversRoot} ${words.join(' ')}`;

/** A server that stays: a unit of its own, so that it outlives the shell, and its words are in the journal. */
const service = (name: string, ...words: string[]) => `
systemctl is-active --quiet lab-${name}.service ||
  systemd-run --quiet --collect --unit=lab-${name} ${inRoot(...words)}
`;

/** Waits up to a minute and a half until the command succeeds. */
const untilDone = (command: string) => `
tries=0
until ${command}; do
  tries=$((tries + 1))
  [ $tries -lt 90 ] || { echo 'not in time: ${command.replaceAll("'", '')}' >&2; exit 1; }
  sleep 1
done
`;

/** A file system of its own in a sparse file: what fills it up fills nothing else. */
const fileSystem = (name: string, mebibytes: number, at: string) => `
if ! mountpoint -q ${at}; then
  mkdir -p ${at}
  truncate -s ${mebibytes}M ${serversFolder}/${name}.img
  mkfs.xfs -q -f -m crc=1 ${serversFolder}/${name}.img
  mount -o loop,discard ${serversFolder}/${name}.img ${at}
fi
`;

/** The servers' root: read-only image, changes in memory, the node's devices and served folders inside. Repeatable. */
export const mountServersRoot = `
modprobe -a loop overlay nfsd
mkdir -p ${servedFolder} /run/lab-servers/image ${serversRoot}
mountpoint -q /proc/fs/nfsd || mount -t nfsd nfsd /proc/fs/nfsd
if ! mountpoint -q ${serversRoot}; then
  mount -o loop,ro ${serversImage} /run/lab-servers/image
  mkdir -p /run/lab-servers/changes
  mount -t tmpfs -o size=512m tmpfs /run/lab-servers/changes
  mkdir /run/lab-servers/changes/upper /run/lab-servers/changes/work
  mount -t overlay -o lowerdir=/run/lab-servers/image,upperdir=/run/lab-servers/changes/upper,workdir=/run/lab-servers/changes/work \\
    overlay ${serversRoot}
  for folder in dev proc sys; do
    mount --rbind /$folder ${serversRoot}/$folder
    mount --make-rslave ${serversRoot}/$folder
  done
  mkdir -p ${serversRoot}${servedFolder}
  # Shared: what is mounted below it later is seen by the servers.
  mountpoint -q ${servedFolder} || mount --bind ${servedFolder} ${servedFolder}
  mount --make-shared ${servedFolder}
  mount --bind ${servedFolder} ${serversRoot}${servedFolder}
  cp /etc/hostname /etc/hosts ${serversRoot}/etc/
fi
${Object.values(serverAddresses)
  .map((address) => `ip address replace ${address}/32 dev lo`)
  .join('\n')}
`;

/**
 * Short times of grace: the first file that is made would wait for minutes. It is version 4's root itself (exports(5), fsid=0):
 * what is above it lies on overlays, which cannot be exported.
 */
const startNfs = `
${fileSystem('nfs', 6144, nfsExport)}
chmod 755 ${nfsExport}
echo '${nfsExport} *(rw,no_root_squash,insecure,no_subtree_check,fsid=0)' > ${serversRoot}/etc/exports
mkdir -p ${serversRoot}/var/lib/nfs
touch ${serversRoot}/var/lib/nfs/etab ${serversRoot}/var/lib/nfs/rmtab
# Version 3 asks it for ports. It takes them by its local socket only.
systemctl start rpcbind.socket rpcbind.service
if ! mountpoint -q ${serversRoot}/run/rpcbind.sock; then
  touch ${serversRoot}/run/rpcbind.sock
  mount --bind /run/rpcbind.sock ${serversRoot}/run/rpcbind.sock
fi
${inRoot('exportfs', '-ra')}
${service('mountd', 'rpc.mountd', '--foreground')}
${inRoot('rpc.nfsd', '-G', '10', '-L', '10', '4')}
${untilDone(`grep -q '[1-9]' /proc/fs/nfsd/threads`)}
`;

const smbConf = `[global]
server role = standalone server
log level = 1
disable spoolss = yes
load printers = no
smb ports = 445
map to guest = never
[${cifsShare}]
path = ${cifsFolder}
valid users = ${cifsUser}
read only = no
force user = root
`;

const startCifs = `
${fileSystem('cifs', 4096, cifsFolder)}
mkdir -p ${serversRoot}/run/samba ${serversRoot}/var/log/samba ${serversRoot}/var/lib/samba/private ${serversRoot}/var/cache/samba
grep -q '^${cifsUser}:' ${serversRoot}/etc/passwd || {
  echo '${cifsUser}:x:4711:65534::/nonexistent:/usr/sbin/nologin' >> ${serversRoot}/etc/passwd
}
cat > ${serversRoot}/etc/samba/smb.conf <<'CONF'
${smbConf}CONF
printf '%s\\n%s\\n' '${cifsPassword}' '${cifsPassword}' | ${inRoot('smbpasswd', '-s', '-a', cifsUser)}
${service('smbd', 'smbd', '--foreground', '--no-process-group', '--debug-stdout')}
${untilDone(`ss -Hltn 'sport = :445' | grep -q .`)}
`;

const target = '/sys/kernel/config/target';
const portalGroup = `${target}/iscsi/${iscsiTarget}/tpgt_1`;

/**
 * A unit of the target over a sparse file. The kernel is told directly what targetcli(8) would tell it, which takes seconds for
 * each command here: Documentation/target/ of Linux.
 */
export function addLun(number: number, mebibytes: number): string {
  const backstore = `${target}/core/fileio_${number}/lun${number}`;
  return `
# One that was there keeps its data: how much of it is shown is said below.
[ -e ${lunFile(number)} ] || truncate -s ${mebibytes}M ${lunFile(number)}
mkdir -p ${backstore}
echo 'fd_dev_name=${lunFile(number)},fd_dev_size=${mebibytes * 1024 ** 2},fd_buffered_io=1' > ${backstore}/control
echo 1 > ${backstore}/enable
# The same after it was taken away and put back: it is the same disk then. The number comes first: of the digits only 25 are in the id
# that a node sees (NAA 6, spc_gen_naa_6h_vendor_specific of Linux).
echo 0000000${number}-0000-4000-8000-000000000000 > ${backstore}/wwn/vpd_unit_serial
mkdir -p ${portalGroup}/lun/lun_${number}
ln -s ${backstore} ${portalGroup}/lun/lun_${number}/unit
`;
}

export function removeLun(number: number): string {
  return `
rm ${portalGroup}/lun/lun_${number}/unit
rmdir ${portalGroup}/lun/lun_${number}
rmdir ${target}/core/fileio_${number}/lun${number}
rmdir ${target}/core/fileio_${number} 2> /dev/null || true
`;
}

/** The same unit with less behind it, as when somebody shrinks a volume of a storage array. Connections break meanwhile. */
export function shrinkLun(number: number, mebibytes: number): string {
  return `
echo 0 > ${portalGroup}/enable
${removeLun(number)}
${addLun(number, mebibytes)}
echo 1 > ${portalGroup}/enable
`;
}

/** Whoever knows the name and the password of CHAP may log in. */
const startIscsi = `
modprobe -a target_core_mod target_core_file iscsi_target_mod
mountpoint -q /sys/kernel/config || mount -t configfs configfs /sys/kernel/config
if [ ! -d ${portalGroup} ]; then
  mkdir -p ${target}/iscsi
  mkdir -p ${portalGroup}
  mkdir -p ${portalGroup}/np/${serverAddresses.iscsi}:3260
  ${addLun(0, 6144).replaceAll('\n', '\n  ')}
  ${addLun(1, 1024).replaceAll('\n', '\n  ')}
  echo 1 > ${portalGroup}/attrib/generate_node_acls
  echo 1 > ${portalGroup}/attrib/cache_dynamic_acls
  echo 0 > ${portalGroup}/attrib/demo_mode_write_protect
  echo 1 > ${portalGroup}/attrib/authentication
  # A line's end would be part of them.
  printf %s ${iscsiUser} > ${portalGroup}/auth/userid
  printf %s ${iscsiPassword} > ${portalGroup}/auth/password
  echo 1 > ${portalGroup}/enable
fi
`;

/** Without CHAP, and with it again. Connections that are there stay. */
export const askForNoPassword = `echo 0 > ${portalGroup}/attrib/authentication`;
export const askForPassword = `echo 1 > ${portalGroup}/attrib/authentication`;

const gluster = (...words: string[]) => inRoot('gluster', '--mode=script', ...words);
const bricksOfVolume = glusterBricks.map((brick) => `${serverAddresses.glusterfs}:${brick}`);

const startGlusterfs = `
${fileSystem('brick-one', 4096, `${servedFolder}/bricks/one`)}
${fileSystem('brick-two', 4096, `${servedFolder}/bricks/two`)}
mkdir -p ${serversRoot}/run/gluster ${serversRoot}/var/log/glusterfs/bricks ${serversRoot}/var/lib/glusterd
modprobe fuse
${service('glusterd', 'glusterd', '--no-daemon', '--log-level', 'WARNING')}
${untilDone(`${gluster('volume', 'list')} > /dev/null 2>&1`)}
${gluster('volume', 'info', glusterVolume)} > /dev/null 2>&1 ||
  ${gluster('volume', 'create', glusterVolume, 'replica', '2', ...bricksOfVolume, 'force')}
${gluster('volume', 'set', glusterVolume, 'network.ping-timeout', '10')}
${gluster('volume', 'start', glusterVolume)} || true
${untilDone(`[ "$(pgrep -c glusterfsd)" -ge 2 ]`)}
`;

/** Each repeatable, after `mountServersRoot`. */
export const startServer: Readonly<Record<StorageServer, string>> = {
  nfs: startNfs,
  cifs: startCifs,
  iscsi: startIscsi,
  glusterfs: startGlusterfs,
};

const cutTable = (server: StorageServer) => `lab-cut-${server}`;

/** As when its cable is pulled: what is sent to it gets no answer, not even a refusal. */
export function cutOff(server: StorageServer): string {
  return `nft -f - <<'RULES'
table inet ${cutTable(server)} {
  chain cut {
    type filter hook output priority -300; policy accept;
    ip daddr ${serverAddresses[server]} counter drop
  }
}
RULES
`;
}

/** Takes the cut back. Repeatable. */
export function reconnect(server: StorageServer): string {
  return `nft delete table inet ${cutTable(server)} 2> /dev/null || true`;
}

/** Ends the process of one brick, 0 or 1, as a crash of it does. */
export function killBrick(number: number): string {
  const brick = glusterBricks[number] ?? '';
  return `pkill -KILL -f -- 'glusterfsd .*--brick-name ${brick}( |$)'`;
}

/** Ends the client's process of every mount of GlusterFS. The brackets keep the pattern from finding the shell that runs this. */
export const killMounts = "pkill -KILL -f -- '[-]-process-name[= ]fuse'";

/** What glusterd does for bricks that are not there: it starts them again. */
export const startBricks = gluster('volume', 'start', glusterVolume, 'force');
