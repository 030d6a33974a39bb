// Which mounts limit trees: recorded lines of /proc/self/mountinfo.
import { describe, expect, test } from 'vitest';
import { readMountInfo, upperFolders } from '../folders/open-mounts.ts';
import { enforcesProjects, mountOf } from './project-quota.ts';

const recorded = `22 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
28 22 254:16 / /var/lib/croft/volumes/local rw,relatime shared:20 - ext4 /dev/vdb rw,quota,prjquota
29 22 254:32 / /srv/plain rw,relatime - ext4 /dev/vdc rw
30 22 254:48 / /srv/xfs rw,relatime - xfs /dev/vdd rw,attr2,inode64,logbufs=8,logbsize=32k,prjquota
31 22 254:64 / /srv/counted rw,relatime - xfs /dev/vde rw,attr2,inode64,pqnoenforce
32 22 0:50 / /srv/pool rw,relatime - btrfs /dev/vdf rw,space_cache=v2,subvolid=5,subvol=/
33 22 254:80 / /srv/with\\040blank rw - xfs /dev/vdg rw,prjquota
34 33 0:60 / /srv/merged rw,relatime - overlay none rw,lowerdir=/a:/b,upperdir=/srv/with\\040blank/u\\134:1,workdir=/w
`;

describe('project quotas', () => {
  test.each([
    ['/var/lib/croft/volumes/local/images', true],
    ['/var/lib/croft/volumes/local', true],
    ['/var/lib/croft/volumes/localx', false],
    ['/var/lib/croft', false],
    ['/srv/plain/x', false],
    ['/srv/xfs', true],
    ['/srv/counted', false],
    ['/srv/pool', false],
    ['/srv/with blank/images', true],
  ])('on %s: %s', (path, enforced) => {
    const mount = mountOf(readMountInfo(recorded), path);
    expect(mount && enforcesProjects(mount)).toBe(enforced);
  });

  test('the mount on top counts where two lie on one place', () => {
    const over = `${recorded}40 28 0:70 / /var/lib/croft/volumes/local rw - tmpfs tmpfs rw\n`;
    expect(mountOf(readMountInfo(over), '/var/lib/croft/volumes/local')?.fileSystem).toBe('tmpfs');
  });

  test('no line, no mount', () => {
    expect(mountOf(readMountInfo(''), '/x')).toBeUndefined();
    expect(readMountInfo('nonsense\n1 2 3 - \n')).toEqual([]);
  });

  test('upper folders of overlays are read without their escapes', () => {
    expect(upperFolders(recorded)).toEqual(['/srv/with blank/u:1']);
  });
});
