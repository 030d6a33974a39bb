// The questions about the network, the same for an installation and for a change of address.
import type { Question } from './questions.ts';
import { addressProblem, gatewayProblem, nameServersProblem, pick, readWords } from './values.ts';

export interface Card {
  readonly name: string;
  /** Permanent address, lower case. */
  readonly mac: string;
  /** Is there a cable with something at its other end? */
  readonly link: boolean;
}

export interface NetworkFields {
  readonly nic?: Card;
  readonly mode?: 'dhcp' | 'static';
  readonly address?: string | undefined;
  readonly gateway?: string | undefined;
  readonly dns?: readonly string[];
}

const words = { d: 'dhcp', dhcp: 'dhcp', s: 'static', static: 'static' } as const;

/** Questions with the keys `network.…`. Cards with a link should come first; the first is the default. */
export function networkQuestions<Answers extends NetworkFields>(cards: readonly Card[]): Question<Answers>[] {
  const fixed = (answers: Answers): boolean => answers.mode === 'static';
  return [
    {
      key: 'network.nic',
      when: () => cards.length > 1,
      intro: () => ['', 'Network cards:', ...cards.map((card, at) => `  ${at + 1}  ${describeCard(card)}`)],
      text: 'Number of the card for this machine',
      default: (answers) =>
        String(
          Math.max(
            0,
            cards.findIndex(({ mac }) => mac === answers.nic?.mac),
          ) + 1,
        ),
      take: (typed, answers) => {
        const nic = pick(typed, cards);
        return nic ? { ...answers, nic } : `A number from 1 to ${cards.length}.`;
      },
    },
    {
      key: 'network.mode',
      intro: () => [''],
      text: 'Address: dhcp (given by the network) or static',
      default: (answers) => answers.mode ?? 'dhcp',
      take: (typed, answers) => {
        const mode = words[typed.toLowerCase() as keyof typeof words];
        if (!mode) return 'Type dhcp or static.';
        const nic = answers.nic ?? cards[0];
        const chosen = { ...answers, mode, ...(nic ? { nic } : {}) };
        return mode === 'static' ? chosen : { ...chosen, address: undefined, gateway: undefined, dns: [] };
      },
    },
    {
      key: 'network.address',
      when: fixed,
      text: 'Address with the length of its prefix, such as 192.0.2.10/24',
      default: (answers) => answers.address,
      take: (address, answers) => addressProblem(address) ?? { ...answers, address },
    },
    {
      key: 'network.gateway',
      when: fixed,
      text: 'Gateway (- for none)',
      default: (answers) =>
        answers.gateway !== undefined && gatewayProblem(answers.gateway, answers.address ?? '') === undefined
          ? answers.gateway
          : undefined,
      take: (typed, answers) => {
        if (typed === '') return 'An IP address, or - for none.';
        if (typed === '-') return { ...answers, gateway: undefined };
        return gatewayProblem(typed, answers.address ?? '') ?? { ...answers, gateway: typed };
      },
    },
    {
      key: 'network.dns',
      when: fixed,
      text: 'Name servers, separated by blanks (- for none)',
      default: (answers) => answers.dns?.join(' ') || answers.gateway,
      take: (typed, answers) => {
        const dns = typed === '-' ? [] : readWords(typed);
        return nameServersProblem(dns) ?? { ...answers, dns };
      },
    },
  ];
}

/** `enp3s0  52:54:00:12:34:56  link`. */
function describeCard({ name, mac, link }: Card): string {
  return `${name.padEnd(12)}  ${mac}  ${link ? 'link' : 'no link'}`;
}

/** `dhcp on enp3s0`, or the fixed values, for a review. */
export function describeNetwork({ nic, mode, address, gateway, dns = [] }: NetworkFields): string {
  const card = nic ? ` on ${nic.name} (${nic.mac})` : '';
  if (mode !== 'static') return `DHCP${card}`;
  return `${address}${card}, gateway ${gateway ?? 'none'}, name servers ${dns.join(' ') || 'none'}`;
}
