// Portuguese words of the frame beside those of `overview.ts`: views of the tree, search, notices, the user's menu, the dock.
import type { frameWords as English } from '../en/frame.ts';
import type { Translation } from '../words.ts';

export const frameWords: Translation<typeof English> = {
  'tree.view': 'Organizar por',
  'tree.view.server': 'Servidor',
  'tree.view.kind': 'Tipo',
  'tree.view.pool': 'Pool',
  'tree.view.tag': 'Etiqueta',
  'tree.view.storage': 'Armazenamento',
  'tree.folder.node': 'Nós',
  'tree.folder.qemu': 'Máquinas virtuais',
  'tree.folder.lxc': 'Containers',
  'tree.folder.template': 'Templates',
  'tree.folder.storage': 'Armazenamentos',
  'tree.noPool': 'Em nenhum pool',
  'tree.noTag': 'Sem etiquetas',
  'tree.noMatch': 'Nada corresponde ao filtro',
  'tree.poolsFailed': 'Não foi possível ler os pools: faltam os que não têm convidados.',
  'tree.filterHint': 'Filtrar, p. ex. status:running',
  'tree.filterHelp':
    'As palavras são procuradas em nomes, números, etiquetas, estados, nós e pools. status:running, tag:web, node:pve1, type:ct, pool:, mem>4G, cpu>=50% e uptime>3d pedem uma só propriedade; um sinal de menos antes significa “não”.',

  'filterProblem.unknown-key': '{part}: não existe essa propriedade',
  'filterProblem.no-value': '{part} precisa de um valor',
  'filterProblem.nothing-negated': '{part} precisa de uma palavra a seguir',
  'filterProblem.open-quote': 'Há aspas por fechar em {part}',
  'filterProblem.unknown-value': '{part} pede um valor que não existe',
  'filterProblem.not-comparable': '{part} não permite esta comparação',
  'filterProblem.not-a-size': '{part} precisa de um tamanho, por exemplo 4G',
  'filterProblem.not-a-count': '{part} precisa de um número',
  'filterProblem.not-a-duration': '{part} precisa de uma duração, por exemplo 3d',

  'search.open': 'Pesquisar',
  'crumbs.label': 'Onde está',

  'notices.label': 'Avisos',
  'notices.unread.one': 'Avisos: {count} novo',
  'notices.unread.many': 'Avisos: {count} novos',
  'notices.unread.other': 'Avisos: {count} novos',
  'notices.none': 'Nada requer a sua atenção.',
  'notices.new': 'Novo',
  'notices.log': 'Mostrar o log',

  'user.account': 'Conta',
  'user.theme': 'Tema',
  'user.language': 'Idioma',
  'user.keys': 'Atalhos de teclado',

  'dock.onlyFailed': 'Com falha',
  'dock.noneFailed': 'Nenhuma tarefa falhou',
};
