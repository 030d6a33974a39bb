// Italian words of the frame beside those of `overview.ts`: the views of the tree, search, notices, the user's menu, the dock.
import type { frameWords as English } from '../en/frame.ts';
import type { Translation } from '../words.ts';

export const frameWords: Translation<typeof English> = {
  'tree.view': 'Disponi per',
  'tree.view.server': 'Server',
  'tree.view.kind': 'Tipo',
  'tree.view.pool': 'Pool',
  'tree.view.tag': 'Tag',
  'tree.view.storage': 'Storage',
  'tree.folder.node': 'Nodi',
  'tree.folder.qemu': 'Macchine virtuali',
  'tree.folder.lxc': 'Container',
  'tree.folder.template': 'Template',
  'tree.folder.storage': 'Storage',
  'tree.noPool': 'In nessun pool',
  'tree.noTag': 'Senza tag',
  'tree.noMatch': 'Nessun elemento corrisponde al filtro',
  'tree.poolsFailed': 'Impossibile leggere i pool: mancano quelli senza guest.',
  'tree.filterHint': 'Filtro, ad es. status:running',
  'tree.filterHelp':
    'Le parole sono cercate in nomi, numeri, tag, stati, nodi e pool. status:running, tag:web, node:pve1, type:ct, pool:, mem>4G, cpu>=50% e uptime>3d cercano una singola proprietà; un segno meno davanti le nega.',

  'filterProblem.unknown-key': 'La proprietà in {part} non esiste',
  'filterProblem.no-value': '{part} richiede un valore',
  'filterProblem.nothing-negated': '{part} deve essere seguito da una parola',
  'filterProblem.open-quote': 'In {part} manca la virgoletta di chiusura',
  'filterProblem.unknown-value': 'Il valore in {part} non esiste',
  'filterProblem.not-comparable': '{part}: confronto non possibile',
  'filterProblem.not-a-size': '{part} richiede una dimensione, ad esempio 4G',
  'filterProblem.not-a-count': '{part} richiede un numero',
  'filterProblem.not-a-duration': '{part} richiede una durata, ad esempio 3d',

  'search.open': 'Cerca',
  'crumbs.label': 'Posizione',

  'notices.label': 'Notifiche',
  'notices.unread.one': 'Notifiche: {count} nuova',
  'notices.unread.many': 'Notifiche: {count} nuove',
  'notices.unread.other': 'Notifiche: {count} nuove',
  'notices.none': 'Nulla richiede attenzione.',
  'notices.new': 'Nuova',
  'notices.log': 'Mostra il log',

  'user.account': 'Account',
  'user.theme': 'Tema',
  'user.language': 'Lingua',
  'user.keys': 'Scorciatoie da tastiera',

  'dock.onlyFailed': 'Non riusciti',
  'dock.noneFailed': 'Nessun task non riuscito',
};
