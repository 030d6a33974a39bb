// Keys of a virtual screen: those that a browser keeps for itself, and texts as what is pressed to type them. Pure.
// A key has its meaning (X11's keysym, `keysymdef.h`) and its place (`KeyboardEvent.code`): QEMU goes by the place, and what
// the place means is the guest's own choice of layout. Texts are typed as on an English (US) keyboard.

export interface ConsoleKey {
  readonly keysym: number;
  readonly code: string;
}

const key = (keysym: number, code: string): ConsoleKey => ({ keysym, code });
const control = key(0xffe3, 'ControlLeft');
const alt = key(0xffe9, 'AltLeft');
export const shift = key(0xffe1, 'ShiftLeft');
const functionKey = (n: number) => key(0xffbe + n - 1, `F${n}`);
const enter = key(0xff0d, 'Enter');
const tab = key(0xff09, 'Tab');

/** Keys that are pressed together, in this order; the name is what is written on them. */
export interface KeyCombination {
  readonly name: string;
  readonly keys: readonly ConsoleKey[];
}

/** What a browser or its system takes for itself, in groups. */
export const combinations: readonly (readonly KeyCombination[])[] = [
  [
    { name: 'Ctrl+Alt+Del', keys: [control, alt, key(0xffff, 'Delete')] },
    { name: 'Ctrl+Alt+Backspace', keys: [control, alt, key(0xff08, 'Backspace')] },
    { name: 'Alt+Tab', keys: [alt, tab] },
    { name: 'Alt+F4', keys: [alt, functionKey(4)] },
    { name: 'Ctrl+W', keys: [control, key(0x77, 'KeyW')] },
    { name: 'Super (Windows)', keys: [key(0xffeb, 'MetaLeft')] },
    { name: 'Print Screen', keys: [key(0xff61, 'PrintScreen')] },
    { name: 'Esc', keys: [key(0xff1b, 'Escape')] },
    { name: 'Tab', keys: [tab] },
  ],
  Array.from({ length: 12 }, (_, i) => ({ name: `F${i + 1}`, keys: [functionKey(i + 1)] })),
  Array.from({ length: 7 }, (_, i) => ({
    name: `Ctrl+Alt+F${i + 1}`,
    keys: [control, alt, functionKey(i + 1)],
  })),
];

/** Places of the US layout: what is typed there without and with Shift. */
const places: readonly (readonly [code: string, plain: string, shifted: string])[] = [
  ...Array.from({ length: 26 }, (_, i) => {
    const letter = String.fromCharCode(97 + i);
    return [`Key${letter.toUpperCase()}`, letter, letter.toUpperCase()] as const;
  }),
  ...Array.from('1234567890', (digit, i) => [`Digit${digit}`, digit, '!@#$%^&*()'.charAt(i)] as const),
  ['Space', ' ', ' '],
  ['Minus', '-', '_'],
  ['Equal', '=', '+'],
  ['BracketLeft', '[', '{'],
  ['BracketRight', ']', '}'],
  ['Backslash', '\\', '|'],
  ['Semicolon', ';', ':'],
  ['Quote', "'", '"'],
  ['Backquote', '`', '~'],
  ['Comma', ',', '<'],
  ['Period', '.', '>'],
  ['Slash', '/', '?'],
];

/** One sign of a text. */
export interface KeyStroke {
  readonly key: ConsoleKey;
  readonly withShift: boolean;
}

const strokes = new Map<string, KeyStroke>();
for (const [code, plain, shifted] of places) {
  // Keysyms of ASCII are its codes.
  strokes.set(shifted, { key: key(shifted.charCodeAt(0), code), withShift: true });
  strokes.set(plain, { key: key(plain.charCodeAt(0), code), withShift: false });
}
strokes.set('\n', { key: enter, withShift: false });
strokes.set('\t', { key: tab, withShift: false });

export interface TypedText {
  readonly strokes: readonly KeyStroke[];
  /** Signs that no key of that keyboard types, each once. */
  readonly untypable: readonly string[];
}

/** The whole text as strokes; line ends of all systems are Enter. */
export function strokesOf(text: string): TypedText {
  const found: KeyStroke[] = [];
  const untypable = new Set<string>();
  for (const sign of text.replaceAll(/\r\n?/g, '\n')) {
    const stroke = strokes.get(sign);
    if (stroke) found.push(stroke);
    else untypable.add(sign);
  }
  return { strokes: found, untypable: [...untypable] };
}
