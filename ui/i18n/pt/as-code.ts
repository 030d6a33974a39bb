// Portuguese words about what a form is going to ask for, shown as code.
import type { asCodeWords as English } from '../en/as-code.ts';
import type { Translation } from '../words.ts';

export const asCodeWords: Translation<typeof English> = {
  'asCode.title': 'O mesmo em código',
  'asCode.curl': 'Pedido à API',
  'asCode.command': 'Comando croft',
  'asCode.terraform': 'Terraform',
  'asCode.ansible': 'Ansible',
  'asCodeHint.curl': 'curl, com um token de API em CROFT_TOKEN',
  'asCodeHint.command': 'Como root no nó',
  'asCodeHint.terraform': 'Provider bpg/proxmox',
  'asCodeHint.ansible': 'Coleção community.proxmox, com um token de API nas suas variáveis',
  'asCode.missing': 'A definir por outros meios:',
  'asCode.secrets': 'As senhas não são mostradas: coloque-as nas variáveis, ou responda quando for pedido.',
};
