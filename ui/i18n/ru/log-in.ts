// Russian words of the second step of logging in, and of refusals: they are needed before any page.
import type { logInWords as English } from '../en/log-in.ts';
import type { Translation } from '../words.ts';

export const logInWords: Translation<typeof English> = {
  'login.remember': 'Запомнить имя на этом компьютере',
  'login.second': 'Второй фактор',
  'login.secondFor': 'Пароль пользователя {user} верен. Остался ещё один шаг:',
  'login.answer': 'Код или ключ восстановления',
  'login.answerCode': 'Код',
  'login.answerKey': 'Ключ восстановления',
  'login.codeHint': 'Цифры, которые сейчас показывает приложение-аутентификатор.',
  'login.eitherHint':
    'Цифры, которые сейчас показывает приложение-аутентификатор, или один из ключей восстановления.',
  'login.keyHint': 'Один из ключей восстановления: шестнадцать букв и цифр. Каждый действует один раз.',
  'login.keysLeft.one': 'Остался {count} ключ восстановления.',
  'login.keysLeft.few': 'Осталось {count} ключа восстановления.',
  'login.keysLeft.many': 'Осталось {count} ключей восстановления.',
  'login.keysLeft.other': 'Осталось {count} ключа восстановления.',
  'login.noKeysLeft': 'Ключей восстановления не осталось.',
  'login.answerFirst': 'Введите код или ключ восстановления',
  'login.answerForm': 'Это не код из 6–8 цифр и не полный ключ восстановления (вида 0123-4567-89ab-cdef).',
  'login.codeRefused':
    'Код неверен, устарел или уже использован. Введите тот, что приложение показывает сейчас.',
  'login.keyRefused': 'Ключ восстановления неверен или уже использован.',
  'login.lockHint':
    'После слишком многих неверных кодов они блокируются; тогда поможет только ключ восстановления или администратор.',
  'login.locked':
    'Коды заблокированы: слишком много неверных попыток. Разблокировать их может администратор: Доступ → Пользователи → Второй фактор.',
  'login.lockedKeys':
    'Коды заблокированы: слишком много неверных попыток. Ключ восстановления позволит войти и снимет блокировку; это может сделать и администратор.',
  'login.tooLate': 'Прошло больше десяти минут. Введите пароль ещё раз.',
  'login.otherUser': 'Назад к паролю',

  'tab.access': 'Доступ',

  'error.missing': 'У вас нет привилегии {privilege} на {path}.',
  'error.missingAll': 'У вас нет следующих привилегий на {path}: {privilege}.',
  'error.missingAny': 'У вас нет ни одной из привилегий на {path}, а достаточно было бы любой: {privilege}.',
  'error.onlyRoot': 'Это разрешено только root@pam.',
  'error.refused': 'Вам это не разрешено.',
  'error.invalid': 'Ничего не изменено: одно из значений отклонено.',
};
