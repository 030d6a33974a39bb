// Changes between the system's theme, light and dark; where there is no user's menu yet.
import Monitor from 'lucide-solid/icons/monitor';
import Moon from 'lucide-solid/icons/moon';
import Sun from 'lucide-solid/icons/sun';
import { Match, Switch } from 'solid-js';
import { IconButton } from '../components/button.tsx';
import { t } from '../i18n/index.ts';
import { setTheme, theme, themes } from '../theme/theme.ts';

export function ThemeButton() {
  const next = () => themes[(themes.indexOf(theme()) + 1) % themes.length] ?? 'system';
  return (
    <IconButton label={t('theme.label', { theme: t(`theme.${theme()}`) })} onClick={() => setTheme(next())}>
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
