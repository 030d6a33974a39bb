// The kernel's list of mounts as NFS, SMB and Gluster mounts stand in it.
import { expect, test } from 'vitest';
import { isMountOf as isShare, readCifsShare } from '../cifs/cifs-options.ts';
import type { MountEntry } from '../folders/open-mounts.ts';
import { isMountOf as isVolume, readGlusterVolume } from '../glusterfs/gluster-options.ts';
import { isMountOf as isExport, readNfsExport } from '../nfs/nfs-options.ts';
import { readMountState } from './mount-state.ts';

const table = `22 28 0:20 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs rw
28 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw
601 28 0:52 / /mnt/croft/nas rw,nosuid,nodev,relatime shared:330 - nfs4 192.0.2.5:/srv/my\\040images rw,vers=4.2,rsize=1048576,wsize=1048576,namlen=255,hard,proto=tcp,timeo=600,retrans=2,sec=sys,clientaddr=192.0.2.9,local_lock=none,addr=192.0.2.5
602 28 0:53 / /mnt/croft/old ro,nosuid,nodev,relatime shared:331 - nfs [2001:db8::5]:/srv/ rw,vers=3,rsize=1048576
603 28 0:54 / /mnt/croft/share rw,nosuid,nodev,relatime shared:332 - cifs //NAS/Images/nodes rw,vers=3.1.1,cache=strict,username=croft,uid=64055,forceuid,gid=0,forcegid,addr=192.0.2.6,file_mode=0600,dir_mode=0700,soft,nounix,serverino,mapposix,nobrl,rsize=4194304
604 28 0:55 / /mnt/croft/gv rw,relatime shared:333 - fuse.glusterfs gluster1:/gv0 rw,user_id=0,group_id=0,default_permissions,allow_other,max_read=131072
605 601 0:56 / /mnt/croft/nas ro,relatime shared:334 - tmpfs tmpfs ro
`;
const at = (place: string, isOurs: (entry: MountEntry) => boolean) => readMountState(table, place, isOurs);

test('an NFS export is known by its source, whatever is written at its end', () => {
  const old = readNfsExport({ server: '2001:db8::5', export: '/srv' });
  expect(at('/mnt/croft/old', (entry) => isExport(old, entry))).toEqual({
    ...{ kind: 'ours', readOnly: true, harmless: true },
  });
  const other = readNfsExport({ server: '2001:db8::6', export: '/srv' });
  expect(at('/mnt/croft/old', (entry) => isExport(other, entry)).kind).toBe('foreign');
});

test('of mounts on each other the topmost counts', () => {
  const nas = readNfsExport({ server: '192.0.2.5', export: '/srv/my images' });
  expect(at('/mnt/croft/nas', (entry) => isExport(nas, entry))).toEqual({
    ...{ kind: 'foreign', source: 'tmpfs', fileSystem: 'tmpfs' },
  });
  const below = table.split('\n').slice(0, -2).join('\n');
  expect(readMountState(below, '/mnt/croft/nas', (entry) => isExport(nas, entry)).kind).toBe('ours');
});

test('an SMB share is known whatever the case of its letters', () => {
  const share = readCifsShare({ server: 'nas', share: 'images', subdir: '/nodes' });
  expect(at('/mnt/croft/share', (entry) => isShare(share, entry))).toMatchObject({
    kind: 'ours',
    readOnly: false,
  });
  const whole = readCifsShare({ server: 'nas', share: 'images' });
  expect(at('/mnt/croft/share', (entry) => isShare(whole, entry)).kind).toBe('foreign');
});

test('a Gluster volume is known under each of its servers', () => {
  const ours = (servers: Record<string, string>, volume = 'gv0') => {
    const gluster = readGlusterVolume({ ...servers, volume });
    return at('/mnt/croft/gv', (entry) => isVolume(gluster, entry));
  };
  expect(ours({ server: 'gluster1' })).toEqual({ kind: 'ours', readOnly: false, harmless: false });
  expect(ours({ server: 'gluster2', server2: 'gluster1' }).kind).toBe('ours');
  expect(ours({ server: 'gluster2' }).kind).toBe('foreign');
  expect(ours({ server: 'gluster1' }, 'gv01').kind).toBe('foreign');
});

test('nothing is mounted where the list has nothing', () => {
  expect(at('/mnt/croft', () => true)).toEqual({ kind: 'free' });
  expect(readMountState('', '/mnt/croft/nas', () => true)).toEqual({ kind: 'free' });
});
