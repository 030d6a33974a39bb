// Russian words of the frame beside those of `overview.ts`: the views of the tree, search, notices, the user's menu, the dock.
import type { frameWords as English } from '../en/frame.ts';
import type { Translation } from '../words.ts';

export const frameWords: Translation<typeof English> = {
  'tree.view': 'Группировка',
  'tree.view.server': 'Серверы',
  'tree.view.kind': 'Типы',
  'tree.view.pool': 'Пулы',
  'tree.view.tag': 'Теги',
  'tree.view.storage': 'Хранилища',
  'tree.folder.node': 'Узлы',
  'tree.folder.qemu': 'Виртуальные машины',
  'tree.folder.lxc': 'Контейнеры',
  'tree.folder.template': 'Шаблоны',
  'tree.folder.storage': 'Хранилища',
  'tree.noPool': 'Вне пулов',
  'tree.noTag': 'Без тегов',
  'tree.noMatch': 'Под фильтр ничего не подходит',
  'tree.poolsFailed': 'Не удалось прочитать пулы: пулы без гостевых систем не показаны.',
  'tree.filterHint': 'Фильтр, например status:running',
  'tree.filterHelp':
    'Слова ищутся в именах, номерах, тегах, состояниях, узлах и пулах. status:running, tag:web, node:pve1, type:ct, pool:, mem>4G, cpu>=50% и uptime>3d задают одно свойство; минус перед словом или свойством означает «не».',

  'filterProblem.unknown-key': '{part}: такого свойства нет',
  'filterProblem.no-value': '{part}: нужно значение',
  'filterProblem.nothing-negated': '{part}: после него нужно слово',
  'filterProblem.open-quote': '{part}: кавычка не закрыта',
  'filterProblem.unknown-value': '{part}: такого значения нет',
  'filterProblem.not-comparable': '{part}: так сравнивать нельзя',
  'filterProblem.not-a-size': '{part}: нужен размер, например 4G',
  'filterProblem.not-a-count': '{part}: нужно число',
  'filterProblem.not-a-duration': '{part}: нужно время, например 3d',

  'search.open': 'Поиск',
  'crumbs.label': 'Где вы находитесь',

  'notices.label': 'Уведомления',
  'notices.unread.one': 'Уведомления: {count} новое',
  'notices.unread.few': 'Уведомления: {count} новых',
  'notices.unread.many': 'Уведомления: {count} новых',
  'notices.unread.other': 'Уведомления: {count} нового',
  'notices.none': 'Ничто не требует вашего внимания.',
  'notices.new': 'Новое',
  'notices.log': 'Показать журнал',

  'user.account': 'Учётная запись',
  'user.theme': 'Тема',
  'user.language': 'Язык',
  'user.keys': 'Сочетания клавиш',

  'dock.onlyFailed': 'С ошибкой',
  'dock.noneFailed': 'Задач с ошибкой нет',
};
