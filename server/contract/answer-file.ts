// Writes an answer file of the installer: the same keys as it reads, as TOML. Pure; the UI and the console use it.

/**
 * What a plain password of root must keep to. openssl-passwd(1) hashes at most 256 bytes (apps/passwd.c, `pw_maxlen`) and cuts
 * off the rest without a word: a longer password would have a second, shorter one beside it.
 */
export const rootPassword = { shortestCharacters: 8, longestBytes: 256 } as const;

/** The answer file as it is written; what is undefined is left out. See docs/design/appliance.md. */
export interface AnswerFile {
  readonly system?: {
    /** A name or a name with its domain. */
    readonly hostname?: string | undefined;
    readonly timezone?: string | undefined;
    readonly keyboard?: string | undefined;
    readonly language?: string | undefined;
    /** Secret; within `rootPassword`. */
    readonly password?: string | undefined;
    /** Secret; as in shadow(5). */
    readonly 'password-hash'?: string | undefined;
    readonly 'ssh-keys'?: readonly string[] | undefined;
    readonly 'ssh-password-login'?: boolean | undefined;
  };
  readonly network?: {
    readonly mode?: 'dhcp' | 'static' | undefined;
    /** MAC address. */
    readonly nic?: string | undefined;
    /** `192.0.2.10/24` */
    readonly address?: string | undefined;
    readonly gateway?: string | undefined;
    readonly dns?: readonly string[] | undefined;
  };
  readonly disk?: {
    /** Paths; one, or two for a mirror. */
    readonly devices?: readonly string[] | undefined;
    readonly mirror?: boolean | undefined;
    readonly erase?: boolean | undefined;
    readonly 'keep-guests'?: boolean | undefined;
    /** `8G` */
    readonly 'state-size'?: string | undefined;
  };
  readonly after?: { readonly action?: 'reboot' | 'poweroff' | 'none' | undefined };
}

/** The text of the file. Any string comes back the same when the text is read (https://toml.io/en/v1.0.0#string). */
export function renderAnswerFile(fields: AnswerFile): string {
  const sections = Object.entries(fields).map(([name, keys]) => {
    const lines = Object.entries(keys ?? {})
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => `${key} = ${renderValue(value as string | boolean | readonly string[])}\n`);
    return lines.length === 0 ? '' : `[${name}]\n${lines.join('')}`;
  });
  return sections.filter((text) => text !== '').join('\n');
}

function renderValue(value: string | boolean | readonly string[]): string {
  if (typeof value === 'boolean') return String(value);
  return typeof value === 'string' ? renderText(value) : `[${value.map(renderText).join(', ')}]`;
}

/** A basic string. Unpaired surrogates cannot be written in TOML at all: they become U+FFFD. */
function renderText(text: string): string {
  const escaped = text
    .toWellFormed()
    .replace(/["\\]/g, '\\$&')
    .replace(/[\x00-\x1f\x7f]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `"${escaped}"`;
}
