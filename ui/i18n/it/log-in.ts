// Italian words of the second step of logging in, and of refusals: they are needed before any page.
import type { logInWords as English } from '../en/log-in.ts';
import type { Translation } from '../words.ts';

export const logInWords: Translation<typeof English> = {
  'login.remember': 'Ricorda il nome utente su questo computer',
  'login.second': 'Secondo fattore',
  'login.secondFor': 'La password di {user} è corretta. Ancora un passaggio:',
  'login.answer': 'Codice o chiave di recupero',
  'login.answerCode': 'Codice',
  'login.answerKey': 'Chiave di recupero',
  'login.codeHint': 'Le cifre mostrate ora dall’app di autenticazione.',
  'login.eitherHint': 'Le cifre mostrate ora dall’app di autenticazione, oppure una chiave di recupero.',
  'login.keyHint': 'Una chiave di recupero: sedici lettere e cifre. Ogni chiave vale una sola volta.',
  'login.keysLeft.one': 'Resta {count} chiave di recupero.',
  'login.keysLeft.many': 'Restano {count} chiavi di recupero.',
  'login.keysLeft.other': 'Restano {count} chiavi di recupero.',
  'login.noKeysLeft': 'Non resta alcuna chiave di recupero.',
  'login.answerFirst': 'Inserire un codice o una chiave di recupero',
  'login.answerForm':
    'Non è né un codice da 6 a 8 cifre né una chiave di recupero completa (come 0123-4567-89ab-cdef).',
  'login.codeRefused': 'Questo codice è errato, scaduto o già usato. Inserire quello mostrato ora dall’app.',
  'login.keyRefused': 'Questa chiave di recupero è errata o già usata.',
  'login.lockHint':
    'Dopo troppi codici errati i codici vengono bloccati: serve allora una chiave di recupero o un amministratore.',
  'login.locked':
    'I codici sono bloccati dopo troppi errori. Un amministratore può sbloccarli: Accesso, Utenti, Secondo fattore.',
  'login.lockedKeys':
    'I codici sono bloccati dopo troppi errori. Una chiave di recupero consente comunque l’accesso e li sblocca; può sbloccarli anche un amministratore.',
  'login.tooLate': 'Sono passati più di dieci minuti. Inserire di nuovo la password.',
  'login.otherUser': 'Torna alla password',

  'tab.access': 'Accesso',

  'error.missing': 'Manca il privilegio {privilege} su {path}.',
  'error.missingAll': 'Mancano questi privilegi su {path}: {privilege}.',
  'error.missingAny': 'Su {path} manca almeno uno di questi privilegi (ne basta uno): {privilege}.',
  'error.onlyRoot': 'Operazione consentita solo a root@pam.',
  'error.refused': 'Operazione non consentita.',
  'error.invalid': 'Nessuna modifica: un valore è stato rifiutato.',
};
