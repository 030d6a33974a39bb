// Russian words about volumes: notes and protection, copies and moves, orphans.
import type { volumeWords as English } from '../en/volumes.ts';
import type { Translation } from '../words.ts';

export const volumeWords: Translation<typeof English> = {
  'volume.actions': 'Ещё для {name}',
  'volume.notes': 'Заметки и защита…',
  'volume.notesTitle': 'Заметки и защита',
  'volume.protect': 'Защитить от удаления',
  'volume.protectHint':
    'Пока защита включена, нельзя удалить ни сам том, ни гостевую систему, у которой он есть.',
  'volume.copy': 'Копировать…',
  'volume.move': 'Перенести…',
  'volume.copyTitle': 'Копировать {name}',
  'volume.copyAction': 'Копировать',
  'volume.name': 'Имя в новом месте',
  'volume.nameHint': 'Пусто: то же имя.',
  'volume.nameDiskHint': 'Пусто: следующее свободное имя гостевой системы.',
  'volume.guest': 'Для гостевой системы',
  'volume.guestHint': 'Номер гостевой системы, которой он будет принадлежать. Пусто: как сейчас.',
  'volume.limit': 'Предел скорости',
  'volume.limitHint': 'Пусто: как настроено в хранилищах. 0: без предела.',
  'volume.moveHint':
    'Оригинал удаляется, когда копия готова и проверена, если к тому времени его ничто не использует.',
  'volume.same': 'Выберите другое хранилище или имя',
  'volume.nowhere': 'Ни одно хранилище этого узла не может его принять.',
  'volume.tree': 'Переносите его вместе с контейнером: это дерево файлов',
  'volume.badLimit': 'Введите целое число',
  'volume.badGuest': 'Введите номер гостевой системы, от 100',
  'orphans.tab': 'Бесхозные',
  'orphans.intro':
    'Диски, которых не называет ни одна гостевая система, ни один снимок, ожидающее изменение или идущая задача. Если в этом хранилище держит диски и другой кластер, они тоже видны здесь: не трогайте их.',
  'orphans.none': 'Бесхозных дисков нет',
  'orphans.noneHint': 'Каждый диск здесь назван какой-либо гостевой системой.',
  'orphans.why': 'Причина',
  'orphans.used': 'Занимает',
  'orphans.guestGone': 'Гостевой системы {vmid} нет',
  'orphans.notNamed': 'Гостевая система {vmid} его не называет',
  'orphans.noGuest': 'Не носит номера ни одной гостевой системы',
  'orphans.adopt': 'Отдать гостевой системе {vmid} как неиспользуемый диск',
  'orphans.removeSelected': 'Удалить выбранные',
  'orphans.removeTitle': 'Удалить эти диски?',
  'orphans.removeText.one':
    '{count} диск ({size}) будет удалён, все данные на нём пропадут. Отменить это нельзя.',
  'orphans.removeText.other':
    '{count} диска, всего {size}, будут удалены, все данные на них пропадут. Отменить это нельзя.',
  'orphans.skipped.one': '{count} диск защищён и остаётся',
  'orphans.skipped.other': '{count} диска защищены и остаются',
  'orphans.allProtected': 'Все выбранные диски защищены',
  'orphans.removeText.few':
    '{count} диска, всего {size}, будут удалены, все данные на них пропадут. Отменить это нельзя.',
  'orphans.removeText.many':
    '{count} дисков, всего {size}, будут удалены, все данные на них пропадут. Отменить это нельзя.',
  'orphans.skipped.few': '{count} диска защищены и остаются',
  'orphans.skipped.many': '{count} дисков защищены и остаются',
};
