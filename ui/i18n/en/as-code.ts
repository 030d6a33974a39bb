// English words about what a form is going to ask for, shown as code.
export const asCodeWords = {
  'asCode.title': 'The same as code',
  'asCode.curl': 'API request',
  'asCode.command': 'croft command',
  'asCode.terraform': 'Terraform',
  'asCode.ansible': 'Ansible',
  'asCodeHint.curl': 'curl, with an API token in CROFT_TOKEN',
  'asCodeHint.command': 'As root on the node',
  'asCodeHint.terraform': 'Provider bpg/proxmox',
  'asCodeHint.ansible': 'Collection community.proxmox, with an API token in its variables',
  'asCode.missing': 'To be set by other means:',
  'asCode.secrets': 'Passwords are not shown: put them into the variables, or answer when you are asked.',
} as const;
