// Italian words about what a form is going to ask for, shown as code.
import type { asCodeWords as English } from '../en/as-code.ts';
import type { Translation } from '../words.ts';

export const asCodeWords: Translation<typeof English> = {
  'asCode.title': 'Lo stesso come codice',
  'asCode.curl': 'Richiesta API',
  'asCode.command': 'Comando croft',
  'asCode.terraform': 'Terraform',
  'asCode.ansible': 'Ansible',
  'asCodeHint.curl': 'curl, con un token API in CROFT_TOKEN',
  'asCodeHint.command': 'Come root sul nodo',
  'asCodeHint.terraform': 'Provider bpg/proxmox',
  'asCodeHint.ansible': 'Collection community.proxmox, con un token API nelle sue variabili',
  'asCode.missing': 'Da impostare con altri mezzi:',
  'asCode.secrets': 'Le password non sono mostrate: inserirle nelle variabili o fornirle quando richieste.',
};
