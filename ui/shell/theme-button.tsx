// Changes between the system's theme, light and dark.
import Monitor from 'lucide-solid/icons/monitor';
import Moon from 'lucide-solid/icons/moon';
import Sun from 'lucide-solid/icons/sun';
import { Match, Switch } from 'solid-js';
import { IconButton } from '../components/button.tsx';
import { t } from '../i18n/index.ts';
import { setTheme, type Theme, theme } from '../theme/theme.ts';

const next: Readonly<Record<Theme, Theme>> = { system: 'light', light: 'dark', dark: 'system' };

export function ThemeButton() {
  return (
    <IconButton
      label={t('theme.label', { theme: t(`theme.${theme()}`) })}
      onClick={() => setTheme(next[theme()])}
    >
      <Switch>
        <Match when={theme() === 'system'}>
          <Monitor size={17} />
        </Match>
        <Match when={theme() === 'light'}>
          <Sun size={17} />
        </Match>
        <Match when={theme() === 'dark'}>
          <Moon size={17} />
        </Match>
      </Switch>
    </IconButton>
  );
}
