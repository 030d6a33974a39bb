// Which disks the answers mean, and whether they may be installed on. Pure.
import type { AnswerProblem } from './answers.ts';
import { nameContents, nameDisk } from './plan-sentences.ts';
import type { Answers, DiskFacts, MachineFacts } from './types.ts';

/** Notes a problem by its dotted key. */
export type Note = (key: AnswerProblem['key'], message: string) => void;

/** The disks named by the answers, without those that cannot be installed on; the reasons are noted. */
export function chooseDisks(answers: Answers, facts: MachineFacts, note: Note): DiskFacts[] {
  const chosen: DiskFacts[] = [];
  for (const device of answers.disk.devices) {
    const disk = facts.disks.find((one) => one.path === device || one.ids.includes(device));
    if (disk === undefined) note('disk.devices', unknownDisk(device, facts));
    else if (disk.problem !== undefined) note('disk.devices', `${nameDisk(disk)}: ${disk.problem}`);
    else if (chosen.includes(disk)) note('disk.devices', `${device} is ${disk.name}, which is named already`);
    else chosen.push(disk);
  }
  return chosen;
}

function unknownDisk(device: string, facts: MachineFacts): string {
  const whole = facts.disks.find((disk) => disk.contents.some((content) => content.device === device));
  if (whole !== undefined) return `${device} is a part of ${whole.name}: name the whole disk, ${whole.path}`;
  const usable = facts.disks.filter(({ problem }) => problem === undefined).map(({ path }) => path);
  const there = usable.length === 0 ? 'there is none that could be used' : `there is ${usable.join(', ')}`;
  return `there is no disk ${device}; ${there}`;
}

/** Nothing may be lost that nobody allowed to be lost. */
export function checkErase(answers: Answers, chosen: readonly DiskFacts[], note: Note): void {
  if (answers.disk.erase || answers.disk.keepGuests) return;
  for (const disk of chosen)
    if (disk.contents.length > 0)
      note(
        'disk.erase',
        `${nameDisk(disk)} is not empty: ${nameContents(disk)}. With erase = true it is erased`,
      );
}

/** A second installation on a disk that stays would have the same volume group: neither would start reliably. */
export function checkOthers(chosen: readonly DiskFacts[], facts: MachineFacts, note: Note): void {
  for (const disk of facts.disks)
    if (disk.croft !== undefined && !chosen.includes(disk))
      note(
        'disk.devices',
        `${nameDisk(disk)} holds another installation of Croft: choose that disk too, or take it out`,
      );
}

/** With `keep-guests`: the same installation, whole, on exactly the chosen disks. */
export function checkKept(answers: Answers, chosen: readonly DiskFacts[], note: Note): void {
  const { hostname } = answers.system;
  for (const disk of chosen) {
    const { croft } = disk;
    const mirrored = disk.contents.some(({ type }) => type === 'linux_raid_member');
    if (croft === undefined)
      note('disk.keep-guests', `there is no installation of Croft on ${nameDisk(disk)} to keep`);
    else if (!croft.keepable)
      note('disk.keep-guests', `the installation on ${nameDisk(disk)} cannot be kept: ${croft.reason}`);
    else if (hostname !== '' && croft.hostname !== undefined && shortName(croft.hostname) !== hostname)
      note(
        'system.hostname',
        `the installation on ${disk.name} is called '${shortName(croft.hostname)}': leave it out`,
      );
    else if (mirrored && !answers.disk.mirror)
      note(
        'disk.mirror',
        `the installation on ${disk.name} is half of a mirror: name both disks and write mirror = true`,
      );
    else if (!mirrored && answers.disk.mirror)
      note(
        'disk.mirror',
        `the installation on ${disk.name} is no mirror, and cannot be made one while it is kept`,
      );
  }
  const names = new Set(chosen.flatMap(({ croft }) => croft?.hostname ?? []));
  if (names.size > 1)
    note('disk.devices', `the disks belong to different installations: ${[...names].join(', ')}`);
}

function shortName(hostname: string): string {
  return hostname.toLowerCase().split('.')[0] ?? '';
}
