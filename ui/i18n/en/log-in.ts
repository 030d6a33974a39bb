// English words of the second step of logging in, and of refusals: they are needed before any page.
export const logInWords = {
  'login.remember': 'Remember my name on this computer',
  'login.second': 'Second factor',
  'login.secondFor': 'The password of {user} is right. One more step:',
  'login.answer': 'Code or recovery key',
  'login.answerCode': 'Code',
  'login.answerKey': 'Recovery key',
  'login.codeHint': 'The digits that your authenticator app shows now.',
  'login.eitherHint': 'The digits that your authenticator app shows now, or one of your recovery keys.',
  'login.keyHint': 'One of your recovery keys: sixteen letters and digits. Each works once.',
  'login.keysLeft.one': '{count} recovery key is left.',
  'login.keysLeft.other': '{count} recovery keys are left.',
  'login.noKeysLeft': 'No recovery key is left.',
  'login.answerFirst': 'Enter a code or a recovery key',
  'login.answerForm': 'Neither a code of 6 to 8 digits nor a whole recovery key (like 0123-4567-89ab-cdef).',
  'login.codeRefused':
    'This code is wrong, too old, or was used already. Take the one that the app shows now.',
  'login.keyRefused': 'This recovery key is wrong or was used already.',
  'login.lockHint':
    'Codes are locked after too many wrong ones; then only a recovery key or an administrator helps.',
  'login.locked':
    'Codes are locked after so many wrong ones. An administrator can unlock them: Access, Users, Second factor.',
  'login.lockedKeys':
    'Codes are locked after so many wrong ones. A recovery key still lets you in and unlocks them; an administrator can unlock them too.',
  'login.tooLate': 'That took more than ten minutes. Enter your password again.',
  'login.otherUser': 'Back to the password',

  'tab.access': 'Access',

  'error.missing': 'You lack the privilege {privilege} on {path}.',
  'error.missingAll': 'You lack these privileges on {path}: {privilege}.',
  'error.missingAny': 'You need one of these privileges on {path}: {privilege}.',
  'error.onlyRoot': 'Only root@pam may do this.',
  'error.refused': 'You may not do this.',
  'error.invalid': 'Nothing was changed: a value was refused.',
} as const;
