// A new password typed twice: what is wrong with it. Pure.

export interface NewPassword {
  readonly password: string;
  readonly passwordAgain: string;
}

export type PasswordProblem = 'passwordShort' | 'passwordLong' | 'passwordDiffers';

/** The API's own limits: 8 to 64 characters. */
const shortest = 8;
const longest = 64;

export function newPasswordProblems({
  password,
  passwordAgain,
}: NewPassword): Partial<Record<keyof NewPassword, PasswordProblem>> {
  if (password.length < shortest) return { password: 'passwordShort' };
  if (password.length > longest) return { password: 'passwordLong' };
  return password === passwordAgain ? {} : { passwordAgain: 'passwordDiffers' };
}
