// Looks that find made-up things, for development: nothing is asked of any server.
import type { StorageScans } from '../storage-scans.ts';

export const fakeScans: StorageScans = {
  nfs: async () => [
    { path: '/srv/machines', options: '192.0.2.0/24' },
    { path: '/srv/public', options: '*' },
  ],
  cifs: async () => [{ share: 'machines', description: 'Disks of machines' }],
  iscsi: async (_context, portal) => [
    { target: 'iqn.2026-01.com.example:machines', portal: `${portal}:3260` },
  ],
  volumeGroups: async () => [{ vg: 'data', size: 2e12, free: 1.5e12 }],
  thinPools: async () => [{ lv: 'pool' }],
};
