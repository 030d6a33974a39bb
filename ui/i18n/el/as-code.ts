// Greek words about what a form is going to ask for, shown as code.
import type { asCodeWords as English } from '../en/as-code.ts';
import type { Translation } from '../words.ts';

export const asCodeWords: Translation<typeof English> = {
  'asCode.title': 'Το ίδιο ως κώδικας',
  'asCode.curl': 'Αίτημα API',
  'asCode.command': 'Εντολή croft',
  'asCode.terraform': 'Terraform',
  'asCode.ansible': 'Ansible',
  'asCodeHint.curl': 'curl, με API token στη μεταβλητή CROFT_TOKEN',
  'asCodeHint.command': 'Ως root στον κόμβο',
  'asCodeHint.terraform': 'Provider bpg/proxmox',
  'asCodeHint.ansible': 'Collection community.proxmox, με API token στις μεταβλητές της',
  'asCode.missing': 'Ορίζονται με άλλον τρόπο:',
  'asCode.secrets':
    'Οι κωδικοί πρόσβασης δεν εμφανίζονται: βάλτε τους στις μεταβλητές ή δώστε τους όταν σας ζητηθούν.',
};
