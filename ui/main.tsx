// The UI's entry: takes over the session and puts the app on the page.
import './theme/theme.css';
import { render } from 'solid-js/web';
import { resumeSession } from './api/session.ts';
import { App } from './app.tsx';

const root = document.getElementById('app');
if (root) render(() => <App />, root);
void resumeSession();
