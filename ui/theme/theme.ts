// Light, dark, or as the system has it; kept in this browser.
import { createSignal } from 'solid-js';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];
const key = 'croft.theme';

function stored(): Theme {
  try {
    const value = localStorage.getItem(key);
    return value === 'light' || value === 'dark' ? value : 'system';
  } catch {
    return 'system';
  }
}

const [theme, setThemeSignal] = createSignal<Theme>(stored());

export { theme };

export function setTheme(next: Theme): void {
  setThemeSignal(next);
  if (next === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = next;
  try {
    localStorage.setItem(key, next);
  } catch {
    // Storage is blocked: the choice lasts as long as the page.
  }
}
