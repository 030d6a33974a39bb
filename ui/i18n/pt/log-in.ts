// Portuguese words of the second step of logging in, and of refusals: they are needed before any page.
import type { logInWords as English } from '../en/log-in.ts';
import type { Translation } from '../words.ts';

export const logInWords: Translation<typeof English> = {
  'login.remember': 'Memorizar o meu nome neste computador',
  'login.second': 'Segundo fator',
  'login.secondFor': 'A senha de {user} está correta. Falta um passo:',
  'login.answer': 'Código ou chave de recuperação',
  'login.answerCode': 'Código',
  'login.answerKey': 'Chave de recuperação',
  'login.codeHint': 'Os algarismos que a aplicação de autenticação mostra agora.',
  'login.eitherHint':
    'Os algarismos que a aplicação de autenticação mostra agora, ou uma das suas chaves de recuperação.',
  'login.keyHint': 'Uma das suas chaves de recuperação: 16 letras e algarismos. Cada uma serve uma só vez.',
  'login.keysLeft.one': 'Resta {count} chave de recuperação.',
  'login.keysLeft.many': 'Restam {count} de chaves de recuperação.',
  'login.keysLeft.other': 'Restam {count} chaves de recuperação.',
  'login.noKeysLeft': 'Não resta nenhuma chave de recuperação.',
  'login.answerFirst': 'Indique um código ou uma chave de recuperação',
  'login.answerForm':
    'Não é um código de 6 a 8 algarismos nem uma chave de recuperação completa (como 0123-4567-89ab-cdef).',
  'login.codeRefused':
    'Este código está errado, é demasiado antigo ou já foi usado. Use o que a aplicação mostra agora.',
  'login.keyRefused': 'Esta chave de recuperação está errada ou já foi usada.',
  'login.lockHint':
    'Depois de demasiados códigos errados, os códigos são bloqueados; então só ajuda uma chave de recuperação ou um administrador.',
  'login.locked':
    'Depois de tantos códigos errados, os códigos foram bloqueados. Um administrador pode desbloqueá-los: Acesso, Utilizadores, Segundo fator.',
  'login.lockedKeys':
    'Depois de tantos códigos errados, os códigos foram bloqueados. Uma chave de recuperação ainda lhe permite entrar e desbloqueia-os; um administrador também pode desbloqueá-los.',
  'login.tooLate': 'Passaram mais de dez minutos. Indique a senha outra vez.',
  'login.otherUser': 'Voltar à senha',

  'tab.access': 'Acesso',

  'error.missing': 'Não tem o privilégio {privilege} em {path}.',
  'error.missingAll': 'Não tem estes privilégios em {path}: {privilege}.',
  'error.missingAny': 'Não tem nenhum destes privilégios em {path}, dos quais basta um: {privilege}.',
  'error.onlyRoot': 'Só root@pam pode fazer isto.',
  'error.refused': 'Não tem permissão para fazer isto.',
  'error.invalid': 'Nada foi alterado: um valor foi recusado.',
};
