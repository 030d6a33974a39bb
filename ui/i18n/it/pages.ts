// Italian words of the pages and dialogs that are loaded when they are opened.
import { accessWords } from './access.ts';
import { applianceWords } from './appliance.ts';
import { asCodeWords } from './as-code.ts';
import { backupJobWords } from './backup-jobs.ts';
import { backupWords } from './backups.ts';
import { behindWords } from './behind.ts';
import { cloudInitWords } from './cloud-init.ts';
import { configBackupWords } from './config-backups.ts';
import { containerWords } from './containers.ts';
import { copyWords } from './copies.ts';
import { hardwareWords } from './hardware.ts';
import { importReportWords } from './import-report.ts';
import { keyAndSizeWords } from './keys-and-sizes.ts';
import { machineWords } from './machines.ts';
import { nodeWords } from './node.ts';
import { notificationWords } from './notifications.ts';
import { proofWords } from './proofs.ts';
import { searchWords } from './search.ts';
import { storageWords } from './storages.ts';
import { tableWords } from './tables.ts';
import { volumeWords } from './volumes.ts';

export const words = {
  ...accessWords,
  ...machineWords,
  ...hardwareWords,
  ...nodeWords,
  ...containerWords,
  ...cloudInitWords,
  ...importReportWords,
  ...keyAndSizeWords,
  ...behindWords,
  ...backupJobWords,
  ...backupWords,
  ...proofWords,
  ...configBackupWords,
  ...notificationWords,
  ...copyWords,
  ...asCodeWords,
  ...applianceWords,
  ...searchWords,
  ...storageWords,
  ...tableWords,
  ...volumeWords,
} as const;
