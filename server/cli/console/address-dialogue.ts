// "Set address" on the text console: shows the present settings, asks, tries them, and keeps them only when told so.
import { asAppError, hasCode } from '../../core/errors.ts';
import type { HostNetworkSettings } from '../../core/host-network.ts';
import { type AddressChange, answerMs } from './change-address.ts';
import { type Card, describeNetwork, type NetworkFields, networkQuestions } from './network-questions.ts';
import { askAll, askYesNo, cancelled, type Talk } from './questions.ts';

export interface AddressDialogueParts {
  readonly talk: Talk;
  readonly change: AddressChange;
  readonly cards: readonly Card[];
  /** TCP port of the web interface. */
  readonly port: number;
}

/** Runs the dialogue. Rejects with `cancelled` when nothing was changed, or when the change was taken back. */
export async function runAddressDialogue({ talk, change, cards, port }: AddressDialogueParts): Promise<void> {
  const present = change.present();
  const card = cards.find(({ mac }) => mac === present?.mac);
  const shown = change.addresses(card?.name ?? present?.nicName);
  talk.say(
    present
      ? `Now: ${describeNetwork({ ...present, nic: cardOf(present, card) })}`
      : 'Now: DHCP on every card',
  );
  talk.say(`Addresses: ${shown.join(', ') || 'none'}`);
  talk.say("Enter takes what is in brackets, '<' goes back, Ctrl+C ends.");

  const settings = await ask(talk, change, cards, present ? { ...present, nic: cardOf(present, card) } : {});
  talk.say('');
  talk.say(
    `New: ${describeNetwork({ ...settings, nic: { name: settings.nicName, mac: settings.mac, link: true } })}`,
  );
  talk.say('Without your word within a minute after the change, everything goes back by itself.');
  if (!(await askYesNo(talk, 'Change it now?'))) throw cancelled();

  await change.begin(settings);
  let kept = false;
  try {
    kept = await tried(talk, change, settings, port);
  } finally {
    if (!kept) await change.goBack();
  }
  if (!kept) throw cancelled();
  await change.keep();
  talk.say('Kept.');
}

/** Shows what came of it, and asks. */
async function tried(
  talk: Talk,
  change: AddressChange,
  settings: HostNetworkSettings,
  port: number,
): Promise<boolean> {
  talk.say('Waiting for the address...');
  const got = await change.wait(settings);
  if (got.length === 0)
    talk.say(
      settings.mode === 'dhcp' ? 'No address was given.' : 'The address is not there: is a cable plugged in?',
    );
  for (const address of got)
    talk.say(`  https://${address.includes(':') ? `[${address}]` : address}:${port}`);
  for (;;) {
    const typed = await talk.ask('Does it work? Type keep, or back', { timeoutMs: answerMs });
    if (typed === undefined) talk.say('No answer: going back.');
    if (typed === undefined || typed === 'back') return false;
    if (typed === 'keep') return true;
  }
}

/** Asks until the settings hold together. */
async function ask(
  talk: Talk,
  change: AddressChange,
  cards: readonly Card[],
  start: NetworkFields,
): Promise<HostNetworkSettings> {
  const questions = networkQuestions<NetworkFields>(cards);
  for (let fields = start; ; ) {
    fields = await askAll(questions, fields, talk);
    const { nic, mode = 'dhcp', address, gateway, dns = [] } = fields;
    const settings = { mode, mac: nic?.mac ?? '', nicName: nic?.name ?? '', address, gateway, dns };
    try {
      change.render(settings);
      return settings;
    } catch (error) {
      if (!hasCode(error, 'invalid-input')) throw error;
      for (const [field, rule] of Object.entries(asAppError(error).fields ?? {}))
        talk.say(`${field} ${rule}`);
    }
  }
}

function cardOf(settings: HostNetworkSettings, card: Card | undefined): Card {
  return card ?? { name: settings.nicName, mac: settings.mac, link: false };
}
