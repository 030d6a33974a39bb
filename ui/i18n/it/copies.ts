// Italian words of copies of guests: snapshots, clones, templates, disks that move.
import type { copyWords as English } from '../en/copies.ts';
import type { Translation } from '../words.ts';

export const copyWords: Translation<typeof English> = {
  'tab.snapshots': 'Snapshot',

  'snapshot.take': 'Crea snapshot',
  'snapshot.takeTitle': 'Crea uno snapshot',
  'snapshot.takeSubmit': 'Crea',
  'snapshot.name': 'Nome',
  'snapshot.nameHint': 'Inizia con una lettera; lettere, cifre, trattini e trattini bassi',
  'snapshot.description': 'Descrizione',
  'snapshot.bindLeftOut': 'Le cartelle del nodo non fanno parte degli snapshot: {folders}',
  'snapshot.now': 'Ora',
  'snapshot.nowText': 'Stato attuale',
  'snapshot.none': 'Ancora nessuno snapshot',
  'snapshot.cannot': 'Il suo storage non supporta gli snapshot',
  'snapshot.noneHint': 'Uno snapshot conserva file e impostazioni come sono ora, per potervi tornare.',
  'snapshot.rollback': 'Rollback',
  'snapshot.rollbackOne': 'Rollback a {name}',
  'snapshot.rollbackTitle': 'Eseguire il rollback a {name}?',
  'snapshot.lost': 'Va perso, in modo irreversibile:',
  'snapshot.lostFiles': 'tutto ciò che è stato scritto nei volumi dopo questa data: {date}',
  'snapshot.lostSettings': 'ogni modifica delle impostazioni da allora',
  'snapshot.lostRunning': 'ciò che i programmi tengono in memoria: prima viene arrestato',
  'snapshot.kept': 'Si conserva:',
  'snapshot.keptSnapshots': 'tutti gli altri snapshot, anche quelli creati dopo',
  'snapshot.keptVolumes': 'i volumi aggiunti da allora, come volumi non usati',
  'snapshot.keptFolders': 'le cartelle del nodo, come sono ora: {folders}',
  'snapshot.rollbackStart': 'Avvia al termine',
  'snapshot.edit': 'Descrizione di {name}',
  'snapshot.editOne': 'Modifica la descrizione di {name}',
  'snapshot.removeOne': 'Rimuovi snapshot {name}',
  'snapshot.removeTitle': 'Rimuovere lo snapshot {name}?',
  'snapshot.removeText':
    'Il container rimane com’è, così come tutti gli altri snapshot. Ciò che solo questo snapshot conservava va perso: non sarà più possibile tornare allo stato di allora ({date}).',
  'snapshot.lostDisks': 'tutto ciò che è stato scritto nei dischi dopo questa data: {date}',
  'snapshot.keptDisks': 'i dischi aggiunti da allora, come dischi non usati',
  'snapshot.noneHintVm':
    'Uno snapshot conserva dischi e impostazioni come sono ora, per potervi tornare; con la memoria, anche una macchina in esecuzione.',
  'snapshot.removeTextVm':
    'La VM rimane com’è, così come tutti gli altri snapshot. Ciò che solo questo snapshot conservava va perso: non sarà più possibile tornare allo stato di allora ({date}).',
  'snapshot.memory': 'Con la memoria',
  'snapshot.memoryHint':
    'Dopo il rollback riprende da questo momento. Occupa fino a {size} nello storage e richiede tempo per la scrittura; intanto la VM continua a funzionare.',
  'snapshot.noMemoryHint': 'Senza memoria, il rollback equivale a un avvio dopo un’interruzione di corrente.',
  'snapshot.withMemory': 'Con memoria',
  'snapshot.runsOn': 'Poi riprende dalla memoria conservata.',
  'snapshot.going': 'In corso',

  'clone.action': 'Clona',
  'clone.title': 'Clona {name}',
  'clone.submit': 'Clona',
  'clone.vmid': 'Nuovo ID',
  'clone.hostname': 'Nome host',
  'clone.from': 'Da',
  'clone.fromNow': 'Stato attuale',
  'clone.kind': 'Tipo di clone',
  'clone.linked': 'Collegato',
  'clone.linkedText': 'Creato subito, condivide i dati con l’originale, che deve rimanere.',
  'clone.full': 'Completo',
  'clone.fullText': 'Indipendente dall’originale.',
  'clone.storage': 'Storage',
  'clone.sameStorage': 'Lo stesso dell’originale',
  'clone.bindNote': 'Le cartelle del nodo vengono montate anche nel clone.',
  'clone.linkedNeeds':
    'Solo da uno snapshot o da un template: ciò che continua a cambiare non si può condividere.',
  'clone.format': 'Formato',
  'clone.sameFormat': 'Come l’originale',
  'clone.noPool': 'Nessuno',

  'template.clones': 'Cloni collegati',
  'template.noClones': 'Nessuno',
  'template.make': 'Converti in template',
  'template.makeTitle': 'Convertire {name} in template?',
  'template.makeText':
    'Un template non si avvia più: serve per essere clonato, e i cloni si creano subito. L’operazione è irreversibile; un suo clone è di nuovo un container.',
  'template.makeSubmit': 'Converti',
  'template.makeTextVm':
    'Un template non si avvia più: serve per essere clonato, e i cloni collegati si creano subito. L’operazione è irreversibile; un suo clone è di nuovo una VM.',
  'template.hasSnapshots': 'Un template non ha snapshot: prima occorre rimuovere questi: {names}',

  'move.action': 'Sposta',
  'move.what': 'Sposta {what}',
  'move.title': 'Sposta {what} in un altro storage',
  'move.to': 'Nello storage',
  'move.delete': 'Elimina l’originale a copia completata',
  'move.deleteHint': 'Altrimenti rimane al container come volume non usato.',
  'move.nowhere': 'Nessun altro storage di questo nodo ammette volumi di container.',
  'move.deleteHintVm': 'Altrimenti rimane alla VM come disco non usato.',
  'move.titleVm': 'Sposta {what}',
  'move.here': '{storage}: dove si trova ora',
  'move.format': 'Formato',
  'move.sameFormat': 'Com’è, se lo storage lo ammette',
  'move.nothing': 'Occorre un altro storage o formato',
  'give.action': 'Cedi',
  'give.what': 'Cedi {what} a un’altra VM',
  'give.text': 'Non viene copiato nulla: il disco passa all’altra VM. Entrambe devono essere spente.',
  'give.to': 'Alla VM',
  'give.as': 'Come',
  'give.choose': 'Scegliere',
  'give.chooseFirst': 'Occorre scegliere una VM',
  'give.nobody': 'Nessun’altra VM di questo nodo è spenta.',

  'action.hibernate': 'Iberna',
  'bulk.hibernate': 'Iberna',
  'bulk.title.hibernate.one': 'Iberna {count} guest',
  'bulk.title.hibernate.many': 'Iberna {count} guest',
  'bulk.title.hibernate.other': 'Iberna {count} guest',
  'lock.heldBy': 'È bloccato da “{lock}”: {task}',
  'lock.heldByNone':
    'È bloccato da “{lock}”, ma nessuna attività relativa è in corso: la cronologia delle attività può dire perché.',
  'refusal.is-hibernated': 'È ibernato: occorre prima avviarlo',
  'lock.discard': 'Scarta la memoria',
  'lock.discardTitle': 'Scartare la memoria di {name}?',
  'lock.discardText':
    'Ciò che i programmi non avevano scritto va perso, come in un’interruzione di corrente. Al prossimo avvio la VM si riavvia da zero.',
  'lock.discardSubmit': 'Scarta',
  'lock.hibernated': 'La memoria è su disco: all’avvio riprende da dov’era.',

  'allGuests.menu': 'Tutti i guest',
  'allGuests.start': 'Avvia tutti',
  'allGuests.shutdown': 'Spegni tutti',
  'allGuests.suspend': 'Metti in pausa tutte le VM',
  'allGuests.startTitle': 'Avviare i guest di {node}?',
  'allGuests.shutdownTitle': 'Spegnere tutti i guest di {node}?',
  'allGuests.suspendTitle': 'Mettere in pausa tutte le macchine virtuali di {node}?',
  'allGuests.force': 'Anche quelli che non si avviano con il nodo',
  'allGuests.forceStop': 'Togli corrente a quelli che non reagiscono entro tre minuti',
  'allGuests.startText.one':
    '{count} guest è spento. Quelli che si avviano con il nodo vengono avviati, nel loro ordine.',
  'allGuests.startText.many':
    '{count} guest sono spenti. Quelli che si avviano con il nodo vengono avviati, nel loro ordine.',
  'allGuests.startText.other':
    '{count} guest sono spenti. Quelli che si avviano con il nodo vengono avviati, nel loro ordine.',
  'allGuests.shutdownText.one': '{count} guest è in esecuzione. Viene spento.',
  'allGuests.shutdownText.many':
    '{count} guest sono in esecuzione. Vengono spenti nell’ordine inverso a quello di avvio.',
  'allGuests.shutdownText.other':
    '{count} guest sono in esecuzione. Vengono spenti nell’ordine inverso a quello di avvio.',
  'allGuests.suspendText.one':
    '{count} macchina virtuale è in esecuzione. I suoi programmi restano fermi fino alla ripresa.',
  'allGuests.suspendText.many':
    '{count} macchine virtuali sono in esecuzione. I loro programmi restano fermi fino alla ripresa.',
  'allGuests.suspendText.other':
    '{count} macchine virtuali sono in esecuzione. I loro programmi restano fermi fino alla ripresa.',
};
