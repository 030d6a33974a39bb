// Russian words about what a form is going to ask for, shown as code.
import type { asCodeWords as English } from '../en/as-code.ts';
import type { Translation } from '../words.ts';

export const asCodeWords: Translation<typeof English> = {
  'asCode.title': 'То же в виде кода',
  'asCode.curl': 'Запрос к API',
  'asCode.command': 'Команда croft',
  'asCode.terraform': 'Terraform',
  'asCode.ansible': 'Ansible',
  'asCodeHint.curl': 'curl, с токеном API в CROFT_TOKEN',
  'asCodeHint.command': 'От имени root на узле',
  'asCodeHint.terraform': 'Провайдер bpg/proxmox',
  'asCodeHint.ansible': 'Коллекция community.proxmox, с токеном API в её переменных',
  'asCode.missing': 'Задаётся другими средствами:',
  'asCode.secrets': 'Пароли не показаны: укажите их в переменных или введите, когда будет запрошено.',
};
