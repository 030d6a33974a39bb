// The UI's entry: takes over the session and puts the app on the page.
import './theme/theme.css';
import { render } from 'solid-js/web';
import { resumeSession } from './api/session.ts';
import { App } from './app.tsx';
import { startLanguage } from './i18n/languages.ts';

const root = document.getElementById('app');
void resumeSession();
await startLanguage();
if (root) render(() => <App />, root);
