// Takes secrets out of texts that people will read. Pure.

/** Shorter ones stand in too many words. */
const shortest = 4;

/** The text with every secret in it, plain, in Base64 or as a part of a URL, replaced by `(hidden)`. */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  const forms = secrets
    .filter((secret) => secret.length >= shortest)
    .flatMap((secret) => [
      secret,
      Buffer.from(secret).toString('base64'),
      encodeURIComponent(secret.toWellFormed()),
    ])
    // A part of a longer one must not spoil it.
    .sort((a, b) => b.length - a.length);
  return forms.reduce((hidden, form) => hidden.replaceAll(form, '(hidden)'), text);
}
