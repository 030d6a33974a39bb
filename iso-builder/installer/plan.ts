// Decides what an installation will do, before anything is touched. Pure.
import { partitions } from '../../server/core/appliance-layout.ts';
import { gibibyte } from '../../server/core/units.ts';
import type { AnswerProblem } from './answers.ts';
import { checkErase, checkKept, checkOthers, chooseDisks, type Note } from './plan-disks.ts';
import { fateOf, nameDisk, renderDiskSize } from './plan-sentences.ts';
import { largestStateOn, planSizes } from './plan-sizes.ts';
import type { Answers, DiskFacts, ImageSource, InstallPlan, MachineFacts } from './types.ts';

export type PlanResult = { readonly plan: InstallPlan } | { readonly problems: readonly AnswerProblem[] };

/** What the kernel calls 2 GiB: it keeps some for itself, so MemTotal is always less. */
const enoughMemoryBytes = 1.75 * gibibyte;

/**
 * The plan, or all reasons why there can be none (with line 0: `withLines` finds the lines). `random` gives UUIDs for the
 * file systems. A plan never names a disk that has a problem, and destroys something only when `erase` allows it.
 */
export function planInstall(
  answers: Answers,
  facts: MachineFacts,
  image: ImageSource,
  random: () => string,
): PlanResult {
  const problems: AnswerProblem[] = [];
  const note: Note = (key, message) => problems.push({ key, line: 0, message });
  const chosen = chooseDisks(answers, facts, note);
  const { keepGuests, mirror, stateBytes } = answers.disk;
  checkErase(answers, chosen, note);
  checkOthers(chosen, facts, note);
  if (keepGuests) checkKept(answers, chosen, note);
  const smallest = Math.min(...chosen.map(({ sizeBytes }) => sizeBytes));
  if (chosen.length > 0 && !keepGuests) checkStateSize(stateBytes, smallest, note);
  checkNic(answers, facts, note);
  if (problems.length === 0 && chosen.length !== (mirror ? 2 : 1))
    note('disk.devices', mirror ? 'a mirror needs exactly two disks' : 'exactly one disk is needed');
  if (problems.length > 0) return { problems };
  const sizes = planSizes(smallest, stateBytes);
  return {
    plan: {
      disks: chosen.map(({ path, name, sizeBytes }) => ({ path, name, sizeBytes })),
      mirror,
      keepGuests,
      sizes: keepGuests ? { ...sizes, stateBytes: keptStateBytes(chosen) ?? sizes.stateBytes } : sizes,
      uuids: { system: random(), state: random() },
      image,
      destroys: chosen.map((disk) => fateOf(disk, keepGuests)),
      warnings: [
        ...diskWarnings(answers, chosen),
        ...networkWarnings(answers, facts),
        ...memoryWarnings(facts.memoryBytes),
      ],
    },
  };
}

function checkStateSize(stateBytes: number | undefined, diskBytes: number, note: Note): void {
  const most = largestStateOn(diskBytes);
  if (stateBytes !== undefined && stateBytes > most)
    note(
      'disk.state-size',
      `leaves too little for guests: at most ${Math.floor(most / gibibyte)}G on this disk`,
    );
}

function checkNic(answers: Answers, facts: MachineFacts, note: Note): void {
  const { nic } = answers.network;
  if (nic === undefined || facts.nics.some(({ mac }) => mac === nic)) return;
  const there = facts.nics.map(({ mac, name }) => `${mac} (${name})`).join(', ') || 'none';
  note('network.nic', `there is no network card ${nic}; there is: ${there}`);
}

function keptStateBytes(chosen: readonly DiskFacts[]): number | undefined {
  const end = new RegExp(`\\D${partitions.state.number}$`);
  const sizes = chosen.flatMap(({ contents }) => contents.filter(({ device }) => end.test(device)));
  return sizes[0]?.sizeBytes;
}

function diskWarnings(answers: Answers, chosen: readonly DiskFacts[]): string[] {
  const warnings: string[] = [];
  const [a, b] = chosen;
  if (a && b && a.sizeBytes !== b.sizeBytes) {
    const [small, large] = a.sizeBytes < b.sizeBytes ? [a, b] : [b, a];
    const unused = renderDiskSize(large.sizeBytes - small.sizeBytes);
    warnings.push(`The disks differ in size: ${unused} of ${nameDisk(large)} stay unused.`);
  }
  for (const disk of chosen)
    if (disk.transport === 'usb')
      warnings.push(`${nameDisk(disk)} is connected by USB: it is slower, and must not be pulled out.`);
  if (answers.disk.keepGuests) warnings.push(...whatStays(answers.system));
  return warnings;
}

/** Of all that the answers say only a login is used: a forgotten password may be why somebody installs again. */
function whatStays({ password, passwordHash, sshKeys }: Answers['system']): string[] {
  const anew = [
    ...(password === undefined && passwordHash === undefined ? [] : ["root's password"]),
    ...(sshKeys.length === 0 ? [] : ["root's SSH keys"]),
  ];
  const but = anew.length === 0 ? '' : `, but for ${anew.join(' and ')}`;
  return [
    `Host name, network, language and all other settings stay as they are on the disk, whatever the answers say${but}.`,
    ...(sshKeys.length === 0
      ? []
      : ["root's SSH keys that are on the disk are replaced by those of the answers."]),
    'Both slots are written anew: there is no way back to a version that was there, and a pending update is dropped.',
  ];
}

function networkWarnings({ network, disk }: Answers, { nics }: MachineFacts): string[] {
  if (disk.keepGuests) return [];
  const [card] = nics.filter(({ mac }) => mac === network.nic);
  const warnings: string[] = [];
  if (nics.length === 0)
    warnings.push('No network card was found: the machine cannot be reached from outside.');
  else if (card !== undefined && !card.link)
    warnings.push(`The network card ${card.name} (${card.mac}) has no link: is the cable plugged in?`);
  else if (!nics.some(({ link }) => link))
    warnings.push(
      `No network card has a link${network.mode === 'dhcp' ? ': there will be no address from DHCP' : ''}. Is the cable plugged in?`,
    );
  if (network.mode === 'static' && network.gateway === undefined)
    warnings.push('Without a gateway the machine reaches, and is reached from, its own network only.');
  return warnings;
}

function memoryWarnings(memoryBytes: number): string[] {
  if (memoryBytes >= enoughMemoryBytes) return [];
  return [
    `The machine has only ${(memoryBytes / gibibyte).toFixed(1)} GiB of memory: at least 2 GiB are needed.`,
  ];
}
