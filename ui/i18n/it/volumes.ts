// Italian words about volumes: notes and protection, copies and moves, orphans.
import type { volumeWords as English } from '../en/volumes.ts';
import type { Translation } from '../words.ts';

export const volumeWords: Translation<typeof English> = {
  'volume.actions': 'Altro per {name}',
  'volume.notes': 'Note e protezione…',
  'volume.notesTitle': 'Note e protezione',
  'volume.protect': 'Proteggi dalla rimozione',
  'volume.protectHint':
    'Finché la protezione è attiva, non si può rimuovere né il volume né un guest che lo possiede.',
  'volume.copy': 'Copia…',
  'volume.move': 'Sposta…',
  'volume.copyTitle': 'Copia {name}',
  'volume.copyAction': 'Copia',
  'volume.name': 'Nome nella destinazione',
  'volume.nameHint': 'Vuoto: lo stesso nome.',
  'volume.nameDiskHint': 'Vuoto: il prossimo nome libero del guest.',
  'volume.guest': 'Per il guest',
  'volume.guestHint': 'Il numero del guest a cui apparterrà. Vuoto: come ora.',
  'volume.limit': 'Limite di velocità',
  'volume.limitHint': 'Vuoto: secondo le impostazioni degli storage. 0: nessuno.',
  'volume.moveHint':
    'L’originale viene rimosso quando la copia è completa e verificata, a meno che nel frattempo qualcosa lo usi.',
  'volume.same': 'Occorre un altro storage o un altro nome',
  'volume.nowhere': 'Nessuno storage di questo nodo può riceverlo.',
  'volume.tree': 'Va spostato con il suo container: è un albero di file',
  'volume.badLimit': 'Occorre un numero intero',
  'volume.badGuest': 'Occorre il numero di un guest, da 100 in su',
  'orphans.tab': 'Orfani',
  'orphans.intro':
    'Dischi che nessun guest, snapshot, modifica in attesa o attività in corso nomina. Se anche un altro cluster tiene dischi su questo storage, compaiono anche quelli: non vanno toccati.',
  'orphans.none': 'Nessun orfano',
  'orphans.noneHint': 'Ogni disco qui è nominato da un guest.',
  'orphans.why': 'Motivo',
  'orphans.used': 'Occupa',
  'orphans.guestGone': 'Il guest {vmid} non esiste',
  'orphans.notNamed': 'Il guest {vmid} non lo nomina',
  'orphans.noGuest': 'Non porta il numero di alcun guest',
  'orphans.adopt': 'Assegna al guest {vmid} come disco non usato',
  'orphans.removeSelected': 'Rimuovi i selezionati',
  'orphans.removeTitle': 'Rimuovere questi dischi?',
  'orphans.removeText.one':
    '{count} disco di {size} viene rimosso e tutti i suoi dati vanno persi. L’operazione è irreversibile.',
  'orphans.removeText.other':
    '{count} dischi, {size} in tutto, vengono rimossi e tutti i loro dati vanno persi. L’operazione è irreversibile.',
  'orphans.skipped.one': '{count} disco è protetto e rimane',
  'orphans.skipped.other': '{count} dischi sono protetti e rimangono',
  'orphans.allProtected': 'Tutti i dischi selezionati sono protetti',
  'orphans.removeText.many':
    '{count} di dischi, {size} in tutto, vengono rimossi e tutti i loro dati vanno persi. L’operazione è irreversibile.',
  'orphans.skipped.many': '{count} di dischi sono protetti e rimangono',
};
