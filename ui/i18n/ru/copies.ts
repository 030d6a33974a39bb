// Russian words of copies of guests: snapshots, clones, templates, disks that move.
import type { copyWords as English } from '../en/copies.ts';
import type { Translation } from '../words.ts';

export const copyWords: Translation<typeof English> = {
  'tab.snapshots': 'Снимки',

  'snapshot.take': 'Сделать снимок',
  'snapshot.takeTitle': 'Новый снимок',
  'snapshot.takeSubmit': 'Сделать',
  'snapshot.name': 'Имя',
  'snapshot.nameHint': 'Начинается с буквы; буквы, цифры, дефисы и подчёркивания',
  'snapshot.description': 'Описание',
  'snapshot.bindLeftOut': 'Каталоги узла в снимки не входят: {folders}',
  'snapshot.now': 'Сейчас',
  'snapshot.nowText': 'Вы здесь',
  'snapshot.none': 'Снимков пока нет',
  'snapshot.cannot': 'Хранилище не поддерживает снимки',
  'snapshot.noneHint': 'Снимок сохраняет нынешние файлы и настройки, чтобы к ним можно было вернуться.',
  'snapshot.rollback': 'Откатить',
  'snapshot.rollbackOne': 'Откатить к {name}',
  'snapshot.rollbackTitle': 'Откатить к {name}?',
  'snapshot.lost': 'Теряется, и отменить это нельзя:',
  'snapshot.lostFiles': 'всё, что записано на тома с этого момента: {date}',
  'snapshot.lostSettings': 'все изменения настроек с тех пор',
  'snapshot.lostRunning': 'данные программ в памяти: сначала выполняется остановка',
  'snapshot.kept': 'Сохраняется:',
  'snapshot.keptSnapshots': 'все остальные снимки, в том числе более поздние',
  'snapshot.keptVolumes': 'добавленные с тех пор тома, как неиспользуемые',
  'snapshot.keptFolders': 'каталоги узла в нынешнем виде: {folders}',
  'snapshot.rollbackStart': 'Затем запустить',
  'snapshot.edit': 'Описание {name}',
  'snapshot.editOne': 'Изменить описание {name}',
  'snapshot.removeOne': 'Удалить снимок {name}',
  'snapshot.removeTitle': 'Удалить снимок {name}?',
  'snapshot.removeText':
    'Контейнер и все остальные снимки остаются как есть. То, что хранил только этот снимок ({date}), пропадёт, и вернуться к нему будет нельзя.',
  'snapshot.lostDisks': 'всё, что записано на диски с этого момента: {date}',
  'snapshot.keptDisks': 'добавленные с тех пор диски, как неиспользуемые',
  'snapshot.noneHintVm':
    'Снимок сохраняет нынешние диски и настройки, чтобы к ним можно было вернуться; с памятью — и работающую машину.',
  'snapshot.removeTextVm':
    'ВМ и все остальные снимки остаются как есть. То, что хранил только этот снимок ({date}), пропадёт, и вернуться к нему будет нельзя.',
  'snapshot.memory': 'Вместе с памятью',
  'snapshot.memoryHint':
    'После отката работа продолжится с этого момента. Занимает до {size} в хранилище и требует времени на запись; машина при этом работает.',
  'snapshot.noMemoryHint': 'Без памяти откат подобен запуску после отключения питания.',
  'snapshot.withMemory': 'С памятью',
  'snapshot.runsOn': 'Затем работа продолжится из сохранённой памяти.',
  'snapshot.going': 'Выполняется сейчас',

  'clone.action': 'Клонировать',
  'clone.title': 'Клонировать {name}',
  'clone.submit': 'Клонировать',
  'clone.vmid': 'Новый ID',
  'clone.hostname': 'Имя хоста',
  'clone.from': 'Источник',
  'clone.fromNow': 'Нынешнее состояние',
  'clone.kind': 'Вид клона',
  'clone.linked': 'Связанный',
  'clone.linkedText': 'Создаётся сразу и делит данные с оригиналом, который должен оставаться.',
  'clone.full': 'Полный',
  'clone.fullText': 'Не зависит от оригинала.',
  'clone.storage': 'Хранилище',
  'clone.sameStorage': 'То же, что у оригинала',
  'clone.bindNote': 'Каталоги узла монтируются и в клоне.',
  'clone.linkedNeeds': 'Только из снимка или шаблона: то, что продолжает меняться, делить нельзя.',
  'clone.format': 'Формат',
  'clone.sameFormat': 'Как у оригинала',
  'clone.noPool': 'Нет',

  'template.clones': 'Связанные клоны',
  'template.noClones': 'Нет',
  'template.make': 'Преобразовать в шаблон',
  'template.makeTitle': 'Преобразовать {name} в шаблон?',
  'template.makeText':
    'Шаблон больше не запускается: он служит для клонирования, и клоны создаются сразу. Отменить это нельзя; клон шаблона — снова контейнер.',
  'template.makeSubmit': 'Преобразовать',
  'template.makeTextVm':
    'Шаблон больше не запускается: он служит для клонирования, и связанные клоны создаются сразу. Отменить это нельзя; клон шаблона — снова ВМ.',
  'template.hasSnapshots': 'У шаблона нет снимков: сначала удалите эти: {names}',

  'move.action': 'Перенести',
  'move.what': 'Перенести {what}',
  'move.title': 'Перенести {what} в другое хранилище',
  'move.to': 'В хранилище',
  'move.delete': 'Удалить исходный том, когда копия готова',
  'move.deleteHint': 'Иначе он останется у контейнера как неиспользуемый.',
  'move.nowhere': 'Других хранилищ для томов контейнеров на этом узле нет.',
  'move.deleteHintVm': 'Иначе он останется у ВМ как неиспользуемый диск.',
  'move.titleVm': 'Перенести {what}',
  'move.here': '{storage}: где он сейчас',
  'move.format': 'Формат',
  'move.sameFormat': 'Как есть, если хранилище его поддерживает',
  'move.nothing': 'Выберите другое хранилище или формат',
  'give.action': 'Передать',
  'give.what': 'Передать {what} другой ВМ',
  'give.text': 'Ничего не копируется: диск переходит к другой ВМ. Обе должны быть выключены.',
  'give.to': 'Какой ВМ',
  'give.as': 'Как',
  'give.choose': 'Выберите',
  'give.chooseFirst': 'Выберите ВМ',
  'give.nobody': 'Других выключенных ВМ на этом узле нет.',

  'action.hibernate': 'Гибернация',
  'bulk.hibernate': 'Гибернация',
  'bulk.title.hibernate.one': 'Перевести в гибернацию {count} гостевую систему',
  'bulk.title.hibernate.few': 'Перевести в гибернацию {count} гостевые системы',
  'bulk.title.hibernate.many': 'Перевести в гибернацию {count} гостевых систем',
  'bulk.title.hibernate.other': 'Перевести в гибернацию {count} гостевой системы',
  'lock.heldBy': 'Занято операцией «{lock}»: {task}',
  'lock.heldByNone':
    'Занято операцией «{lock}», но такой задачи сейчас нет: причину может подсказать история задач.',
  'refusal.is-hibernated': 'В гибернации: сначала запустите',
  'lock.discard': 'Отбросить память',
  'lock.discardTitle': 'Отбросить память {name}?',
  'lock.discardText':
    'То, что программы не успели записать, пропадёт, как при отключении питания. Следующий запуск начнётся с загрузки.',
  'lock.discardSubmit': 'Отбросить',
  'lock.hibernated': 'Память сохранена на диске: после запуска работа продолжится с того же места.',

  'allGuests.menu': 'Все гостевые',
  'allGuests.start': 'Запустить все',
  'allGuests.shutdown': 'Выключить все',
  'allGuests.suspend': 'Приостановить все ВМ',
  'allGuests.startTitle': 'Запустить гостевые системы узла {node}?',
  'allGuests.shutdownTitle': 'Выключить все гостевые системы узла {node}?',
  'allGuests.suspendTitle': 'Приостановить все виртуальные машины узла {node}?',
  'allGuests.force': 'И те, что не запускаются вместе с узлом',
  'allGuests.forceStop': 'Отключить те, что не отреагируют за три минуты',
  'allGuests.startText.one':
    'Выключена {count} гостевая система. Запускаются те, что запускаются вместе с узлом, в своём порядке.',
  'allGuests.startText.few':
    'Выключены {count} гостевые системы. Запускаются те, что запускаются вместе с узлом, в своём порядке.',
  'allGuests.startText.many':
    'Выключено {count} гостевых систем. Запускаются те, что запускаются вместе с узлом, в своём порядке.',
  'allGuests.startText.other':
    'Выключено {count} гостевой системы. Запускаются те, что запускаются вместе с узлом, в своём порядке.',
  'allGuests.shutdownText.one': 'Работает {count} гостевая система. Она будет выключена.',
  'allGuests.shutdownText.few':
    'Работают {count} гостевые системы. Они будут выключены в порядке, обратном запуску.',
  'allGuests.shutdownText.many':
    'Работает {count} гостевых систем. Они будут выключены в порядке, обратном запуску.',
  'allGuests.shutdownText.other':
    'Работает {count} гостевой системы. Они будут выключены в порядке, обратном запуску.',
  'allGuests.suspendText.one':
    'Работает {count} виртуальная машина. Её программы стоят, пока работа не возобновлена.',
  'allGuests.suspendText.few':
    'Работают {count} виртуальные машины. Их программы стоят, пока работа не возобновлена.',
  'allGuests.suspendText.many':
    'Работает {count} виртуальных машин. Их программы стоят, пока работа не возобновлена.',
  'allGuests.suspendText.other':
    'Работает {count} виртуальной машины. Их программы стоят, пока работа не возобновлена.',
};
