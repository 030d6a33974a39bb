// The map of addresses to pages, and the door: nobody passes without a session.
import { Route, Router, type RouteSectionProps } from '@solidjs/router';
import { ErrorBoundary, lazy, Match, Suspense, Switch } from 'solid-js';
import { loadAgain } from './api/load-again.ts';
import { sessionState } from './api/session.ts';
import { Button, Spinner } from './components/button.tsx';
import { ErrorNote } from './components/error-note.tsx';
import { t } from './i18n/index.ts';
import { page } from './i18n/page.ts';
import { LoginPage } from './pages/login-page.tsx';
import { nodeTabs } from './shell/tree-model.ts';

const Shell = lazy(() => loadAgain(() => import('./shell/shell.tsx')));
const DatacenterPage = lazy(() => loadAgain(() => import('./pages/datacenter-page.tsx')));
const NodePage = page(() => import('./pages/node/node-page.tsx'));
const VmPage = page(() => import('./pages/vm/vm-page.tsx'));
const CtPage = page(() => import('./pages/ct/ct-page.tsx'));
const StoragePage = page(() => import('./pages/storage/storage-page.tsx'));
const InstallPage = page(() => import('./pages/install/install-page.tsx'));
const AccountPage = page(() => import('./pages/account/account-page.tsx'));
const AccessPage = page(() => import('./pages/access/access-page.tsx'));
const NotFoundPage = lazy(() => loadAgain(() => import('./pages/not-found-page.tsx')));

function Door(props: RouteSectionProps) {
  return (
    <Switch fallback={<Waiting />}>
      <Match when={sessionState() === 'out'}>
        <LoginPage />
      </Match>
      <Match when={sessionState() === 'in'}>
        <ErrorBoundary fallback={(thrown, reset) => <Broken thrown={thrown} reset={reset} />}>
          <Suspense fallback={<Waiting />}>
            <Shell>
              <ErrorBoundary fallback={(thrown, reset) => <Broken thrown={thrown} reset={reset} />}>
                <Suspense fallback={<Waiting />}>{props.children}</Suspense>
              </ErrorBoundary>
            </Shell>
          </Suspense>
        </ErrorBoundary>
      </Match>
    </Switch>
  );
}

function Waiting() {
  return (
    <div
      class="flex h-full items-center justify-center text-muted"
      role="status"
      aria-label={t('common.loading')}
    >
      <Spinner />
    </div>
  );
}

function Broken(props: { thrown: unknown; reset: () => void }) {
  return (
    <div class="mx-auto flex max-w-xl flex-col gap-3 p-6">
      <h1 class="text-xl font-semibold">{t('error.broken')}</h1>
      <ErrorNote error={props.thrown} />
      <div class="flex gap-2">
        <Button look="primary" onClick={() => props.reset()}>
          {t('common.retry')}
        </Button>
        <Button onClick={() => location.reload()}>{t('error.reload')}</Button>
      </div>
    </div>
  );
}

export function App() {
  return (
    <Router root={Door}>
      <Route
        path="/:tab?"
        component={DatacenterPage}
        matchFilters={{ tab: ['guests', 'storages', 'backup', 'config-backups', 'notifications', 'sizes'] }}
      />
      <Route path="/nodes/:node/:tab?" component={NodePage} matchFilters={{ tab: [...nodeTabs] }} />
      <Route path="/nodes/:node/storage/:storage/:tab?" component={StoragePage} />
      <Route path="/vms/:vmid/:tab?" component={VmPage} />
      <Route path="/cts/:vmid/:tab?" component={CtPage} />
      <Route path="/install" component={InstallPage} />
      <Route path="/account" component={AccountPage} />
      <Route path="/access/:tab?" component={AccessPage} />
      <Route path="*" component={NotFoundPage} />
    </Router>
  );
}
