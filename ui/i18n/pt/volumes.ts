// Portuguese words about volumes: notes and protection, copies and moves, orphans.
import type { volumeWords as English } from '../en/volumes.ts';
import type { Translation } from '../words.ts';

export const volumeWords: Translation<typeof English> = {
  'volume.actions': 'Mais para {name}',
  'volume.notes': 'Notas e proteção…',
  'volume.notesTitle': 'Notas e proteção',
  'volume.protect': 'Proteger contra remoção',
  'volume.protectHint':
    'Enquanto estiver ativa, não se pode remover nem o volume nem um convidado que o tenha.',
  'volume.copy': 'Copiar…',
  'volume.move': 'Mover…',
  'volume.copyTitle': 'Copiar {name}',
  'volume.copyAction': 'Copiar',
  'volume.name': 'Nome no destino',
  'volume.nameHint': 'Vazio: o mesmo nome.',
  'volume.nameDiskHint': 'Vazio: o próximo nome livre do convidado.',
  'volume.guest': 'Para o convidado',
  'volume.guestHint': 'O número do convidado a que vai pertencer. Vazio: como está.',
  'volume.limit': 'Limite de velocidade',
  'volume.limitHint': 'Vazio: como os armazenamentos estão configurados. 0: nenhum.',
  'volume.moveHint':
    'O original é removido quando a cópia estiver completa e verificada, a menos que entretanto algo o use.',
  'volume.same': 'Escolha outro armazenamento ou nome',
  'volume.nowhere': 'Nenhum armazenamento deste nó o pode receber.',
  'volume.tree': 'Mova-o com o seu container: é uma árvore de ficheiros',
  'volume.badLimit': 'Escreva um número inteiro',
  'volume.badGuest': 'Escreva o número de um convidado, 100 ou mais',
  'orphans.tab': 'Órfãos',
  'orphans.intro':
    'Discos que nenhum convidado, snapshot, alteração em espera ou tarefa em curso nomeia. Se outro cluster também guardar discos neste armazenamento, esses aparecem aqui também: não lhes toque.',
  'orphans.none': 'Sem órfãos',
  'orphans.noneHint': 'Todos os discos aqui são nomeados por um convidado.',
  'orphans.why': 'Motivo',
  'orphans.used': 'Ocupa',
  'orphans.guestGone': 'O convidado {vmid} não existe',
  'orphans.notNamed': 'O convidado {vmid} não o nomeia',
  'orphans.noGuest': 'Não tem o número de nenhum convidado',
  'orphans.adopt': 'Dar ao convidado {vmid} como disco não usado',
  'orphans.removeSelected': 'Remover selecionados',
  'orphans.removeTitle': 'Remover estes discos?',
  'orphans.removeText.one':
    '{count} disco de {size} é removido e todos os seus dados se perdem. Isto não pode ser desfeito.',
  'orphans.removeText.other':
    '{count} discos, {size} no total, são removidos e todos os seus dados se perdem. Isto não pode ser desfeito.',
  'orphans.skipped.one': '{count} disco está protegido e fica',
  'orphans.skipped.other': '{count} discos estão protegidos e ficam',
  'orphans.allProtected': 'Todos os discos selecionados estão protegidos',
  'orphans.removeText.many':
    '{count} de discos, {size} no total, são removidos e todos os seus dados se perdem. Isto não pode ser desfeito.',
  'orphans.skipped.many': '{count} de discos estão protegidos e ficam',
};
